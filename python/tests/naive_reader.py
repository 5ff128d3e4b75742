"""A reader of PIF files that follows docs/file-format.md as plainly as possible, to compare the parser with.

It shares nothing with the parser: layouts and code lists are written again, from the description of the format.
"""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

TEXT_30 = ("text", 30)
TEXT_50 = ("text", 50)
TEXT_60 = ("text", 60)
FLAG = ("text", 1)


def numbered(name, count, kind):
    return [(f"{name}_{index}", *kind) for index in range(1, count + 1)]


LAYOUTS = {
    "issuer": [
        ("issuer_num", "key", 6),
        ("issuer_check", *FLAG),
        *numbered("issuer_name", 3, TEXT_30),
        *numbered("issuer_adl", 4, TEXT_30),
        ("issuer_sort_key", *TEXT_30),
        ("issuer_type", "code", 1, "CMGS"),
        ("issuer_status", "code", 1, "AD"),
        ("issuer_del_date", "date"),
        ("issuer_transaction", "code", 1, "ABLNRTW"),
        ("issuer_state_code", "text", 2),
        ("issuer_update_date", "date"),
    ],
    "issue": [
        ("issuer_num", "key", 6),
        ("issue_num", "key", 2),
        ("issue_check", *FLAG),
        *numbered("issue_desc", 2, TEXT_30),
        *numbered("issue_adl", 4, TEXT_30),
        ("issue_status", "code", 1, "ATDXZ"),
        ("dated_date", "date"),
        ("maturity_date", "date"),
        ("partial_maturity", "integer"),
        ("rate", "decimal", 9, 6),
        ("govt_stimulus_program", "code", 10, "ABCDEFGHMNPQRTV"),
        ("issue_transaction", "code", 1, "ADLMSW"),
        ("issue_update_date", "date"),
    ],
    "issue_attr": [
        ("issuer_num", "key", 6),
        ("issue_num", "key", 2),
        *[(name, *FLAG) for name in ("alternative_min_tax", "bank_q", "callable")],
        ("activity_date", "date"),
        ("first_coupon_date", "date"),
        ("init_pub_off", *FLAG),
        ("payment_frequency", "code", 1, "123456789Z"),
        ("currency_code", "text", 3),
        ("domicile_code", "text", 2),
        ("underwriter", *TEXT_60),
        ("us_cfi_code", "text", 6),
        ("closing_date", "date"),
        ("ticker_symbol", "text", 10),
        ("iso_cfi", "text", 6),
        *[
            (name, *FLAG)
            for name in ("depos_eligible", "pre_refund", "refundable", "remarketed", "sinking_fund", "taxable")
        ],
        *[
            (name, *TEXT_50)
            for name in (
                "form enhancements fund_distrb_policy fund_inv_policy fund_type guarantee income_type insured_by "
                "ownership_restr payment_status preferred_type putable rate_type redemption source_doc sponsoring "
                "voting_rights warrant_assets warrant_status warrant_type where_traded"
            ).split()
        ],
        *[
            (name, *TEXT_60)
            for name in "auditor paying_agent tender_agent xfer_agent bond_counsel financial_advisor".split()
        ],
        ("municipal_sale_date", "date"),
        ("sale_type", "code", 1, "CG"),
        ("offering_amount", "decimal", 12, 3),
        ("offering_amount_code", "code", 1, "KMB"),
    ],
}

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#"
BLANKS = " \t"


class Reject(NamedTuple):
    """A bad record, with the first rule that it breaks."""

    line_number: int
    byte_offset: int
    field: str | None
    value: str | None
    rule: str
    raw_line: bytes


class Broken(Exception):
    """A value breaks the rule with this code."""


def read(content, kind):
    """Returns the good records as tuples, the rejects, and whether the last line is a trailer."""
    lines = list(split(content))
    while lines and not lines[-1][2].strip(b"\x1a"):
        lines.pop()
    trailer = bool(lines) and re.match(rb"999999[ \t]*(\||\x1a*\Z)", lines[-1][2]) is not None
    if trailer:
        lines.pop()
    records, rejects = [], []
    for number, offset, line in lines:
        found = record(line, LAYOUTS[kind])
        if isinstance(found, tuple):
            records.append(found)
        else:
            rejects.append(Reject(number, offset, *found, line))
    return records, rejects, trailer


def split(content):
    """Yields number, offset and bytes of each line that is not empty."""
    offset = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    lines = content[offset:].split(b"\n")
    for number, line in enumerate(lines, 1):
        kept = line.rstrip(b"\x1a") if number == len(lines) else line
        kept = kept.removesuffix(b"\r")
        if kept:
            yield number, offset, kept
        offset += len(line) + 1


def record(line, layout):
    """Returns the values of a good record as a tuple, or a list of field, value and rule of a bad one."""
    fields = line.split(b"|")
    if len(fields) != len(layout):
        return [None, None, "field_count"]
    values, faults = [], []
    for (name, *kind), received in zip(layout, fields, strict=True):
        text = decode(received)
        try:
            if "\0" in text:
                raise Broken("nul_byte")
            values.append(value(text, *kind))
        except Broken as rule:
            faults.append([name, text, str(rule)])
            values.append(None)
        if name == "issue_check" and not faults and values[2] and values[2] != check_digit(values[0] + values[1]):
            faults.append([name, text, "check_digit"])
    return faults[0] if faults else tuple(values)


def decode(received):
    try:
        return received.decode()
    except UnicodeDecodeError:
        # Five bytes have no character in Python's codec; browsers read them as control characters.
        return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in received)


def value(text, kind, *limits):
    trimmed = text.strip(BLANKS)
    if kind == "key":
        return key(text, *limits)
    if kind == "text":
        return fit(text, *limits)
    if kind == "code":
        code = fit(text, limits[0])
        return code if trimmed else None
    if not trimmed:
        return None
    return {"date": day, "integer": integer, "decimal": decimal}[kind](trimmed, *limits)


def key(text, length):
    if not text:
        raise Broken("missing_key")
    found = text.rstrip(BLANKS)
    if len(found) != length or not set(found) <= set(ALPHABET):
        raise Broken("identifier")
    return found


def fit(text, width):
    if text[width:].strip(BLANKS):
        raise Broken("text_length")
    return text[:width] or None


def day(text):
    for form, order in (
        (r"([0-9]{4})-([0-9]{2})-([0-9]{2})", (1, 2, 3)),
        (r"([0-9]{4})([0-9]{2})([0-9]{2})", (1, 2, 3)),
        (r"([0-9]{2})/([0-9]{2})/([0-9]{4})", (3, 1, 2)),
    ):
        if found := re.fullmatch(form, text):
            try:
                return date(*(int(found[group]) for group in order))
            except ValueError:
                break
    raise Broken("date")


def integer(text):
    if not re.fullmatch(r"[+-]?[0-9]+", text) or not -(2**31) <= int(text) < 2**31:
        raise Broken("integer")
    return int(text)


def decimal(text, precision, scale):
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text):
        raise Broken("decimal")
    whole, _, decimals = text.lstrip("+-").partition(".")
    whole, significant = whole.lstrip("0"), decimals.rstrip("0")
    if len(significant) > scale:
        raise Broken("decimal_scale")
    # The parser keeps 38 digits, zeros at the end included.
    if len(whole + significant) > precision or len(whole + decimals) > 38:
        raise Broken("decimal_precision")
    return Decimal(text)


def check_digit(number):
    total = 0
    for index, character in enumerate(number):
        total += sum(divmod(ALPHABET.index(character) * (1 + index % 2), 10))
    return str(-total % 10)
