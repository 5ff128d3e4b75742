//! Record batches for Python, through the Arrow PyCapsule interface.

use std::ffi::CStr;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const STREAM: &CStr = c"arrow_array_stream";

/// Hands batches over. The consumer pulls them without copying, and without the interpreter's lock.
pub(crate) fn capsule<'py>(
    py: Python<'py>,
    batches: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(batches), STREAM)
}

/// A table in memory.
#[pyclass(frozen, module = "cusip_pif")]
#[derive(Debug)]
pub(crate) struct Table {
    batches: Vec<RecordBatch>,
    schema: arrow_schema::SchemaRef,
}

impl Table {
    pub(crate) const fn new(schema: arrow_schema::SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { batches, schema }
    }
}

#[pymethods]
impl Table {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface lets a producer ignore the requested schema.
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, self.schema.clone());
        capsule(py, Box::new(reader))
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}
