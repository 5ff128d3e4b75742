"""Asks the questions of docs/lake.md of a lake, and compares the answers with PostgreSQL's, row by row.

    lake-engines.py CONNECTION FOLDER s3://BUCKET/PREFIX ENDPOINT

DuckDB and Polars read the plain files of the folder. DuckDB, Polars and DataFusion (in deltalake) read the Delta
tables of the folder and of the bucket. The job of the answers is the last one of the lake.
"""

import pathlib
import sys
import tempfile

import deltalake
import duckdb
import polars
import psycopg

TABLES = ["issuer", "issue", "issue_attribute", "job"]
DAY = "2024-01-17"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}

# The same questions, answered by the history in PostgreSQL.
OF_POSTGRESQL = {
    "current state": "select issuer_num, issue_num, issue_status, rate from issue",
    "as of a day": f"""
        select v.issuer_num, v.issue_num, v.issue_status, v.rate
        from v_issue_as_of('{DAY}') as v""",
    "changes of a day": f"""
        select c.job_id, c.change, c.issuer_num, c.issue_num
        from v_change as c join v_load as l using (job_id)
        where c.kind = 'issue' and l.load_date = '{DAY}' and c.change <> 'oldest'""",
    "join with positions": """
        select p.position_id, p.cusip, v.issue_status, v.rate
        from position as p
        cross join lateral (
            select max(job_id) as job_id from v_load where load_date <= p.trade_date) as state
        join issue_version as v
            on v.issuer_num || v.issue_num = left(p.cusip, 8)
            and v.from_job_id <= state.job_id
            and (v.until_job_id is null or v.until_job_id > state.job_id)""",
}


def questions():
    """Returns the queries of the page by their titles."""
    page = pathlib.Path(__file__).parent.parent / "docs" / "lake.md"
    found, title = {}, None
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("#"):
            title = line.removeprefix("### ").lower()
        if line == "```sql" and title in OF_POSTGRESQL:
            query = []
            for line in lines:
                if line == "```":
                    break
                query.append(line)
            found[title] = "\n".join(query)
    assert list(found) == list(OF_POSTGRESQL), list(found)
    return found


def comparable(rows):
    """Returns rows with numbers as text without trailing zeros, in order."""

    def cell(value):
        if value is None or isinstance(value, int):
            return str(value)
        if hasattr(value, "normalize"):
            return format(value.normalize(), "f")
        return str(value)

    return sorted(tuple(cell(value) for value in row) for row in rows)


def make_positions(connection):
    """Makes positions in securities on days, also before the first one, and returns their table."""
    connection.execute("set jit = off")
    connection.execute("""
        create temporary table position as
        select row_number() over (order by issuer_num, issue_num, days) as position_id,
            issuer_num || issue_num || '0' as cusip, date '2024-01-14' + days as trade_date, 100 as quantity
        from issue cross join generate_series(0, 6) as days""")
    rows = connection.execute("select * from position order by position_id").fetchall()
    columns = ["position_id", "cusip", "trade_date", "quantity"]
    positions = polars.DataFrame(rows, schema=columns, orient="row")
    return positions.to_arrow(compat_level=polars.CompatLevel.oldest())


def with_plain_files(folder, positions):
    """DuckDB and Polars on the files of a folder, without the Delta log."""
    duck = duckdb.connect()
    duck.register("position", positions)
    for table in TABLES[:-1]:
        files = f"read_parquet('{folder}/{table}/*/*.parquet', hive_partitioning = true)"
        duck.execute(f"create view {table} as select * from {files}")
    duck.execute(f"create view job as select distinct * from '{folder}/job/*.parquet'")
    context = polars.SQLContext(position=polars.from_arrow(positions))
    for table in TABLES[:-1]:
        files = polars.scan_parquet(f"{folder}/{table}/*/*.parquet", hive_partitioning=True)
        context.register(table, files)
    context.register("job", polars.scan_parquet(f"{folder}/job/*.parquet").unique())
    return {
        "DuckDB, files": lambda query: duck.execute(query).fetchall(),
        "Polars, files": lambda query: context.execute(query, eager=True).rows(),
    }


def with_delta(place, options, positions, name):
    """DuckDB, Polars and DataFusion on Delta tables."""
    tables = {table: deltalake.DeltaTable(f"{place}/{table}", storage_options=options) for table in TABLES}
    duck = duckdb.connect()
    duck.register("position", positions)
    context = polars.SQLContext(position=polars.from_arrow(positions))
    fusion = deltalake.QueryBuilder()
    for table, delta in tables.items():
        duck.register(table, delta.to_pyarrow_dataset())
        context.register(table, polars.scan_delta(f"{place}/{table}", storage_options=options))
        fusion = fusion.register(table, delta)
    with tempfile.TemporaryDirectory() as folder:
        deltalake.write_deltalake(folder, positions)
        fusion = fusion.register("position", deltalake.DeltaTable(folder))

        def of_fusion(query):
            return polars.DataFrame(fusion.execute(query).read_all()).rows()

        yield {
            f"DuckDB, {name}": lambda query: duck.execute(query).fetchall(),
            f"Polars, {name}": lambda query: context.execute(query, eager=True).rows(),
            f"DataFusion, {name}": of_fusion,
        }


def compare_snapshot(connection, place, options):
    """The snapshot has the records of PostgreSQL."""
    for table in TABLES[:-1]:
        delta = deltalake.DeltaTable(f"{place}/current/{table}", storage_options=options)
        found = polars.DataFrame(delta.to_pyarrow_table())
        names = [name for name in found.columns if name not in ("cusip", "isin")]
        stored = [name.replace("job_id", "last_job_id") if name == "job_id" else name for name in names]
        rows = connection.execute(f"select {', '.join(stored)} from {table}").fetchall()
        assert rows and comparable(found.select(names).rows()) == comparable(rows), (place, table)
        print(f"current/{table}: {len(rows)} rows")


def compare_engines(expected, engines):
    queries = questions()
    for engine, ask in engines.items():
        for title, query in queries.items():
            found = comparable(ask(query))
            assert found == expected[title], (engine, title, len(found), len(expected[title]))
        print(f"{engine}: {', '.join(f'{title} {len(expected[title])} rows' for title in queries)}")


def main():
    address, folder, bucket, endpoint = sys.argv[1:]
    options = {**KEYS, "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}
    with psycopg.connect(address) as connection:
        positions = make_positions(connection)
        expected = {
            title: comparable(connection.execute(query).fetchall())
            for title, query in OF_POSTGRESQL.items()
        }
        assert all(expected.values()), {title: len(rows) for title, rows in expected.items()}
        compare_engines(expected, with_plain_files(folder, positions))
        for place, storage, name in [(folder, None, "Delta"), (bucket, options, "Delta in S3")]:
            for engines in with_delta(place, storage, positions, name):
                compare_engines(expected, engines)
            compare_snapshot(connection, place, storage)


main()
