//! The records of a file, and its rejects.

use arrow_schema::ArrowError;
use cusip_pif::{CheckDigits, FileKind};
use cusip_pif_arrow::{BatchReader, Error, Options, rejects_schema};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::source::Source;
use crate::stream::{Table, capsule};

/// Opens a PIF file.
#[pyfunction]
#[pyo3(signature = (source, kind=None, *, check_digits="reject", identifiers=false, batch_rows=8192))]
pub(crate) fn read(
    source: &Bound<'_, PyAny>,
    kind: Option<&str>,
    check_digits: &str,
    identifiers: bool,
    batch_rows: usize,
) -> PyResult<Records> {
    let check_digits = match check_digits {
        "reject" => CheckDigits::Reject,
        "warn" => CheckDigits::Warn,
        other => {
            let problem = format!("check_digits is {other:?}; expected 'reject' or 'warn'");
            return Err(PyValueError::new_err(problem));
        }
    };
    let source = Source::new(source)?;
    Ok(Records {
        kind: source.kind(kind)?,
        source,
        options: Options::default()
            .with_check_digits(check_digits)
            .with_identifiers(identifiers)
            .with_batch_rows(batch_rows),
    })
}

/// The records of a file. Each consumer reads the file from its beginning.
#[pyclass(frozen, module = "cusip_pif")]
#[derive(Debug)]
pub(crate) struct Records {
    source: Source,
    kind: FileKind,
    options: Options,
}

impl Records {
    fn batches(&self) -> PyResult<BatchReader<Box<dyn std::io::Read + Send>>> {
        Ok(BatchReader::new(
            self.kind,
            self.source.open()?,
            &self.options,
        ))
    }
}

#[pymethods]
impl Records {
    /// The kind of the file.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind.wire_name()
    }

    /// Reads the file and returns its rejects.
    fn rejects(&self, py: Python<'_>) -> PyResult<Table> {
        let mut batches = self.batches()?;
        let rejects = py.detach(|| {
            let mut rejects = Vec::new();
            while let Some(batch) = batches.next() {
                match batch {
                    Err(error) if is_incomplete(&error) => break,
                    batch => batch.map_err(|error| PyOSError::new_err(error.to_string()))?,
                };
                rejects.extend(batches.take_rejects());
            }
            rejects.extend(batches.take_rejects());
            PyResult::Ok(rejects)
        })?;
        Ok(Table::new(rejects_schema(), rejects))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface lets a producer ignore the requested schema.
        let _ = requested_schema;
        capsule(py, Box::new(WithoutRejects(self.batches()?)))
    }
}

/// Returns whether the file lacks records that it should have. Reading the records reports that error;
/// the rejects that were read are still right.
fn is_incomplete(error: &ArrowError) -> bool {
    match error {
        ArrowError::ExternalError(error) => matches!(
            error.downcast_ref(),
            Some(Error::CutOff { .. } | Error::CountMismatch { .. })
        ),
        _ => false,
    }
}

/// Forgets the rejects after each batch, so that they do not pile up. Another pass finds them.
struct WithoutRejects<T>(BatchReader<T>);

impl<T: std::io::Read> Iterator for WithoutRejects<T> {
    type Item = Result<arrow_array::RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.next();
        self.0.take_rejects();
        batch
    }
}

impl<T: std::io::Read> arrow_array::RecordBatchReader for WithoutRejects<T> {
    fn schema(&self) -> arrow_schema::SchemaRef {
        self.0.schema()
    }
}
