"""What users of the package see, in polars, DuckDB and pyarrow."""

import io
from decimal import Decimal
from datetime import date

import duckdb
import polars
import pyarrow
import pytest

import cusip_pif

GOOD = "037833|10|0|COM||||||A||2024-02-29|-7|4.1250||A|2024-01-15\n"
WRONG_DATE = "037833|20||PFD||||||A|2024-02-30|||||A|\n"


@pytest.fixture
def issues(tmp_path):
    path = tmp_path / "CED01-15E.PIP"
    path.write_text(GOOD + WRONG_DATE + "999999|2\n")
    return path


def test_pyarrow_takes_typed_columns(issues):
    table = pyarrow.table(cusip_pif.read(issues))
    assert table.num_rows == 1
    assert table.schema.field("rate").type == pyarrow.decimal128(15, 6)
    assert table.schema.field("maturity_date").type == pyarrow.date32()
    assert not table.schema.field("issuer_num").nullable
    row = table.to_pylist()[0]
    assert row["issuer_num"] == "037833"
    assert row["rate"] == Decimal("4.125")
    assert row["maturity_date"] == date(2024, 2, 29)
    assert row["dated_date"] is None


def test_polars_takes_the_records(issues):
    frame = polars.DataFrame(cusip_pif.read(str(issues), identifiers=True))
    assert frame.select("cusip", "partial_maturity").rows() == [("037833100", -7)]


def test_duckdb_queries_the_records_by_name(issues):
    records = cusip_pif.read(issues)
    found = duckdb.sql("select issuer_num || issue_num, rate from records where rate > 4").fetchall()
    assert found == [("03783310", Decimal("4.125000"))]
    # Each consumer reads the file from its beginning.
    assert duckdb.sql("select count(*) from records").fetchall() == [(1,)]


def test_rejects_are_a_table_with_line_and_reason(issues):
    rejects = cusip_pif.read(issues).rejects()
    assert len(rejects) == 1
    row = pyarrow.table(rejects).to_pylist()[0]
    assert (row["line_number"], row["byte_offset"]) == (2, len(GOOD))
    assert (row["field"], row["value"], row["rule"]) == ("dated_date", "2024-02-30", "date")
    assert row["message"].startswith('dated_date "2024-02-30" is not a valid date')
    assert row["raw_line"] == WRONG_DATE.strip().encode()


def test_file_that_was_cut_off_is_an_error_after_its_records(tmp_path):
    path = tmp_path / "CED01-15E.PIP"
    path.write_text(GOOD + WRONG_DATE)
    records = cusip_pif.read(path)
    with pytest.raises(Exception, match="no trailer after record 2, so it was cut off"):
        pyarrow.table(records)
    assert len(records.rejects()) == 1


def test_file_object_needs_a_kind():
    content = (GOOD + "999999|1\n").encode()
    records = cusip_pif.read(io.BytesIO(content), "issue")
    assert records.kind == "issue"
    assert pyarrow.table(records) == pyarrow.table(records)
    with pytest.raises(ValueError, match="pass kind="):
        cusip_pif.read(io.BytesIO(content))


def test_wrong_arguments_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="CED01-15E.PIP"):
        cusip_pif.read(tmp_path / "CED01-15E.PIP")
    with pytest.raises(ValueError, match="bond.*issuer, issue or issue_attr"):
        cusip_pif.read(io.BytesIO(b""), "bond")
    with pytest.raises(ValueError, match="'reject' or 'warn'"):
        cusip_pif.read(io.BytesIO(b""), "issue", check_digits="ignore")


def test_wrong_check_digit_is_a_reject_unless_it_is_a_warning():
    content = (GOOD.replace("|10|0|", "|10|7|") + "999999|1\n").encode()
    strict = cusip_pif.read(io.BytesIO(content), "issue")
    assert len(strict.rejects()) == 1
    lenient = cusip_pif.read(io.BytesIO(content), "issue", check_digits="warn")
    assert pyarrow.table(lenient).num_rows == 1
    assert len(lenient.rejects()) == 0


def test_batches_have_as_many_rows_as_asked_for():
    content = (GOOD * 5 + "999999|5\n").encode()
    records = cusip_pif.read(io.BytesIO(content), "issue", batch_rows=2)
    reader = pyarrow.RecordBatchReader.from_stream(records)
    assert [batch.num_rows for batch in reader] == [2, 2, 1]


def test_identifiers_are_checked_and_converted():
    values = ["037833100", "03783310", "037833107", "US0378331005", None]
    frame = polars.DataFrame(cusip_pif.identify(values, country="US"))
    assert frame["cusip"].to_list() == ["037833100", "037833100", None, "037833100", None]
    assert frame["isin"].to_list() == ["US0378331005", "US0378331005", None, "US0378331005", None]
    problems = frame["problem"].to_list()
    assert "check digit should be 0" in problems[2]
    assert problems[:2] + problems[3:] == [None] * 4
    assert polars.DataFrame(cusip_pif.identify(polars.Series(values)))["isin"].to_list() == [None] * 5
