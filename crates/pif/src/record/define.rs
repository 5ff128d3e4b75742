//! Defines a kind of record from a single list of its fields.
//!
//! **Please measure before you replace this macro** with a table that is interpreted at run time, or
//! with a derive macro. Each record gets straight-line code with the type, width and code list of
//! every field as constants; that is part of why the parser is 4.7 times as fast as the `csv` crate
//! (`cargo bench -p cusip-synth`).

/// Defines a kind of record: its layout, its borrowed and owned structs, parsing and visiting.
///
/// Lists the fields in file order, each with its position and its type as in the description of the
/// format. `check` is the function that checks the rules involving several fields.
macro_rules! define_record {
    (
        $(#[$owned_doc:meta])*
        owned $Owned:ident;
        $(#[$ref_doc:meta])*
        borrowed $Ref:ident;
        kind $kind:ident, key ($($key:ident),+), check $check:path;
        fields {
            $(
                $(#[doc = $field_doc:literal])+
                $ordinal:literal $field:ident: $type:ident $(($($argument:tt),+))?,
            )+
        }
    ) => {
        const LAYOUT: Layout = Layout {
            kind: FileKind::$kind,
            fields: &[
                $(Field {
                    ordinal: $ordinal,
                    name: stringify!($field),
                    description: concat!($($field_doc),+).trim_ascii(),
                    field_type: define_record!(@spec $type $(($($argument),+))?),
                },)+
            ],
        };

        $(#[$ref_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $Ref<'a> {
            $(
                #[doc = concat!("Field ", $ordinal, ", `", stringify!($type $(($($argument),+))?), "`.")]
                #[doc = ""]
                $(#[doc = $field_doc])+
                pub $field: define_record!(@borrowed 'a $type $(($($argument),+))?),
            )+
        }

        $(#[$owned_doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $Owned {
            $(
                #[doc = concat!("Field ", $ordinal, ", `", stringify!($type $(($($argument),+))?), "`.")]
                #[doc = ""]
                $(#[doc = $field_doc])+
                pub $field: define_record!(@owned $type $(($($argument),+))?),
            )+
        }

        impl RecordRef for $Ref<'_> {
            type Owned = $Owned;

            fn into_owned(self) -> $Owned {
                $Owned {
                    $($field: define_record!(@into_owned $type, self.$field),)+
                }
            }

            fn key(&self) -> RecordKey {
                define_record!(@key self, $($key),+)
            }

            #[inline]
            fn visit<V: ValueVisitor>(&self, visitor: &mut V) {
                $(define_record!(@visit $type, visitor, &LAYOUT_FIELDS[$ordinal - 1], self.$field);)+
            }
        }

        const LAYOUT_FIELDS: &[Field] = LAYOUT.fields;

        impl Record for $Owned {
            type Ref<'a> = $Ref<'a>;

            const LAYOUT: &'static Layout = &LAYOUT;

            fn as_record_ref(&self) -> $Ref<'_> {
                $Ref {
                    $($field: define_record!(@as_ref $type, self.$field),)+
                }
            }
        }

        impl Parse for $Owned {
            #[inline]
            fn shorten<'short, 'long: 'short>(record: $Ref<'long>) -> $Ref<'short> {
                record
            }

            #[inline]
            fn empty<'a>() -> $Ref<'a> {
                $Ref {
                    $($field: define_record!(@empty $type),)+
                }
            }

            #[inline(never)]
            fn parse<'a>(
                record: &mut $Ref<'a>,
                fields: &mut FieldParser<'a, '_>,
                check_digits: CheckDigits,
            ) {
                $(record.$field = define_record!(@parse fields, $ordinal - 1, $type $(($($argument),+))?);)+
                $check(record, check_digits, fields);
            }
        }

        impl<'a> $Ref<'a> {
            /// Creates a record in which only the key has a value.
            #[must_use]
            pub const fn new($($key: define_record!(@owned $key)),+) -> Self {
                Self {
                    $($field: define_record!(@new $type, $field),)+
                }
            }

            $(define_record!(@accessor $field, $type $(($($argument),+))?);)+
        }

        impl $Owned {
            /// Creates a record in which only the key has a value.
            #[must_use]
            pub const fn new($($key: define_record!(@owned $key)),+) -> Self {
                Self {
                    $($field: define_record!(@new $type, $field),)+
                }
            }

            $(define_record!(@owned_accessor $field, $type $(($($argument),+))?);)+
        }

        impl Sealed for $Ref<'_> {}
        impl Sealed for $Owned {}

        impl ToRecordRef for $Ref<'_> {
            type Owned = $Owned;

            fn to_record_ref(&self) -> $Ref<'_> {
                *self
            }
        }

        impl ToRecordRef for $Owned {
            type Owned = Self;

            fn to_record_ref(&self) -> $Ref<'_> {
                self.as_record_ref()
            }
        }
    };

    (@key $record:ident, issuer_num) => {
        RecordKey { issuer_num: $record.issuer_num, issue_num: None }
    };
    (@key $record:ident, issuer_num, issue_num) => {
        RecordKey { issuer_num: $record.issuer_num, issue_num: Some($record.issue_num) }
    };

    (@spec issuer_num) => { FieldType::IssuerNum };
    (@spec issue_num) => { FieldType::IssueNum };
    (@spec text($max:tt)) => { FieldType::Text { max: $max } };
    (@spec code($max:tt, $list:ident)) => { FieldType::Code { max: $max, list: &$list::LIST } };
    (@spec date) => { FieldType::Date };
    (@spec integer) => { FieldType::Integer };
    (@spec decimal($precision:tt, $scale:tt)) => {
        FieldType::Decimal { precision: $precision, scale: $scale }
    };

    (@borrowed $a:lifetime text($max:tt)) => { Option<&$a str> };
    (@borrowed $a:lifetime code($max:tt, $list:ident)) => { Option<&$a str> };
    (@borrowed $a:lifetime $type:ident $($arguments:tt)?) => { define_record!(@owned $type $($arguments)?) };

    (@owned issuer_num) => { IssuerNum };
    (@owned issue_num) => { IssueNum };
    (@owned date) => { Option<Date> };
    (@owned integer) => { Option<i32> };
    (@owned decimal($precision:tt, $scale:tt)) => { Option<Decimal> };
    (@owned text(1)) => { Option<CodeText> };
    (@owned text($max:tt)) => { Option<String> };
    (@owned code($max:tt, $list:ident)) => { Option<CodeText> };

    (@new issuer_num, $value:expr) => { $value };
    (@new issue_num, $value:expr) => { $value };
    (@new $type:ident, $value:expr) => { None };

    (@empty issuer_num) => { IssuerNum::ZEROS };
    (@empty issue_num) => { IssueNum::ZEROS };
    (@empty $type:ident) => { None };

    (@into_owned text, $value:expr) => { $value.map(Into::into) };
    (@into_owned code, $value:expr) => { $value.map(Into::into) };
    (@into_owned $type:ident, $value:expr) => { $value };

    (@as_ref text, $value:expr) => { $value.as_deref() };
    (@as_ref code, $value:expr) => { $value.as_deref() };
    (@as_ref $type:ident, $value:expr) => { $value };

    (@visit issuer_num, $visitor:ident, $field:expr, $value:expr) => {
        $visitor.text($field, Some($value.as_str()))
    };
    (@visit issue_num, $visitor:ident, $field:expr, $value:expr) => {
        $visitor.text($field, Some($value.as_str()))
    };
    (@visit code, $visitor:ident, $field:expr, $value:expr) => { $visitor.text($field, $value) };
    (@visit $type:ident, $visitor:ident, $field:expr, $value:expr) => { $visitor.$type($field, $value) };

    (@parse $fields:ident, $index:expr, code($max:tt, $list:ident)) => {
        $fields.code($index, $max, &$list::LIST)
    };
    (@parse $fields:ident, $index:expr, $type:ident $(($($argument:tt),+))?) => {
        $fields.$type($index $($(, $argument)+)?)
    };

    (@accessor $field:ident, code($max:tt, $list:ident)) => {
        #[doc = concat!("Returns the meaning of the code in [`", stringify!($field), "`](Self#structfield.", stringify!($field), "), or `None` if empty.")]
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = ""]
        #[doc = "[`UnknownCode`], if the code is not documented."]
        pub fn $field(&self) -> Option<Result<$list, UnknownCode>> {
            self.$field.map($list::from_code)
        }
    };
    (@owned_accessor $field:ident, code($max:tt, $list:ident)) => {
        #[doc = concat!("Returns the meaning of the code in [`", stringify!($field), "`](Self#structfield.", stringify!($field), "), or `None` if empty.")]
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = ""]
        #[doc = "[`UnknownCode`], if the code is not documented."]
        pub fn $field(&self) -> Option<Result<$list, UnknownCode>> {
            self.$field.as_deref().map($list::from_code)
        }
    };
    (@owned_accessor $field:ident, $type:ident $(($($argument:tt),+))?) => {};
    (@accessor $field:ident, $type:ident $(($($argument:tt),+))?) => {};
}

pub(super) use define_record;
