"""Runs the compose file's services as processes, in namespaces of its own: compose.py PROGRAMS FOLDER

Each service gets the environment, the user, the command and the mounts that the compose file and the
Dockerfile give it, a root file system of its own (an overlay of this machine's), which is read-only if the
compose file says so, and no capabilities if it drops them. The names of services lead to 127.0.0.1. The order
and the health checks are those of the file. The images themselves are not used: PostgreSQL is this
machine's, and PostgREST, which no registry has as a package, is replaced by psql with its settings.
"""

import json
import os
import pwd
import re
import secrets
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import yaml

PROGRAMS, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
COMPOSE = Path("docker/docker-compose.yml")
API = "http://127.0.0.1:8000"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(*command):
    subprocess.run(command, check=True)


def interpolate(value, variables):
    """Replaces ${NAME}, ${NAME:-default} and ${NAME:?message} as compose does."""

    def replace(found):
        name, kind, rest = found.groups()
        if variables.get(name):
            return variables[name]
        if kind == ":?":
            raise SystemExit(f"{name} is not set: {rest}")
        return rest or ""

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", replace, str(value))


def of_image(text):
    """Returns the environment, user, command and health check of the Dockerfile's last stage."""
    stage = text[text.rindex("\nFROM ") :].replace("\\\n", " ")
    environment = dict(pair.split("=", 1) for line in re.findall(r"^ENV (.+)$", stage, re.M) for pair in shlex.split(line))
    user = re.search(r"^USER (.+)$", stage, re.M)[1]
    command = json.loads(re.search(r"^CMD (.+)$", stage, re.M)[1])
    health = re.search(r"^HEALTHCHECK .*?CMD (.+)$", stage, re.M)[1]
    return {"environment": environment, "user": user, "command": command, "health": json.loads(health)}


def ids(user):
    if ":" in user:
        return tuple(int(part) for part in user.split(":"))
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


class Service:
    """A service of the file, with a root file system for its processes."""

    def __init__(self, name, settings, image, variables):
        self.name = name
        self.environment = {"PATH": PATH, **image.get("environment", {})}
        for key, value in (settings.get("environment") or {}).items():
            if value is not None:
                self.environment[key] = interpolate(value, variables)
            elif key in variables:
                self.environment[key] = variables[key]
        self.user = settings.get("user", image.get("user"))
        self.command = settings.get("command", image.get("command"))
        test = settings.get("healthcheck", {}).get("test")
        self.health = test[1:] if test else image.get("health")
        self.is_bare = settings.get("cap_drop") == ["ALL"]
        self.root = FOLDER / name
        self.log = FOLDER / f"{name}.log"
        self.process = None
        self.make_root(settings, variables)

    def make_root(self, settings, variables):
        for part in ("upper", "work", "root"):
            (FOLDER / "overlays" / self.name / part).mkdir(parents=True, mode=0o755)
        overlay = FOLDER / "overlays" / self.name
        self.root = overlay / "root"
        options = f"lowerdir=/,upperdir={overlay}/upper,workdir={overlay}/work"
        run("mount", "-t", "overlay", "overlay", "-o", options, self.root)
        run("mount", "-t", "proc", "proc", self.root / "proc")
        run("mount", "--bind", "/dev", self.root / "dev")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost {' '.join(NAMES)}\n")
        for program in ("cusip", "cusip-api"):
            run("cp", PROGRAMS / program, self.root / "usr/local/bin" / program)
        for volume in settings.get("volumes", []):
            if isinstance(volume, str):
                source, target, *_ = volume.split(":")
                if not source.startswith("."):
                    continue
            else:
                source, target = interpolate(volume["source"], variables), volume["target"]
            source, target = (COMPOSE.parent / source).resolve(), self.root / target.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.touch()
            run("mount", "--bind", source, target)
            run("mount", "-o", "bind,remount,ro", target)
        if settings.get("read_only"):
            run("mount", "-o", "bind,remount,ro", self.root)

    def inside(self, command, user=None):
        uid, gid = ids(user or self.user)
        drop = ["--no-new-privs", "--bounding-set=-all"] if self.is_bare else []
        setpriv = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *drop]
        return ["chroot", str(self.root), *setpriv, *command]

    def start(self):
        with self.log.open("ab") as log:
            command = self.inside(self.command)
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def complete(self):
        self.start()
        if self.process.wait(60) != 0:
            self.fail(f"ended with {self.process.returncode}")

    def await_health(self):
        for _ in range(300):
            if self.process.poll() is not None:
                self.fail(f"ended with {self.process.returncode}")
            check = subprocess.run(self.inside(self.health), env=self.environment, capture_output=True, check=False)
            if check.returncode == 0:
                return
            time.sleep(0.1)
        self.fail(f"is not healthy: {check.stdout.decode()}{check.stderr.decode()}")

    def fail(self, what):
        raise SystemExit(f"the service {self.name} {what}:\n{self.log.read_text()}")


