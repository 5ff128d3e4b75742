//! What a load's caller was told about its outcome.

use cusip_test_support::Run;
use cusip_test_support::api::Response;

/// What a load's caller was told about its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The load succeeded.
    Loaded,
    /// Nothing was loaded.
    NothingLoaded,
    /// It is not known, or the caller did not live to hear it.
    Unknown,
}

impl Told {
    /// Returns what the exit code of a load says.
    #[track_caller]
    pub(crate) fn by_exit(run: &Run) -> Self {
        match run.code {
            0 => Self::Loaded,
            1 | 5 | 6 => Self::NothingLoaded,
            7 => Self::Unknown,
            code => panic!("a fault must not lead to exit code {code}: {run:?}"),
        }
    }

    /// Returns what a response of the API says, if there is one.
    #[track_caller]
    pub(crate) fn by_response(response: Option<&Response>) -> Self {
        let Some(response) = response else {
            return Self::Unknown;
        };
        match response.status {
            200 => Self::Loaded,
            // The request was not going to wait any longer.
            202 => Self::Unknown,
            status => match response.json()["code"].as_str() {
                Some("outcome_unknown") => Self::Unknown,
                Some(
                    "busy"
                    | "cancelled"
                    | "database"
                    | "database_unavailable"
                    | "interrupted"
                    | "shutting_down",
                ) => Self::NothingLoaded,
                code => panic!("a fault must not lead to {status} {code:?}: {response:?}"),
            },
        }
    }
}
