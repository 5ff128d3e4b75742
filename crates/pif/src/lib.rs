#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "std")]
mod any;
mod buffer;
mod code;
mod code_text;
#[cfg(feature = "std")]
mod completeness;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "rust_decimal"))]
mod conversion;
mod date;
mod decimal;
mod digits;
mod encoding;
#[cfg(feature = "std")]
mod error;
mod excerpt;
mod fault;
mod field;
mod file_name;
mod grammar;
mod identifier;
mod kind;
mod layout;
mod line;
mod line_parser;
mod parser;
mod position;
#[cfg(feature = "std")]
mod reader;
mod record;
#[cfg(feature = "serde")]
mod serialization;
#[cfg(feature = "std")]
mod slice_reader;
mod trailer;
#[cfg(feature = "std")]
mod writer;

#[cfg(all(feature = "std", any(doc, doctest)))]
#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

#[cfg(feature = "std")]
pub use self::any::{AnyReader, PifRecord};
pub use self::code::{
    Code, CodeList, GovtStimulusProgram, IssueStatus, IssueTransaction, IssuerStatus,
    IssuerTransaction, IssuerType, OfferingAmountCode, PaymentFrequency, SaleType, UnknownCode,
};
pub use self::code_text::CodeText;
#[cfg(feature = "std")]
pub use self::completeness::Summary;
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use self::conversion::DateOutOfRange;
#[cfg(feature = "rust_decimal")]
pub use self::conversion::DecimalOutOfRange;
pub use self::date::{Date, InvalidDate};
pub use self::decimal::{Decimal, InvalidDecimal};
#[cfg(feature = "std")]
pub use self::error::{Error, ErrorKind};
pub use self::excerpt::Excerpt;
pub use self::fault::{BadRecord, CheckDigits, Fault, Rule};
pub use self::file_name::{InvalidFileName, PifFileName};
pub use self::identifier::{
    Cusip, Identifier, InvalidCusip, InvalidNumber, IssueNum, IssuerNum, check_digit,
};
pub use self::kind::{FileKind, InvalidFileKind};
pub use self::layout::{Field, FieldType, Layout};
pub use self::line_parser::{Encoding, ParseOptions};
pub use self::parser::{Event, Parser};
pub use self::position::Position;
#[cfg(feature = "std")]
pub use self::reader::{IntoRecords, Reader, ReaderBuilder, Records};
pub use self::record::{
    Issue, IssueAttribute, IssueAttributeRef, IssueRef, Issuer, IssuerRef, Record, RecordKey,
    RecordRef, ToRecordRef, ValueVisitor,
};
#[cfg(feature = "std")]
pub use self::slice_reader::{SliceReader, SliceRecord};
pub use self::trailer::{CountMismatch, Trailer, TrailerCount};
#[cfg(feature = "std")]
pub use self::writer::Writer;
