//! The first page.

use cusip_test_support::{DayFolder, TestDatabase};

use crate::signed_in::SignedIn;

/// A month of jobs: most days are loaded; one failed, one was canceled, one was loaded in part, and one is
/// missing.
const MONTH: &str = "
    with day as (
        select day::date, row_number() over (order by day) as n
        from generate_series(current_date - 45, current_date, interval '1 day') as day
        where extract(isodow from day) <= 5),
    job as (
        insert into load_job (kind, load_date, status, started_at, finished_at, program, program_version,
            started_by, error_code, error)
        select 'load-all', day, case n % 12 when 3 then 'failed' when 7 then 'cancelled' else 'succeeded' end,
            day + time '06:00', day + time '06:01', 'api', '0.1.0', 'cusip',
            case n % 12 when 3 then 'too_many_rejects' when 7 then 'cancelled' end,
            case n % 12 when 3 then '12 rejects, 0 are allowed' when 7 then 'the load was canceled' end
        from day where n % 12 <> 10 order by day returning *)
    insert into load_file (job_id, kind, load_date, location, status, sha256, rows_read, rows_inserted,
        rows_updated, rows_unchanged, rows_rejected, rejects_by_rule, phase_ms)
    select id, kind.kind, load_date, '/data/CED', case job.status when 'cancelled' then 'cancelled' else job.status end,
        sha256(job.id::text::bytea), 1000 * job.id + 50, 10 * job.id, 5 * job.id,
        1000 * job.id + 50 - 15 * job.id - case job.status when 'failed' then 12 else 0 end,
        case job.status when 'failed' then 12 else 0 end,
        case job.status when 'failed' then '{\"date\": 9, \"orphan\": 3}' else '{}' end::jsonb,
        jsonb_build_object('compare', 400 + 20 * id, 'check', 30, 'merge', 90 + 2 * id)
    from job cross join (values ('issuer'), ('issue'), ('issue_attr')) as kind (kind)
    where not (kind.kind = 'issue_attr' and job.id % 12 = 5)";

#[test]
fn month_shows_every_day_with_its_status_and_its_numbers() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(1, 1));
    database.execute(MONTH);
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    assert_eq!(browser.count(".strip li"), 30);
    let statuses = ["good", "bad", "canceled", "warning", "missing", "weekend"];
    for status in statuses {
        assert!(browser.has(&format!(".strip li.{status}")), "{status}");
    }
    assert!(browser.has("svg.chart rect.updated"));
    let rules = browser.text(".meters");
    assert!(
        rules.contains("date") && rules.contains("orphan"),
        "{rules}"
    );
    browser.audit("today");
    browser.click(".table-of-charts summary");
    assert!(browser.text(".table-of-charts").contains("Unchanged"));
    browser.audit("today-table");
    let day = browser.attribute(".strip li.bad a", "aria-label").unwrap();
    assert!(day.contains("failed, 1 job"), "{day}");
    browser.click(".strip li.bad a");
    assert!(browser.text(".jobs").contains("Failed"));
}

#[test]
fn empty_database_says_that_nothing_was_loaded() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(1, 1));
    let console = SignedIn::start(&database, folder.folder());
    let page = console.browser.page();
    for text in ["Not loaded yet", "Never loaded", "There are no jobs yet"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    console.browser.audit("today-empty");
}
