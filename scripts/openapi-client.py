"""Loads a day and reads its job with the client that scripts/openapi-client.sh generates.

Usage: CUSIP_API_TOKEN=… openapi-client.py URL
"""

import datetime
import os
import sys

from cusip_service_client import AuthenticatedClient
from cusip_service_client.api.health import ready
from cusip_service_client.api.jobs import list_jobs, list_rejects, load_all, show_job
from cusip_service_client.api.securities import list_changes, look_up_securities, show_security
from cusip_service_client.models import (
    ChangeList,
    JobDocument,
    JobList,
    ListJobsStatus,
    LoadBody,
    LoadReport,
    LookupBody,
    LookupResults,
    ProblemDocument,
    RejectList,
    SecurityDocument,
    Status,
)

DAY = datetime.date(2024, 1, 15)


def expect(value, kind):
    """Returns a response if it has the expected type."""
    if not isinstance(value, kind):
        sys.exit(f"expected {kind.__name__}, got {value!r}")
    return value


client = AuthenticatedClient(
    base_url=sys.argv[1],
    token=os.environ["CUSIP_API_TOKEN"],
    raise_on_unexpected_status=True,
)
with client as client:
    assert expect(ready.sync(client=client), Status).status == "ready"

    report = expect(load_all.sync(client=client, body=LoadBody(date=DAY)), LoadReport)
    assert report.success, report
    assert [outcome.type_ for outcome in report.results] == ["issuer", "issue", "issue_attr"]

    job = expect(show_job.sync(report.job_id, client=client), JobDocument)
    assert (job.job_id, job.status, job.date) == (report.job_id, "succeeded", DAY.isoformat())
    assert job.rows_inserted == sum(outcome.rows_inserted for outcome in job.results) > 0
    assert job.client_address == "127.0.0.1", job

    jobs = list_jobs.sync(client=client, status=ListJobsStatus.SUCCEEDED, date=DAY, limit=1)
    assert [job.job_id for job in expect(jobs, JobList).jobs] == [report.job_id]

    rejects = expect(list_rejects.sync(report.job_id, client=client), RejectList)
    assert rejects.rejects == [], rejects

    changes = expect(list_changes.sync(client=client, since_job=0, limit=1000), ChangeList)
    issue = next(change for change in changes.changes if change.issue_num)
    cusip = issue.issuer_num + issue.issue_num
    found = expect(show_security.sync(cusip, client=client), SecurityDocument)
    assert (found.job_id, found.security.cusip[:8]) == (report.job_id, cusip), found
    ids = LookupBody(ids=[cusip, "037833109"])
    results = expect(look_up_securities.sync(client=client, body=ids), LookupResults).results
    assert results[0].security == found.security, results
    assert "check digit" in results[1].reason, results

    problem = expect(show_job.sync(report.job_id + 1, client=client), ProblemDocument)
    assert (problem.status, problem.code) == (404, "job_not_found"), problem

print(f"job {report.job_id}: {report.message}")
