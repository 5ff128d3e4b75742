-- What a run is doing, and that it is to stop: written while it runs by the program that runs it, read by anybody who
-- is asked about it, and by the program when somebody else wants it cancelled.

alter table load_job
    add column phase text,
    add column phase_kind text,
    add column bytes_total bigint,
    add column progress_at timestamptz,
    add column cancel_requested_at timestamptz,
    add constraint load_job_phase_check
        check (phase in ('finding', 'reading', 'checking', 'merging', 'committing')),
    add constraint load_job_phase_kind_check check (phase_kind in ('issuer', 'issue', 'issue_attr')),
    add constraint load_job_bytes_total_check check (bytes_total >= 0);
comment on column load_job.phase is 'What the run is doing, or did last: finding, reading, checking, merging or committing; null before it said so.';
comment on column load_job.phase_kind is 'Kind of file that it is doing it with: issuer, issue or issue_attr; null for all of them.';
comment on column load_job.bytes_total is 'Bytes of all files that are to be read, once they are found and where the source tells it.';
comment on column load_job.progress_at is 'When the run last said what it is doing.';
comment on column load_job.cancel_requested_at is 'When somebody asked for the run to be cancelled; it is not committed then.';
