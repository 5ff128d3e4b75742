#![doc = include_str!("../README.md")]

mod any;
mod buffer;
mod code;
mod code_text;
mod date;
mod decimal;
mod digits;
mod encoding;
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
mod parser;
mod position;
mod reader;
mod record;
mod trailer;
mod writer;

pub use self::any::{AnyReader, PifRecord};
pub use self::code::{
    Code, CodeList, GovtStimulusProgram, IssueStatus, IssueTransaction, IssuerStatus,
    IssuerTransaction, IssuerType, OfferingAmountCode, PaymentFrequency, SaleType, UnknownCode,
};
pub use self::code_text::CodeText;
pub use self::date::{Date, InvalidDate};
pub use self::decimal::{Decimal, InvalidDecimal};
pub use self::error::{Error, ErrorKind};
pub use self::excerpt::Excerpt;
pub use self::fault::{BadRecord, CheckDigits, Fault, Rule};
pub use self::file_name::{InvalidFileName, PifFileName};
pub use self::identifier::{
    Cusip, Identifier, InvalidCusip, InvalidNumber, IssueNum, IssuerNum, check_digit,
};
pub use self::kind::{FileKind, InvalidFileKind};
pub use self::layout::{Field, FieldType, Layout};
pub use self::parser::{Encoding, Event, ParseOptions, Parser};
pub use self::position::Position;
pub use self::reader::{IntoRecords, Reader, ReaderBuilder, Records, Summary};
pub use self::record::{
    Issue, IssueAttribute, IssueAttributeRef, IssueRef, Issuer, IssuerRef, Record, RecordKey,
    RecordRef, ToRecordRef, ValueVisitor,
};
pub use self::trailer::{Trailer, TrailerCount};
pub use self::writer::Writer;
