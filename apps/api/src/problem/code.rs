//! The codes of problems, with their HTTP statuses.

use http::StatusCode;

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// The code of a problem. Clients rely on codes, so they never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($name,)*
        }

        impl Code {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the code as it is sent to the client.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Returns a short description of the code, the same for every problem that has it.
            pub(super) const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

// A failed load has the same code here as in the job log.
codes! {
    BadRequest = "bad_request", BAD_REQUEST, "The request is invalid";
    Unauthorized = "unauthorized", UNAUTHORIZED, "The token is missing or wrong";
    PathNotFound = "path_not_found", NOT_FOUND, "This path does not exist";
    JobNotFound = "job_not_found", NOT_FOUND, "This job does not exist";
    NoRejects = "no_rejects", NOT_FOUND, "The job has no rejects of this type";
    DayNotFound = "day_not_found", NOT_FOUND, "Files of the day are missing";
    FileNotFound = "file_not_found", NOT_FOUND, "A file, its folder, or its bucket does not exist";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path does not support this method";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request body took too long to arrive";
    Busy = "busy", CONFLICT, "Another load or a migration is running";
    OlderDay = "older_day", CONFLICT, "A newer day has already been loaded";
    FileChanged = "file_changed", CONFLICT, "A file changed while it was being read";
    AmbiguousNames = "ambiguous_names", CONFLICT, "Two files match the same name";
    Cancelled = "cancelled", CONFLICT, "The load was canceled";
    JobEnded = "job_ended", CONFLICT, "The job has already ended";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The request body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The request body is not declared as JSON";
    TooManyRejects = "too_many_rejects", UNPROCESSABLE_ENTITY, "More records were rejected than allowed";
    NoTrailer = "no_trailer", UNPROCESSABLE_ENTITY, "A file does not end with its trailer";
    RecordsLost = "records_lost", UNPROCESSABLE_ENTITY, "A file is missing records";
    StaleFile = "stale_file", UNPROCESSABLE_ENTITY, "A file is probably from another year";
    Internal = "internal", INTERNAL_SERVER_ERROR, "An internal error occurred";
    Database = "database", INTERNAL_SERVER_ERROR, "The database rejected a statement";
    CopyMiscounted = "copy_miscounted", INTERNAL_SERVER_ERROR, "The database received a different number of records than were sent";
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "The database is not available";
    Source = "source", SERVICE_UNAVAILABLE, "The files cannot be read";
    Interrupted = "interrupted", SERVICE_UNAVAILABLE, "The load was interrupted";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE, "The server is shutting down";
}

impl Code {
    /// Returns the code that the loader or the job log gave a failed load.
    pub(crate) fn of_failed_load(code: &str) -> Self {
        let known = Self::ALL.iter().find(|known| known.name() == code);
        known.copied().unwrap_or(Self::Internal)
    }

    /// Returns how many seconds to wait before a retry, if a retry can succeed without any change.
    pub(super) const fn retry_after_seconds(self) -> Option<u16> {
        match self {
            Self::Busy | Self::Interrupted => Some(5),
            Self::DatabaseUnavailable | Self::Source | Self::ShuttingDown => Some(10),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../../docs/api.md");

    #[test]
    fn documentation_lists_every_code_with_its_status() {
        let row_start = |code: &Code| {
            let (name, status) = (code.name(), code.status().as_u16());
            format!("| <a id=\"{name}\"></a>`{name}` | {status} |")
        };
        for row in Code::ALL.iter().map(row_start) {
            assert!(DOCUMENTATION.contains(&row), "{row}");
        }
        let rows = DOCUMENTATION.matches("<a id=").count();
        assert_eq!(rows, Code::ALL.len());
    }

    #[test]
    fn unknown_code_of_a_load_is_an_internal_error() {
        assert_eq!(Code::of_failed_load("stale_file"), Code::StaleFile);
        assert_eq!(Code::of_failed_load("same_kind"), Code::Internal);
    }
}
