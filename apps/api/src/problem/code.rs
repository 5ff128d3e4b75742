//! The codes of problems, with their HTTP statuses.

use http::StatusCode;

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $meaning:literal;)*) => {
        /// The code of a problem. Clients rely on codes, so they never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($name,)*
        }

        impl Code {
            pub(super) const ALL: &[Self] = &[$(Self::$name),*];

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
            pub(crate) const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// Returns when this problem occurs and what to do, in Markdown. `docs/api.md` has the same text.
            pub(super) const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }
        }
    };
}

// A failed load has the same code here as in the job log.
codes! {
    BadRequest = "bad_request", BAD_REQUEST,
        "The request is invalid",
        "the body or a parameter is invalid or in the wrong place: fix the request";
    InvalidIdentifier = "invalid_identifier", BAD_REQUEST,
        "The path contains no valid identifier",
        "what the path contains is not a CUSIP, an ISIN, or an issuer number; `detail` says what is wrong with it";
    Unauthorized = "unauthorized", UNAUTHORIZED,
        "The token is missing or wrong",
        "the token is missing or wrong";
    Forbidden = "forbidden", FORBIDDEN,
        "This is not allowed",
        "the token allows to look, but not to load; or a form of the console was sent from outside of it";
    PathNotFound = "path_not_found", NOT_FOUND,
        "This path does not exist",
        "this path, or a load with this name, does not exist";
    SecurityNotFound = "security_not_found", NOT_FOUND,
        "This security does not exist",
        "a security with this identifier does not exist, or did not exist as of that time";
    IssuerNotFound = "issuer_not_found", NOT_FOUND,
        "This issuer does not exist",
        "an issuer with this number does not exist, or did not exist as of that time";
    StateNotFound = "state_not_found", NOT_FOUND,
        "Nothing was loaded by then",
        "there is no state as of that day, time, or job; `detail` names the first one";
    JobNotFound = "job_not_found", NOT_FOUND,
        "This job does not exist",
        "a job with this ID does not exist";
    NoRejects = "no_rejects", NOT_FOUND,
        "The job has no rejects of this type",
        "the job has no rejects of this file type";
    DayNotFound = "day_not_found", NOT_FOUND,
        "Files of the day are missing",
        "files of the day are missing; `detail` says which, where, and what is there instead";
    FileNotFound = "file_not_found", NOT_FOUND,
        "A file, its folder, or its bucket does not exist",
        "the folder, the bucket, or a listed file does not exist";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        "The path does not support this method",
        "the path does not support this method; the header `Allow` lists the methods";
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE,
        "The path has no format that the client accepts",
        "the header `Accept` allows none of the formats that `detail` lists";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT,
        "The request body took too long to arrive",
        "the body did not arrive within 10 s";
    Busy = "busy", CONFLICT,
        "Another load or a migration is running",
        "another load or a migration is running: try again after `Retry-After`";
    OlderDay = "older_day", CONFLICT,
        "A newer day has already been loaded",
        "a newer day has already been loaded: if you mean it, set `allow_older`";
    FileChanged = "file_changed", CONFLICT,
        "A file changed while it was being read",
        "a file changed while it was being read: load again when it is complete";
    AmbiguousNames = "ambiguous_names", CONFLICT,
        "Two files match the same name",
        "two file names differ only in case: remove one";
    Cancelled = "cancelled", CONFLICT,
        "The load was canceled",
        "the load was canceled";
    JobEnded = "job_ended", CONFLICT,
        "The job has already ended",
        "the job has already ended and cannot be canceled";
    HistoryPruned = "history_pruned", GONE,
        "The history of that time was pruned",
        "the state or the changes were deleted to free space; `detail` says where history begins";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE,
        "The request body is too large",
        "the body, or its `Content-Length`, exceeds 64 KiB (1 MiB for `/securities/lookup`)";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The request body is not declared as JSON",
        "the body is not sent as `application/json`, in UTF-8, and without a `Content-Encoding`";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS,
        "Too many wrong tokens came from this address",
        "many wrong tokens came from this address, so only one a second is checked: try again after `Retry-After`";
    TooManyRejects = "too_many_rejects", UNPROCESSABLE_ENTITY,
        "More records were rejected than allowed",
        "fix the records, or allow more rejects";
    NoTrailer = "no_trailer", UNPROCESSABLE_ENTITY,
        "A file does not end with its trailer",
        "a file was cut off, or has records after its trailer: deliver it again";
    RecordsLost = "records_lost", UNPROCESSABLE_ENTITY,
        "A file is missing records",
        "a file's trailer has a different number of records: deliver it again";
    ForeignFormat = "foreign_format", UNPROCESSABLE_ENTITY,
        "A file is compressed or not plain text",
        "a file is compressed or not plain text; `detail` names what it is: unpack or convert it";
    FutureDay = "future_day", UNPROCESSABLE_ENTITY,
        "The day is in the future",
        "the day is later than tomorrow in `CUSIP_TIMEZONE`: fix `date`";
    StaleFile = "stale_file", UNPROCESSABLE_ENTITY,
        "A file is probably from another year",
        "a file is probably from another year: if you mean it, set `max_age_days`";
    Internal = "internal", INTERNAL_SERVER_ERROR,
        "An internal error occurred",
        "a bug in CusipService: please report it with the server's log";
    Database = "database", INTERNAL_SERVER_ERROR,
        "The database rejected a statement",
        "the database rejected a statement";
    NotAllWritten = "not_all_written", INTERNAL_SERVER_ERROR,
        "The database did not write every row",
        "the database did not write every row that it was given; `detail` names the table and what probably kept rows out: change or disable that trigger or rule";
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE,
        "The database is not available",
        "the database cannot be reached, is read-only, or has not been migrated";
    Source = "source", SERVICE_UNAVAILABLE,
        "The files cannot be read",
        "the folder or bucket cannot be read: check access, credentials, and network";
    Interrupted = "interrupted", SERVICE_UNAVAILABLE,
        "The load was interrupted",
        "the server that ran the load ended: load again";
    OutcomeUnknown = "outcome_unknown", SERVICE_UNAVAILABLE,
        "It is not known whether the load succeeded",
        "the database went away before it was known whether the load succeeded: look at the job later, or send the request again";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE,
        "The server is shutting down",
        "this server is shutting down: send the request again";
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
            Self::TooManyRequests => Some(1),
            Self::Busy | Self::Interrupted => Some(5),
            Self::DatabaseUnavailable
            | Self::OutcomeUnknown
            | Self::Source
            | Self::ShuttingDown => Some(10),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../../docs/api.md");

    #[test]
    fn documentation_lists_every_code_with_its_status_and_meaning() {
        let row = |code: &Code| {
            let (name, status, meaning) = (code.name(), code.status().as_u16(), code.meaning());
            format!("| <a id=\"{name}\"></a>`{name}` | {status} | {meaning} |")
        };
        for row in Code::ALL.iter().map(row) {
            assert!(
                DOCUMENTATION.contains(&row),
                "docs/api.md lacks the row {row}"
            );
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
