//! Reads the file `.env`.

use std::fs;
use std::io;

use crate::environment::InvalidEnvironment;

const DOT_ENV: &str = ".env";

/// Adds the variables in the file `.env` of the working directory to the environment.
///
/// Variables that are already set win. A `$` is an ordinary character and does not start a
/// variable. Call this before anything else, while the process has only one thread.
///
/// # Errors
///
/// [`InvalidEnvironment::DotEnv`] or [`InvalidEnvironment::DotEnvLine`] if the file exists but cannot
/// be read or parsed.
pub fn read_dot_env() -> Result<(), InvalidEnvironment> {
    let text = match fs::read_to_string(DOT_ENV) {
        Ok(text) => literal_dollars(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(InvalidEnvironment::DotEnv(error)),
    };
    match dotenvy::from_read(text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) => Err(InvalidEnvironment::DotEnv(error)),
        // The error text shows the line, which may contain a secret.
        Err(dotenvy::Error::LineParse(part, _)) => Err(InvalidEnvironment::DotEnvLine {
            number: line_number(&text, &part),
        }),
        Err(_) => Err(InvalidEnvironment::DotEnvLine { number: None }),
    }
}

/// Escapes each `$` that would start a variable. A `$` in a password never means that.
fn literal_dollars(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    let mut quote = None;
    let mut previous = '\n';
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                literal.push(character);
                literal.extend(characters.next());
                previous = character;
                continue;
            }
            (_, '$') => literal.push('\\'),
            (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '#') if previous.is_whitespace() => {
                literal.push(character);
                for character in characters.by_ref() {
                    literal.push(character);
                    if character == '\n' {
                        break;
                    }
                }
                previous = '\n';
                continue;
            }
            _ => {}
        }
        literal.push(character);
        previous = character;
    }
    literal
}

/// Returns the number of the line that ends with this part.
fn line_number(text: &str, part: &str) -> Option<usize> {
    let part = part.lines().next()?.trim();
    let index = text.lines().position(|line| line.trim().ends_with(part))?;
    Some(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_sign_stays_as_it_is() {
        for (line, value) in [
            ("A=pa$word", "pa$word"),
            ("A=\"pa${word}\"", "pa${word}"),
            ("A='pa$word'", "pa$word"),
            ("A=pa\\$word", "pa$word"),
            ("A=a # it's $5\nB=$x", "a"),
        ] {
            let literal = literal_dollars(line);
            let read = dotenvy::from_read_iter(literal.as_bytes()).next();
            let (_, read) = read.unwrap().unwrap();
            assert_eq!(read, value, "{line}");
        }
    }
}