class Database(Service):
    """PostgreSQL, set up as the entry point of its image does it."""

    def start(self):
        data = Path("/var/lib/postgresql/data")
        folder = self.root / data.relative_to("/")
        run("rm", "-rf", folder)
        folder.mkdir(parents=True, mode=0o700)
        sockets = self.root / "run/postgresql"
        sockets.mkdir(parents=True, exist_ok=True)
        uid, gid = ids("postgres")
        os.chown(folder, uid, gid)
        os.chown(sockets, uid, gid)
        password = self.root / "tmp/password"
        password.write_text(self.environment["POSTGRES_PASSWORD"])
        user, database = self.environment["POSTGRES_USER"], self.environment["POSTGRES_DB"]
        bin_folder = subprocess.check_output(["pg_config", "--bindir"], text=True).strip()
        self.user = "postgres"
        setup = ["--pgdata", str(data), "--username", user, "--pwfile", "/tmp/password", "--auth=scram-sha-256"]
        with self.log.open("wb") as log:
            subprocess.run(self.inside([f"{bin_folder}/initdb", "--no-sync", *setup]), stdout=log, check=True)
        with (folder / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\n")
        self.command = [f"{bin_folder}/postgres", "-D", str(data), "-c", "listen_addresses=*"]
        super().start()
        owner = {"PGHOST": "127.0.0.1", "PGUSER": user, "PGPASSWORD": self.environment["POSTGRES_PASSWORD"]}
        self.await_health()
        create = self.inside(["psql", "--no-psqlrc", "--quiet", "--dbname=postgres", f"--command=create database {database}"])
        subprocess.run(create, env={"PATH": PATH, **owner}, check=True)


def request(path, token=None, body=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{API}{path}", data=data, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def expect(what, found, wanted):
    if found[0] != wanted:
        raise SystemExit(f"{what}: {found[0]} instead of {wanted}\n{found[1]}\n{SERVICES['api'].log.read_text()}")
    print(f"{what}: {wanted}")


run("ip", "link", "set", "lo", "up")
# The overlays' own file system: an overlay cannot be the upper layer of another one.
run("mount", "-t", "tmpfs", "-o", "mode=755", "compose", FOLDER)
settings = yaml.safe_load(COMPOSE.read_text())["services"]
NAMES = list(settings)
own = of_image(Path("docker/Dockerfile").read_text())
token = secrets.token_hex(16)
variables = {"CUSIP_API_TOKEN": token, "CUSIP_FILES": str(FOLDER / "files")}
today = date.today().isoformat()
run(PROGRAMS / "cusip", "synth", FOLDER / "files", "--date", today, "--issuers", "20")

try:
    interpolate(settings["api"]["environment"]["CUSIP_API_TOKEN"], {})
except SystemExit as refused:
    print(f"without a token: {refused}")
else:
    raise SystemExit("the API would start without a token")

SERVICES = {}
for name, given in settings.items():
    kind = Database if name == "db" else Service
    image = own if given["image"].startswith("cusip-service") else {"user": "postgres"}
    SERVICES[name] = kind(name, given, image, variables)

SERVICES["db"].start()
SERVICES["db"].await_health()
print("db: healthy")
for _ in ("the first time", "again"):
    for name in ("migrate", "roles"):
        SERVICES[name].complete()
        print(f"{name}: completed")
api = SERVICES["api"]
api.start()
api.await_health()
print("api: healthy")

# An unknown variable gets a warning.
lines = [json.loads(line) for line in api.log.read_text().splitlines()]
warnings = [line["fields"] for line in lines if line["level"] in ("WARN", "ERROR")]
if warnings:
    raise SystemExit(f"the API warns: {warnings}")
noise = SERVICES["migrate"].log.read_text() + SERVICES["roles"].log.read_text()
if "warning" in noise.lower():
    raise SystemExit(f"migrate or roles warns: {noise}")

for _ in range(100):
    ready = request("/ready")
    if ready[0] == 200:
        break
    time.sleep(0.1)
expect("GET /ready", ready, 200)
expect("POST /jobs/load-all without the token", request("/jobs/load-all", None, {"date": today}), 401)
loaded = request("/jobs/load-all", token, {"date": today})
expect("POST /jobs/load-all", loaded, 200)
expect("GET /jobs/1", request("/jobs/1", token), 200)
console = request("/console/sign-in")
expect("GET /console/sign-in", console, 200)
if "token" not in console[1]:
    raise SystemExit(f"the console does not ask for a token: {console[1]}")

# What PostgREST does first with its settings: connect, and become the role of those who have not signed in.
postgrest = SERVICES["postgrest"]
query = f"set role {postgrest.environment['PGRST_DB_ANON_ROLE']}; select count(*) from {postgrest.environment['PGRST_DB_SCHEMAS']}.v_security"
asked = postgrest.inside(["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", query, postgrest.environment["PGRST_DB_URI"]])
count = subprocess.check_output(asked, env=postgrest.environment, text=True).strip()
if count != "200":
    raise SystemExit(f"a reader finds {count} securities instead of 200")
print(f"postgrest's settings: {count} securities")

api.process.terminate()
if api.process.wait(30) != 0:
    api.fail(f"ended with {api.process.returncode} when it was stopped")
print("api: stopped")
SERVICES["db"].process.terminate()
SERVICES["db"].process.wait(30)
