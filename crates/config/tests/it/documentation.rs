//! Checks that `docs/configuration.md` matches the settings.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Args as _, Command};
use cusip_config::{
    ApiSettings, DatabaseSettings, FileSettings, LoadSettings, LogSettings, known_variables,
};
use cusip_test_support::assert_generated_part;

const START: &str = "<!-- Generated from crates/config: change the settings, then run the tests with UPDATE_DOCS=1. -->\n";

/// Returns all settings in the order of the page, each group under its heading.
fn settings() -> Command {
    let command = FileSettings::augment_args(Command::new("settings"));
    let command = LoadSettings::augment_args(command);
    let command = DatabaseSettings::augment_args(command);
    let command = ApiSettings::augment_args(command);
    LogSettings::augment_args(command)
}

/// Returns the tables of all settings.
fn tables() -> String {
    let command = settings();
    let mut text = String::new();
    let mut current = None;
    for argument in command.get_arguments() {
        let heading = argument.get_help_heading();
        if heading != current {
            current = heading;
            let heading = heading.expect("every group of settings has a heading");
            write!(
                text,
                "\n## {heading}\n| variable | flag | default | meaning |\n|---|---|---|---|\n"
            )
            .expect("writing to a string succeeds");
        }
        let variable = (argument.get_env()).map(|name| name.to_str().expect("the name is UTF-8"));
        let flag = argument.get_long().expect("every setting has a flag");
        writeln!(
            text,
            "| {} | `--{flag}` | {} | {} |",
            variable.map_or_else(String::new, |name| format!("`{name}`")),
            default(argument),
            meaning(argument)
        )
        .expect("writing to a string succeeds");
    }
    text
}

fn default(argument: &Arg) -> String {
    let values = argument.get_default_values();
    let values: Vec<_> = values.iter().map(|value| value.to_string_lossy()).collect();
    match values.join(" ") {
        none if none.is_empty() && argument.is_required_set() => "required".to_owned(),
        none if none.is_empty() => none,
        value => format!("`{value}`"),
    }
}

fn meaning(argument: &Arg) -> String {
    let mut text = argument
        .get_help()
        .expect("every setting has a help text")
        .to_string();
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        let values: Vec<_> = (values.iter())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        write!(text, ". One of {}", values.join(", ")).expect("writing to a string succeeds");
    }
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn configuration_page_lists_the_settings() {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/configuration.md"
    ));
    assert_generated_part(path, START, &tables());
}

#[test]
fn every_known_variable_is_documented() {
    let prose = include_str!("../../../../docs/configuration.md");
    let page = [prose, &tables()].concat();
    for name in known_variables() {
        assert!(page.contains(&format!("`{name}`")), "{name} is missing");
    }
}
