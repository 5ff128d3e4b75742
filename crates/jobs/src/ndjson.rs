//! JSON with an object on each line.

use serde_json::Value;

/// Removes what is null from an object, at any depth. Lines of NDJSON have no nulls.
pub fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_left_out_and_numbers_keep_their_digits() {
        let item = r#"{"a":null,"rate":4.812500,"b":{"c":null,"d":[{"e":null}]}}"#;
        let mut item = serde_json::from_str(item).unwrap();
        remove_nulls(&mut item);
        assert_eq!(item.to_string(), r#"{"rate":4.812500,"b":{"d":[{}]}}"#);
    }
}
