-- A database of the earlier service that was taken over has a job for it in the ledger: its rows were there before any
-- load of this program, and the columns first_job_id and last_job_id have to name who brought them.

alter table load_job
    drop constraint load_job_kind_check,
    add constraint load_job_kind_check
        check (kind in ('load-all', 'load-issuer', 'load-issue', 'load-issue-attr', 'load-files', 'take-over'));
comment on column load_job.kind is 'What was asked for: load-all, load-issuer, load-issue, load-issue-attr, load-files for files named one by one, or take-over for the rows that a database of the earlier service had.';
