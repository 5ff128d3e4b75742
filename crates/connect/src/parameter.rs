//! Values for the parameters of statements.

use std::fmt::Debug;
use std::time::SystemTime;

use tokio_postgres::types::{Json, ToSql, Type};

/// A value for a parameter of a statement.
///
/// It has the SQL type that its Rust type stands for, whatever the statement compares it with. To
/// use it as another type, cast it in the statement: `$1::text::date`.
pub trait Parameter: ToSql + Sync {
    /// Returns its SQL type.
    fn data_type(&self) -> Type;
}

impl<T: SqlType + ToSql + Sync> Parameter for T {
    fn data_type(&self) -> Type {
        T::data_type()
    }
}

/// A Rust type that stands for an SQL type.
pub trait SqlType {
    /// Returns the SQL type.
    fn data_type() -> Type;
}

macro_rules! sql_types {
    ($($rust:ty => $sql:ident),+ $(,)?) => {
        $(impl SqlType for $rust {
            fn data_type() -> Type {
                Type::$sql
            }
        })+
    };
}

sql_types! {
    bool => BOOL,
    i16 => INT2,
    i32 => INT4,
    i64 => INT8,
    f64 => FLOAT8,
    SystemTime => TIMESTAMPTZ,
    str => TEXT,
    String => TEXT,
    [u8] => BYTEA,
    Vec<u8> => BYTEA,
    [i64] => INT8_ARRAY,
    Vec<i64> => INT8_ARRAY,
    [&str] => TEXT_ARRAY,
    Vec<&str> => TEXT_ARRAY,
    Vec<String> => TEXT_ARRAY,
    Vec<Option<String>> => TEXT_ARRAY,
    Vec<&[u8]> => BYTEA_ARRAY,
}

impl<T: Debug> SqlType for Json<T> {
    fn data_type() -> Type {
        Type::JSONB
    }
}

impl<T: SqlType + ?Sized> SqlType for &T {
    fn data_type() -> Type {
        T::data_type()
    }
}

impl<T: SqlType> SqlType for Option<T> {
    fn data_type() -> Type {
        T::data_type()
    }
}
