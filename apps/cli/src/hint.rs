//! Names the flag or variable that an error asks the user to set.

/// Returns the hint for an error or one of its causes.
pub(crate) fn for_error(error: &anyhow::Error) -> Option<&'static str> {
    error
        .chain()
        .find_map(|cause| match cause.downcast_ref::<cusip_loader::Error>() {
            Some(error) => for_load_error(error),
            None => cusip_config::hint(cause),
        })
}

/// Returns the hint for an error of a load.
pub(crate) fn for_load_error(error: &cusip_loader::Error) -> Option<&'static str> {
    match error {
        cusip_loader::Error::Source(error) => cusip_config::hint(error),
        cusip_loader::Error::Database(error) => cusip_config::hint(error),
        _ => None,
    }
}
