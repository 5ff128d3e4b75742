#!/usr/bin/env python3
"""Finds circles of modules in the crates of a Cargo workspace: files that import each other in a loop.

    scripts/module-circles.py [WORKSPACE]

Prints one line for each circle, then how many there are. The exit code is 1 if there is one.

A module is a file under `src`. It depends on another module of its crate if it names it through `crate::`,
`super::` or `self::`, in a `use` or in an expression. These are not dependencies:

- a parent's use of the modules below it, such as `mod child;` or `pub use self::child::X`: a parent and
  its children belong together;
- names from the crate's root, which only re-exports;
- whatever is in `#[cfg(test)] mod tests`, and files named `tests`.
"""

import re
import sys
from pathlib import Path


def modules(src):
    """Returns the files of a crate by the path of their module, such as ("load", "run")."""
    found = {}
    for file in src.rglob("*.rs"):
        path = file.relative_to(src).with_suffix("").parts
        if path[-1] in ("lib", "main", "mod"):
            path = path[:-1]
        if "tests" not in path:
            found[path] = file
    return found


def used_paths(text):
    """Yields the paths within the crate that a file uses."""
    text = re.sub(r"//.*", "", text)
    text = re.split(r"#\[cfg\(test\)\]\s*mod tests\s*\{", text)[0]
    for tree in re.findall(r"\buse\s+((?:crate|super|self)::[^;]+);", text):
        yield from flatten(re.sub(r"\s+", "", tree.replace(" as ", "@")))
    expressions = re.sub(r"\buse\s[^;]+;", "", text)
    yield from re.findall(r"\b((?:crate|super|self)(?:::\w+)+)", expressions)


def flatten(tree):
    """Yields the single paths of a `use` tree: `a::{b, c::d}` gives `a::b` and `a::c::d`."""
    opening = tree.find("{")
    if opening < 0:
        yield tree.split("@")[0]
        return
    head, depth, start = tree[:opening], 0, opening + 1
    for position in range(opening, len(tree)):
        character = tree[position]
        depth += {"{": 1, "}": -1}.get(character, 0)
        if (character == "," and depth == 1) or (character == "}" and depth == 0):
            for part in flatten(tree[start:position]):
                yield head + part
            start = position + 1


def module_of(path, user, known):
    """Returns the module that a path leads to from another module: the longest known beginning."""
    parts = path.split("::")
    base = user if parts[0] in ("self", "super") else ()
    while parts and parts[0] in ("crate", "self", "super"):
        if parts[0] == "super":
            base = base[:-1]
        parts = parts[1:]
    full = base + tuple(parts)
    for length in range(len(full), -1, -1):
        if full[:length] in known:
            return full[:length]
    return None


def dependencies(src):
    """Returns the modules that each module of a crate depends on."""
    known = modules(src)
    graph = {module: set() for module in known}
    for user, file in known.items():
        for path in used_paths(file.read_text(encoding="utf8")):
            used = module_of(path, user, known)
            if used is None or used in (user, ()):
                continue
            is_below = used[: len(user)] == user
            if not is_below:
                graph[user].add(used)
    return graph


def circles(graph):
    """Returns the sets of modules that depend on each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        for used in graph[module]:
            if used not in index:
                visit(used)
                low[module] = min(low[module], low[used])
            elif used in stack:
                low[module] = min(low[module], index[used])
        if low[module] == index[module]:
            start = stack.index(module)
            if len(stack) - start > 1:
                found.append(stack[start:])
            del stack[start:]

    for module in graph:
        if module not in index:
            visit(module)
    return found


def main():
    sys.setrecursionlimit(10_000)
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    total = 0
    for src in sorted([*root.glob("crates/*/src"), *root.glob("apps/*/src")]):
        for circle in circles(dependencies(src)):
            total += 1
            names = ", ".join(sorted("::".join(module) or "lib" for module in circle))
            print(f"{src.relative_to(root)}: {len(circle)} modules: {names}")
    print(f"{total} circles")
    return total > 0


if __name__ == "__main__":
    sys.exit(main())
