"""Other programs read the Parquet files of `cusip convert` ($CUSIP) as this package reads the PIF files."""

import os
import subprocess

import duckdb
import polars
import pytest

import cusip_pif

FILES = {"CED01-15R": 500, "CED01-15E": 5_000, "CED01-15A": 5_000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    cusip = os.environ["CUSIP"]
    subprocess.run([cusip, "synth", folder, "--date", "2024-01-15", "--issuers", "500"], check=True)
    files = [folder / f"{name}.PIP" for name in FILES]
    subprocess.run([cusip, "convert", *files, "--output", "parquet", "--to", folder], check=True)
    return folder


@pytest.mark.parametrize("name, rows", FILES.items())
def test_parquet_has_the_records_of_the_file(folder, name, rows):
    expected = polars.DataFrame(cusip_pif.read(folder / f"{name}.PIP", identifiers=True))
    assert expected.height == rows
    assert polars.read_parquet(folder / f"{name}.parquet").equals(expected)
    found = duckdb.read_parquet(str(folder / f"{name}.parquet"))
    assert found.pl().equals(expected)


def test_duckdb_knows_the_types(folder):
    query = f"describe select cusip, rate, maturity_date from '{folder / 'CED01-15E.parquet'}'"
    types = [row[1] for row in duckdb.sql(query).fetchall()]
    assert types == ["VARCHAR", "DECIMAL(15,6)", "DATE"]
