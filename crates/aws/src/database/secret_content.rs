//! Parses the content of a secret.

use std::fmt;

use cusip_connect::{Credentials, check_host, check_name};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

/// Keys that other tools write, and ours with the same meaning.
const MISTAKEN: [(&str, &str); 4] = [
    ("user", "username"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("hostname", "host"),
];

/// The pairs of a JSON object, each key once, as RDS and the AWS rotation functions write them.
struct Pairs(Vec<(String, Value)>);

/// Parses a secret. Errors name its keys, and never show a value.
pub(crate) fn parse(text: &str) -> Result<Credentials, String> {
    // The parser's own errors show parts of the text.
    let pairs: Pairs = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data if error.to_string().starts_with(TWICE) => {
            "has a key twice".to_owned()
        }
        _ => "is not such a JSON object".to_owned(),
    })?;
    let text_of = |key: &str| match pairs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Err(format!("has an empty `{key}`")),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("has a `{key}` that is not a string")),
    };
    for (mistaken, meant) in MISTAKEN {
        if pairs.get(mistaken).is_some() && pairs.get(meant).is_none() {
            return Err(format!("has `{mistaken}` instead of `{meant}`"));
        }
    }
    let mut credentials = Credentials::new();
    match text_of("password")? {
        Some(password) => credentials = credentials.password(password),
        None => return Err("has no `password`".to_owned()),
    }
    if let Some(user) = text_of("username")? {
        check_name(&user).map_err(|problem| format!("has a `username` that {problem}"))?;
        credentials = credentials.user(user);
    }
    if let Some(host) = text_of("host")? {
        check_host(&host).map_err(|problem| format!("has a `host` that {problem}"))?;
        credentials = credentials.host(host);
    }
    if let Some(dbname) = text_of("dbname")? {
        check_name(&dbname).map_err(|problem| format!("has a `dbname` that {problem}"))?;
        credentials = credentials.dbname(dbname);
    }
    let port = match pairs.get("port") {
        None | Some(Value::Null) => return Ok(credentials),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    let port = port.and_then(|port| u16::try_from(port).ok());
    match port.filter(|port| *port > 0) {
        Some(port) => Ok(credentials.port(port)),
        None => Err("has an invalid `port`; ports are numbers from 1 to 65535".to_owned()),
    }
}

const TWICE: &str = "a key twice";

impl Pairs {
    fn get(&self, key: &str) -> Option<&Value> {
        let mut pairs = self.0.iter();
        pairs.find_map(|(name, value)| (name == key).then_some(value))
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs: Vec<(String, Value)> = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            if pairs.iter().any(|(name, _)| *name == key) {
                return Err(A::Error::custom(TWICE));
            }
            pairs.push((key, value));
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_key_is_named_without_showing_a_value() {
        for (text, problem) in [
            (
                r#"{"password": {"is": "swordfish"}}"#,
                "`password` that is not a string",
            ),
            (r#"{"password": ""}"#, "empty `password`"),
            (
                r#"{"password": "swordfish", "username": ""}"#,
                "empty `username`",
            ),
            (r#"{"password": "swordfish", "host": ""}"#, "empty `host`"),
            (
                r#"{"password": "swordfish", "host": "db.example.com:5432"}"#,
                "a `host` that contains a port",
            ),
            (
                r#"{"password": "swordfish", "username": "cusip_app\n"}"#,
                "a `username` that starts or ends with a blank",
            ),
            (
                r#"{"password": "swordfish", "port": 99999}"#,
                "an invalid `port`",
            ),
            (
                r#"{"password": "swordfish", "port": 0}"#,
                "an invalid `port`",
            ),
            (
                r#"{"password": "swordfish", "user": "ada"}"#,
                "`user` instead of `username`",
            ),
            (
                r#"{"password": "swordfish", "database": "x"}"#,
                "`database` instead of `dbname`",
            ),
            (
                r#"{"password": "swordfish", "password": "b"}"#,
                "a key twice",
            ),
            (r#"["swordfish"]"#, "not such a JSON object"),
            ("swordfish", "not such a JSON object"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(problem), "{said:?} on {text}");
            assert!(!said.contains("swordfish"), "{said}");
        }
    }

    #[test]
    fn unknown_keys_and_nulls_are_ignored() {
        let text = r#"{"password": "swordfish", "engine": "postgres", "port": null, "user": "x", "username": "ada"}"#;
        let expected = Credentials::new().password("swordfish").user("ada");
        assert_eq!(parse(text), Ok(expected));
    }
}
