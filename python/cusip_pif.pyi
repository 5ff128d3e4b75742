"""Reads the PIF files of CUSIP Global Services as Arrow data.

`Records` and `Table` implement the Arrow PyCapsule interface, so polars, DuckDB, pyarrow and pandas take them
without copying: `polars.DataFrame(cusip_pif.read("CED01-15E.PIP"))`.
"""

from collections.abc import Iterable
from os import PathLike
from typing import IO, Literal, final

@final
class Table:
    """A table in memory."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __len__(self) -> int: ...

@final
class Records:
    """The records of a file. Each consumer reads the file from its beginning, in constant memory.

    A file that was cut off, or whose trailer counts a different number of records, raises an error in the consumer
    after the last record.
    """

    @property
    def kind(self) -> Literal["issuer", "issue", "issue_attr"]: ...
    def rejects(self) -> Table:
        """Reads the file and returns its bad records.

        The columns are line_number (from 1), byte_offset (from 0), field, value, rule, message and raw_line (bytes).
        """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

def read(
    source: str | PathLike[str] | IO[bytes],
    kind: Literal["issuer", "issue", "issue_attr"] | None = None,
    *,
    check_digits: Literal["reject", "warn"] = "reject",
    identifiers: bool = False,
    batch_rows: int = 8192,
) -> Records:
    """Opens a PIF file: a path, or a file object, which is read into memory.

    Without `kind`, the name of the file tells it, such as CED01-15E.PIP. `identifiers` adds the columns `cusip` and,
    for attributes, `isin`.
    """

def identify(values: Iterable[str | None], country: str | None = None) -> Table:
    """Checks CUSIPs and ISINs, and returns a row for each, in order.

    The columns are value, cusip (nine characters), isin (for this country, such as "US") and problem. A value is a
    CUSIP of 8 or 9 characters, or an ISIN that contains one. If it is wrong, `problem` says why.
    """
