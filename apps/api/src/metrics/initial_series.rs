//! Creates counters at zero, before the first event. Without them, `increase()` in an alarm would miss
//! the first failure of a process.

use cusip_jobs::{JobKind, JobStatus, Reject};
use cusip_pif::FileKind;
use utoipa::openapi::OpenApi;

use super::{Metrics, Refusal};

const ROW_OUTCOMES: [&str; 5] = ["inserted", "updated", "unchanged", "rejected", "superseded"];

impl Metrics {
    pub(super) fn init_load_series(&self) {
        // The jobs of the API. Only the command line loads files that are named one by one, and prunes.
        let kinds = [JobKind::LoadAll]
            .into_iter()
            .chain(FileKind::ALL.map(JobKind::from));
        for kind in kinds {
            let ended = (JobStatus::ALL.iter()).filter(|status| **status != JobStatus::Running);
            for outcome in ended {
                let labels = [("kind", kind.to_string()), ("outcome", outcome.to_string())];
                let _ = self.loads.get_or_create(&labels);
            }
        }
        for kind in FileKind::ALL {
            for outcome in ROW_OUTCOMES {
                let labels = [("type", kind.to_string()), ("outcome", outcome.to_owned())];
                let _ = self.rows.get_or_create(&labels);
            }
            for rule in Reject::rules() {
                let labels = [("type", kind.to_string()), ("rule", rule.to_owned())];
                let _ = self.rejects.get_or_create(&labels);
            }
        }
    }

    pub(super) fn init_refusals(&self) {
        for reason in Refusal::ALL {
            let labels = [("reason", reason.text().to_owned())];
            let _ = self.requests_refused.get_or_create(&labels);
        }
    }

    /// Creates a counter for each operation and status in the description of the API.
    pub(crate) fn init_request_series(&self, description: &OpenApi) {
        for (path, item) in &description.paths.paths {
            let operations = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in operations {
                let responses = operation
                    .iter()
                    .flat_map(|operation| &operation.responses.responses);
                for status in responses.map(|(status, _)| status) {
                    let labels = [
                        ("method", method.to_owned()),
                        ("path", path.clone()),
                        ("status", status.clone()),
                    ];
                    let _ = self.requests.get_or_create(&labels);
                }
            }
        }
    }
}
