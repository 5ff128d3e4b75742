"""Compares the parser with a naive reader on mutated records.

`CUSIP_DIFFERENTIAL_RECORDS` sets how many, and `CUSIP_DIFFERENTIAL_SEED` which ones.
"""

import io
import os
import random

import pyarrow
import pytest

import cusip_pif
import naive_reader

RECORDS = int(os.environ.get("CUSIP_DIFFERENTIAL_RECORDS", "30000"))
SEED = int(os.environ.get("CUSIP_DIFFERENTIAL_SEED", "1"))
RECORDS_PER_FILE = 5_000

TOKENS = [
    b"", b"|", b"\n", b"\r", b"\r\n", b"\x1a", b"\n\x1a\n", b"\0", b" ", b"\t", b"999999", b"\n999999|", b"\xfc",
    b"\x81\x9d", b"\xe2\x82", "é€𝔸".encode(), b"\x85", b"\"", b"-", b"+", b".", b"0000", b"2024-02-30",
    b"20240229", b"02/29/2024", b"1/1/2024", b"0000-01-01", b"1e3", b"2147483648", b"-2147483648", b".5", b"5.",
    b"1234567.123456", b"999999999.000", b"#", b"*", b"a", b"X" * 31, b" " * 61, b"0" * 40,
]  # fmt: skip


def field(random, name, kind, *limits):
    """Returns a value that is usually right for its field."""
    if kind == "key":
        return "".join(random.choices(naive_reader.ALPHABET, k=limits[0]))
    if random.random() < 0.4:
        return ""
    if kind == "text":
        return "".join(random.choices("ABC XYZ é0-", k=random.randint(1, limits[0])))
    if kind == "code":
        return random.choice(limits[1] + "?")
    if kind == "date":
        year, month, day = random.randint(1, 9999), random.randint(1, 12), random.randint(1, 29)
        return random.choice(["{0:04}-{1:02}-{2:02}", "{0:04}{1:02}{2:02}", "{1:02}/{2:02}/{0:04}"]).format(
            year, month, day
        )
    if kind == "integer":
        return str(random.randint(-(2**31), 2**31))
    scale = random.randint(0, limits[1] + 1)
    return f"{random.choice(['', '-', '+'])}{random.randint(0, 10 ** (limits[0] - limits[1]))}.{'1' * scale}0"


def line(random, layout):
    """Returns a record, half of the time with mutations."""
    fields = [field(random, *described) for described in layout]
    if layout[2][0] == "issue_check" and random.random() < 0.8:
        fields[2] = naive_reader.check_digit(fields[0] + fields[1])
    content = "|".join(fields).encode()
    while random.random() < 0.5:
        start = random.randint(0, len(content))
        end = min(len(content), start + random.choice([0, 0, 1, 2, 9]))
        content = content[:start] + random.choice(TOKENS) + content[end:]
    return content + random.choice([b"\n", b"\r\n"])


@pytest.mark.parametrize("kind", naive_reader.LAYOUTS)
def test_parser_agrees_with_a_naive_reader(kind):
    layout = naive_reader.LAYOUTS[kind]
    left = RECORDS // len(naive_reader.LAYOUTS)
    compared = bad = 0
    for seed in range(left // RECORDS_PER_FILE or 1):
        choice = random.Random(f"{SEED} {kind} {seed}")
        content = choice.choice([b"", b"\xef\xbb\xbf"])
        content += b"".join(line(choice, layout) for _ in range(min(left, RECORDS_PER_FILE)))
        content += choice.choice([b"", b"\n\n", b"\x1a\n"])
        # Another number of records than the parser counts would be an error.
        records, rejects, _ = naive_reader.read(content + b"999999|0\n", kind)
        content += b"999999|%d\r\n\x1a" % (len(records) + len(rejects))

        source = cusip_pif.read(io.BytesIO(content), kind)
        table = pyarrow.table(source)
        assert table.column_names == [name for name, *_ in layout]
        found = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        for index, (parsed, naive) in enumerate(zip(found, records, strict=True)):
            assert parsed == naive, f"{kind}, seed {seed}, good record {index}"
        table = pyarrow.table(source.rejects())
        for parsed, naive in zip(table.to_pylist(), rejects, strict=True):
            parsed.pop("message")
            assert parsed == naive._asdict(), f"{kind}, seed {seed}"
        compared += len(records) + len(rejects)
        bad += len(rejects)
    print(f"{kind}: {compared} records, {bad} of them bad, agree")
    assert 0.2 < bad / compared < 0.8, "mutations of both kinds are needed"
