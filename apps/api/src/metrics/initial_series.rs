//! Counters that are there before the first event, or alarms on their increase would miss it.

use cusip_loader::Reject;
use cusip_pif::FileKind;
use cusip_postgres::JobKind;
use utoipa::openapi::OpenApi;

use super::Metrics;

const LOAD_OUTCOMES: [&str; 4] = ["succeeded", "failed", "cancelled", "interrupted"];
const ROW_OUTCOMES: [&str; 5] = ["inserted", "updated", "unchanged", "rejected", "superseded"];

impl Metrics {
    pub(super) fn begin_loads(&self) {
        let each_kind = FileKind::ALL.map(JobKind::LoadKind);
        for kind in [JobKind::LoadAll].iter().chain(&each_kind) {
            for outcome in LOAD_OUTCOMES {
                let labels = [
                    ("kind", kind.name().to_owned()),
                    ("outcome", outcome.to_owned()),
                ];
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

    /// Begins the counters of all requests and answers that the API's description has.
    pub(crate) fn begin_requests(&self, description: &OpenApi) {
        for (path, item) in &description.paths.paths {
            let operations = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in operations {
                let answers = operation
                    .iter()
                    .flat_map(|operation| &operation.responses.responses);
                for status in answers.map(|(status, _)| status) {
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
