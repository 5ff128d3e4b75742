//! The columns of the tables that items make: their names in CSV, and their types in Arrow.

use std::sync::LazyLock;

use arrow_schema::{DataType, Field, Fields};
use cusip_pif::FileKind;
use cusip_pif_arrow::column;
use cusip_postgres::{ColumnType, SECURITY_COLUMNS};

/// An amount is a number of thousands, millions or billions.
const DIGITS_OF_A_BILLION: u8 = 9;

/// Returns the columns of securities.
pub(super) fn securities() -> &'static Fields {
    static COLUMNS: LazyLock<Fields> = LazyLock::new(|| security_columns().collect());
    &COLUMNS
}

/// Returns the columns of the results of a look-up.
pub(super) fn results() -> &'static Fields {
    static COLUMNS: LazyLock<Fields> = LazyLock::new(|| {
        let own = [
            Field::new("id", DataType::Utf8, false),
            optional("reason", DataType::Utf8),
        ];
        own.into_iter().chain(security_columns()).collect()
    });
    &COLUMNS
}

/// Returns the columns of what a search found.
pub(super) fn hits() -> &'static Fields {
    static COLUMNS: LazyLock<Fields> = LazyLock::new(|| {
        let text = |name| optional(name, DataType::Utf8);
        Fields::from(vec![
            text("cusip"),
            text("isin"),
            text("issuer_name"),
            text("issue_description"),
            text("ticker_symbol"),
            text("underwriter"),
            text("match_type"),
            optional("rank", DataType::Float32),
            text("reason"),
            text("found_in"),
        ])
    });
    &COLUMNS
}

/// Returns the columns of changes, which make a row for each field that changed.
pub(super) fn changes() -> &'static Fields {
    static COLUMNS: LazyLock<Fields> = LazyLock::new(|| {
        let text = |name| optional(name, DataType::Utf8);
        Fields::from(vec![
            optional("job_id", DataType::Int64),
            optional("date", DataType::Date32),
            text("type"),
            text("issuer_num"),
            text("issue_num"),
            text("change"),
            optional("until_job_id", DataType::Int64),
            text("name"),
            text("from"),
            text("to"),
        ])
    });
    &COLUMNS
}

fn security_columns() -> impl Iterator<Item = Field> {
    SECURITY_COLUMNS.into_iter().map(|(name, kind)| {
        let data_type = match kind {
            ColumnType::Date => DataType::Date32,
            ColumnType::Number => decimal(name),
            _ => DataType::Utf8,
        };
        optional(name, data_type)
    })
}

/// Returns the type of a number. Those of files have the type that Arrow batches of the files have.
fn decimal(name: &str) -> DataType {
    let stored = name.strip_suffix("_full").unwrap_or(name);
    let layouts = FileKind::ALL.into_iter().map(|kind| kind.layout().fields);
    let field = layouts.flatten().find(|field| field.name == stored);
    let data_type = field.map(|field| column(field).data_type().clone());
    match data_type {
        Some(DataType::Decimal128(precision, scale)) if stored != name => {
            DataType::Decimal128(precision + DIGITS_OF_A_BILLION, scale)
        }
        Some(data_type) => data_type,
        None => unreachable!("{name} is a number of no file"),
    }
}

fn optional(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_room_for_every_digit_of_a_file() {
        let types = |name: &str| securities().find(name).map(|(_, field)| field.data_type());
        assert_eq!(types("rate"), Some(&DataType::Decimal128(15, 6)));
        assert_eq!(types("offering_amount"), Some(&DataType::Decimal128(15, 3)));
        assert_eq!(
            types("offering_amount_full"),
            Some(&DataType::Decimal128(24, 3))
        );
    }
}
