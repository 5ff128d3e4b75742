//! Checks identifiers and converts them, many at once.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use cusip_pif::Cusip;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::stream::Table;

/// Checks CUSIPs and ISINs, and returns a row for each.
#[pyfunction]
#[pyo3(signature = (values, country=None))]
pub(crate) fn identify(
    py: Python<'_>,
    values: &Bound<'_, PyAny>,
    country: Option<&str>,
) -> PyResult<Table> {
    let values: Vec<Option<String>> = values
        .try_iter()?
        .map(|value| value?.extract())
        .collect::<PyResult<_>>()?;
    py.detach(|| table(values, country))
}

fn table(values: Vec<Option<String>>, country: Option<&str>) -> PyResult<Table> {
    let parsed = values
        .iter()
        .map(|value| value.as_ref().map(|value| Cusip::parse_loosely(value)));
    let parsed: Vec<_> = parsed.collect();
    let cusip = |index: usize| parsed[index].as_ref().and_then(|found| found.as_ref().ok());
    let rows = 0..values.len();
    let cusips: StringArray = rows
        .clone()
        .map(|row| cusip(row).map(Cusip::to_string))
        .collect();
    let isins: StringArray = rows
        .clone()
        .map(|row| {
            cusip(row)
                .zip(country)
                .and_then(|(cusip, country)| cusip.to_isin(country))
        })
        .collect();
    let problems: StringArray = rows
        .map(|row| Some(parsed[row].as_ref()?.as_ref().err()?.to_string()))
        .collect();
    let values: StringArray = values.iter().map(Option::as_deref).collect();
    let names = ["value", "cusip", "isin", "problem"];
    let schema = Schema::new(
        names
            .map(|name| Field::new(name, DataType::Utf8, true))
            .to_vec(),
    );
    let schema = Arc::new(schema);
    let columns: Vec<ArrayRef> = [values, cusips, isins, problems]
        .into_iter()
        .map(|column| Arc::new(column) as ArrayRef)
        .collect();
    let batch = RecordBatch::try_new(schema.clone(), columns)
        .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    Ok(Table::new(schema, vec![batch]))
}
