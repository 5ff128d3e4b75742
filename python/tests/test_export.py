"""Other programs read the files of `cusip export` ($CUSIP) as PostgreSQL has the rows."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile

import duckdb
import pandas
import polars
import pyarrow.parquet
import pytest

CUSIP = os.environ["CUSIP"]
RELATIONS = ["securities", "issuers", "issues", "issue_attributes", "issue", "ref_issue_status"]


@pytest.fixture(scope="module")
def folder():
    # The folders of pytest belong to its user only, but for root, PostgreSQL runs as another user.
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        export_to(folder)
        yield folder


def export_to(folder):
    database = f"--embedded={folder / 'database'}"
    day = ["--date", "2024-01-15"]
    subprocess.run([CUSIP, "synth", folder / "files", *day, "--issuers", "300"], check=True)
    subprocess.run([CUSIP, "load", *day, "--file-dir", folder / "files", database], check=True)
    for output in ["parquet", "csv", "ndjson"]:
        command = [CUSIP, "export", *RELATIONS, "--output", output, "--to", folder, database]
        subprocess.run(command, check=True)


@pytest.mark.parametrize("relation", RELATIONS)
def test_parquet_has_the_rows_of_csv_for_every_reader(folder, relation):
    """That CSV has PostgreSQL's rows is tested in Rust, as is Parquet as read by its own library."""
    path = str(folder / f"{relation}.parquet")
    found = polars.read_parquet(path)
    assert found.height > 0
    assert duckdb.read_parquet(path).pl().equals(found)
    assert polars.from_arrow(pyarrow.parquet.read_table(path)).equals(found)
    columns = {row[0]: row[1] for row in duckdb.sql(f"describe select * from '{path}'").fetchall()}
    text = duckdb.read_csv(str(folder / f"{relation}.csv"), columns=columns, header=True)
    assert text.pl().equals(found)


@pytest.mark.parametrize("relation", RELATIONS)
def test_ndjson_has_the_rows_of_csv(folder, relation):
    with open(folder / f"{relation}.csv", newline="", encoding="utf-8") as file:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
    with open(folder / f"{relation}.ndjson", encoding="utf-8") as file:
        found = [json.loads(line, parse_float=str, parse_int=str) for line in file]
    assert found == rows


def test_duckdb_knows_the_types(folder):
    columns = "cusip, isin, rate, maturity_date, offering_amount, offering_amount_full"
    query = f"describe select {columns} from '{folder / 'securities.parquet'}'"
    types = [row[1] for row in duckdb.sql(query).fetchall()]
    decimals = ["DECIMAL(15,6)", "DATE", "DECIMAL(15,3)", "DECIMAL(24,3)"]
    assert types == ["VARCHAR", "VARCHAR", *decimals]


def test_pandas_keeps_leading_zeros_only_as_text(folder):
    path = folder / "zeros.csv"
    rows = (folder / "issue.csv").read_text().splitlines()
    zeros = [row for row in rows[1:] if row.startswith("0") and row[:9].isdigit()]
    assert zeros
    path.write_text("\n".join([rows[0], *zeros]))
    cusips = [row[:9] for row in zeros]
    assert list(pandas.read_csv(path, dtype=str)["cusip"]) == cusips
    # This is why docs/export.md warns of it.
    assert list(pandas.read_csv(path)["cusip"]) == [int(cusip) for cusip in cusips]
    parquet = pandas.read_parquet(folder / "issue.parquet")
    assert set(cusips) <= set(parquet["cusip"])
