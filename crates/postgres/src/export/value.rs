//! The values of exported rows, decoded from PostgreSQL's binary format.

use cusip_pif::{Date, Decimal, FieldType, FileKind};
use tokio_postgres::types::{FromSql, Type};

/// From 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const DAYS_TO_POSTGRES_EPOCH: i32 = 10_957;

const NUMERIC_NEGATIVE: u16 = 0x4000;
const NUMERIC_HEADER_BYTES: usize = 8;
const DIGITS_OF_GROUP: u32 = 4;

/// The codes of an amount multiply it by up to a billion.
const MOST_DIGITS_OF_UNIT: u8 = 9;

type DecodeError = Box<dyn std::error::Error + Send + Sync>;

/// A column of exported rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// The type of its values.
    pub value_type: ValueType,
    /// Whether no value is null.
    pub is_required: bool,
}

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// Text.
    Text,
    /// A day.
    Date,
    /// An integer of 32 bits.
    Integer,
    /// An integer of 64 bits.
    BigInteger,
    /// A decimal number.
    Decimal {
        /// The maximum number of digits, before and after the decimal point together.
        precision: u8,
        /// The maximum number of digits after the decimal point.
        scale: u8,
    },
}

/// A value of an exported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Text.
    Text(&'a str),
    /// A day.
    Date(Date),
    /// An integer.
    Integer(i64),
    /// A decimal number with every digit that was loaded.
    Decimal(Decimal),
}

impl ValueType {
    /// Returns the type for a column of this name and type in the database.
    pub(super) fn of(name: &str, database_type: &str) -> Result<Self, DecodeError> {
        Ok(match database_type {
            "text" | "character varying" => Self::Text,
            "date" => Self::Date,
            "integer" => Self::Integer,
            "bigint" => Self::BigInteger,
            "numeric" => Self::decimal(name)
                .ok_or_else(|| format!("the number of decimal places of {name} is not known"))?,
            other => return Err(format!("{name} has the type {other}").into()),
        })
    }

    /// Returns the type of a number, from the field that it was loaded from. All its digits may be before the
    /// point.
    fn decimal(name: &str) -> Option<Self> {
        let (field_name, unit_digits) = match name {
            "offering_amount_full" => ("offering_amount", MOST_DIGITS_OF_UNIT),
            name => (name, 0),
        };
        let fields = FileKind::ALL
            .into_iter()
            .flat_map(|kind| kind.layout().fields);
        let mut fields = fields.filter(|field| field.name == field_name);
        match fields.next()?.field_type {
            FieldType::Decimal { precision, scale } => Some(Self::Decimal {
                precision: precision + scale + unit_digits,
                scale,
            }),
            _ => None,
        }
    }

    /// Decodes a value.
    pub(super) fn decode<'a>(self, value: Option<Raw<'a>>) -> Result<Value<'a>, DecodeError> {
        let Some(Raw(bytes)) = value else {
            return Ok(Value::Null);
        };
        Ok(match self {
            Self::Text => Value::Text(str::from_utf8(bytes)?),
            Self::Date => Value::Date(date(bytes)?),
            Self::Integer => Value::Integer(i32::from_be_bytes(bytes.try_into()?).into()),
            Self::BigInteger => Value::Integer(i64::from_be_bytes(bytes.try_into()?)),
            Self::Decimal { .. } => {
                let number = numeric(bytes).ok_or("a number has too many digits, or is not one")?;
                Value::Decimal(number)
            }
        })
    }
}

/// The bytes of a value of any type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn date(bytes: &[u8]) -> Result<Date, DecodeError> {
    let days = i32::from_be_bytes(bytes.try_into()?);
    let days = days.checked_add(DAYS_TO_POSTGRES_EPOCH);
    let date = days.and_then(Date::from_days_since_unix_epoch);
    Ok(date.ok_or("a date is not in the years 1 to 9999")?)
}

/// Decodes a number: a header of four 16-bit integers (number of groups, weight of the first group, sign,
/// digits after the point), then groups of four digits.
fn numeric(bytes: &[u8]) -> Option<Decimal> {
    let (header, groups) = bytes.split_at_checked(NUMERIC_HEADER_BYTES)?;
    let word = |index: usize| u16::from_be_bytes([header[2 * index], header[2 * index + 1]]);
    let weight = i32::from(word(1).cast_signed());
    let is_negative = match word(2) {
        0 => false,
        NUMERIC_NEGATIVE => true,
        _ => return None,
    };
    let scale = u8::try_from(word(3)).ok()?;
    let mut coefficient: i128 = 0;
    for group in groups.chunks_exact(2) {
        let group = u16::from_be_bytes([group[0], group[1]]);
        coefficient = coefficient
            .checked_mul(10_000)?
            .checked_add(i128::from(group))?;
    }
    // The last group may have more or fewer digits after the point than the number.
    let groups = i32::try_from(groups.len() / 2).ok()?;
    let digits_after_point = (groups - 1 - weight) * DIGITS_OF_GROUP.cast_signed();
    let shift = i32::from(scale) - digits_after_point;
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    coefficient = match shift {
        _ if coefficient == 0 => 0,
        0.. => coefficient.checked_mul(power?)?,
        _ => coefficient / power?,
    };
    Decimal::new(
        if is_negative {
            -coefficient
        } else {
            coefficient
        },
        scale,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_field_have_room_for_all_their_digits() {
        let decimal = |precision, scale| ValueType::Decimal { precision, scale };
        assert_eq!(ValueType::of("rate", "numeric").unwrap(), decimal(15, 6));
        assert_eq!(
            ValueType::of("offering_amount_full", "numeric").unwrap(),
            decimal(24, 3)
        );
        assert!(ValueType::of("weight", "numeric").is_err());
        assert!(ValueType::of("options", "jsonb").is_err());
    }
}
