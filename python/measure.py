"""Measures how fast a file becomes typed columns in memory, on one core, beside other libraries.

Usage: taskset -c 0 python measure.py FOLDER, with a day of `cusip synth FOLDER --date 2024-01-15`.

The other libraries read CSV files, so they get the same records without the trailer, the separator, and the names and types
of the columns. They check nothing else.
"""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb
import polars
import pyarrow
import pyarrow.csv

import cusip_pif

RUNS = 3


def best(read):
    """Returns the rows, and the shortest processor time of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        rows = read()
        times.append(time.process_time() - start)
    return rows, min(times)


def readers(path, kind, plain):
    schema = pyarrow.RecordBatchReader.from_stream(cusip_pif.read(path, kind)).schema
    polars_schema = polars.DataFrame(pyarrow.table(schema.empty_table())).schema
    duckdb_types = {
        field.name: str(field.type).replace("decimal128", "DECIMAL").replace("date32[day]", "DATE")
        .replace("int32", "INTEGER").replace("string", "VARCHAR")
        for field in schema
    }
    connection = duckdb.connect(config={"threads": 1})

    def with_pyarrow():
        return pyarrow.csv.read_csv(
            plain,
            read_options=pyarrow.csv.ReadOptions(column_names=schema.names, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(delimiter="|", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={field.name: field.type for field in schema}, strings_can_be_null=True, null_values=[""]
            ),
        ).num_rows

    def with_polars():
        return polars.read_csv(plain, separator="|", has_header=False, quote_char=None, schema=polars_schema).height

    def with_duckdb():
        return connection.sql(
            f"from read_csv('{plain}', delim='|', header=false, quote='', escape='', auto_detect=false,"
            f" columns={duckdb_types})"
        ).to_arrow_table().num_rows

    return {
        "cusip_pif": lambda: pyarrow.table(cusip_pif.read(path, kind)).num_rows,
        "pyarrow": with_pyarrow,
        "polars": with_polars,
        "DuckDB": with_duckdb,
    }


def main():
    folder = sys.argv[1]
    for letter, kind in [("R", "issuer"), ("E", "issue"), ("A", "issue_attr")]:
        path = os.path.join(folder, f"CED01-15{letter}.PIP")
        plain = os.path.join(folder, f"{kind}.csv")
        with open(path, "rb") as file:
            content = file.read().replace(b"\r\n", b"\n")
        with open(plain, "wb") as file:
            file.write(content[: content.rindex(b"\n999999|") + 1])
        for name, read in readers(path, kind, plain).items():
            try:
                rows, seconds = best(read)
            except Exception as error:
                print(f"{kind:10} {name:10} {type(error).__name__}: {str(error)[:150]}")
                continue
            print(f"{kind:10} {name:10} {rows:9,} rows {seconds:6.2f} s {rows / seconds / 1e6:6.2f} million/s")


if __name__ == "__main__":
    main()
