//! The Python module `cusip_pif`. Its description for users is `cusip_pif.pyi`.

mod identifiers;
mod records;
mod source;
mod stream;

use pyo3::prelude::*;

use self::identifiers::identify;
use self::records::read;
use self::stream::Table;

/// Reads the PIF files of CUSIP Global Services as Arrow data.
#[pymodule]
fn cusip_pif(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(read, module)?)?;
    module.add_function(wrap_pyfunction!(identify, module)?)?;
    module.add_class::<records::Records>()?;
    module.add_class::<Table>()?;
    Ok(())
}
