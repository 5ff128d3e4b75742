-- The job log: every run of the loader, the files of each run, and every rejected record.
--
-- The loader inserts these rows in transactions of their own, so they survive when the load rolls back. Only the end
-- of a successful job commits together with the load. Only `cusip jobs prune` deletes anything: old rejects.
--
-- An advisory lock makes sure that only one load runs at a time. A unique index on running jobs could not: a loader
-- that dies leaves its job marked as running, but its lock is released.

create table load_job (
    id bigint generated always as identity,
    kind text not null,
    load_date date,
    status text not null default 'running',
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    started_by text not null default current_user,
    host text,
    client_address inet,
    request_id text,
    requested_by text,
    program text not null,
    program_version text not null,
    options jsonb not null default '{}',
    error_code text,
    error text,
    -- The running program updates these.
    phase text,
    phase_kind text,
    bytes_total bigint,
    percent double precision,
    progress_at timestamptz,
    -- Another session sets this, and the running program looks at it.
    cancel_requested_at timestamptz,
    constraint load_job_pkey primary key (id),
    constraint load_job_kind_check
        check (kind in ('load-all', 'load-issuer', 'load-issue', 'load-issue-attr', 'load-files', 'prune-history')),
    constraint load_job_status_check
        check (status in ('running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
    constraint load_job_program_check check (program in ('cli', 'api')),
    constraint load_job_options_check check (jsonb_typeof(options) = 'object'),
    constraint load_job_finished_check check ((status = 'running') = (finished_at is null)),
    constraint load_job_error_check check (status not in ('running', 'succeeded') or (error_code is null and error is null)),
    constraint load_job_phase_check
        check (phase in ('finding', 'reading', 'checking', 'merging', 'committing')),
    constraint load_job_phase_kind_check check (phase_kind in ('issuer', 'issue', 'issue_attr')),
    constraint load_job_bytes_total_check check (bytes_total >= 0),
    constraint load_job_percent_check check (percent >= 0 and percent < 100)
);
create index load_job_running_idx on load_job (id) where status = 'running';
comment on table load_job is 'Job log: one row per run of the loader, and per pruning of the history.';
comment on column load_job.id is 'Job number, ascending in start order.';
comment on column load_job.kind is 'What was requested: load-all, load-issuer, load-issue, load-issue-attr, load-files for files named one by one, or prune-history.';
comment on column load_job.load_date is 'Day of the files; null when the files were named one by one.';
comment on column load_job.status is 'running, succeeded, failed, cancelled (by a user) or interrupted (its process died or was stopped). A job marked running while the load lock is free was interrupted.';
comment on column load_job.started_at is 'When the run started, by the database''s clock.';
comment on column load_job.finished_at is 'When the run ended; null while it is running.';
comment on column load_job.started_by is 'Who started the run; by default the database role.';
comment on column load_job.host is 'Host or task that ran the program.';
comment on column load_job.client_address is 'Address of the client whose API request started the run; null for runs of the command line.';
comment on column load_job.request_id is 'Id of that request (X-Request-Id), which is also in the server''s log.';
comment on column load_job.requested_by is 'Name of the caller, from the request header that the server is configured to read.';
comment on column load_job.program is 'Program that ran the load: cli or api.';
comment on column load_job.program_version is 'Version of the program.';
comment on column load_job.options is 'Options of the run, such as max_rejects, allow_partial and force. Contains no secrets.';
comment on column load_job.error_code is 'Code of the error that ended the run; null while it is running and after success.';
comment on column load_job.error is 'Message of the error that ended the run.';
comment on column load_job.phase is 'What the run is doing, or did last: finding, reading, checking, merging or committing.';
comment on column load_job.phase_kind is 'Kind of file that the phase works on: issuer, issue or issue_attr; null if it works on all of them.';
comment on column load_job.bytes_total is 'Total size of the files to read, once they are found and if the source reports it.';
comment on column load_job.percent is 'How much of the work was done when the run last reported, in percent: an estimate over all phases; null if the size of a file is unknown.';
comment on column load_job.progress_at is 'When the run last reported its phase.';
comment on column load_job.cancel_requested_at is 'When a user asked to cancel the run; it does not commit then.';

create table load_file (
    id bigint generated always as identity,
    job_id bigint not null,
    kind text not null,
    load_date date,
    location text not null,
    size bigint,
    last_modified timestamptz,
    e_tag text,
    version_id text,
    sha256 bytea,
    trailer text,
    trailer_field smallint,
    trailer_verified boolean,
    status text not null default 'running',
    error text,
    already_loaded_by bigint,
    bytes_read bigint not null default 0,
    rows_read bigint not null default 0,
    rows_inserted bigint not null default 0,
    rows_updated bigint not null default 0,
    rows_unchanged bigint not null default 0,
    rows_rejected bigint not null default 0,
    rows_superseded bigint not null default 0,
    windows_1252_fields bigint not null default 0,
    rejects_kept bigint not null default 0,
    rejects_by_rule jsonb not null default '{}',
    rejects_sha256 bytea,
    rejects_file_id bigint,
    rejects_pruned_at timestamptz,
    warnings jsonb not null default '[]',
    phase_ms jsonb not null default '{}',
    constraint load_file_pkey primary key (id),
    constraint load_file_job_fkey foreign key (job_id) references load_job (id),
    constraint load_file_already_loaded_by_fkey foreign key (already_loaded_by) references load_job (id),
    -- The rejects of a retry are usually those of the first attempt, which are not stored again.
    constraint load_file_rejects_file_fkey foreign key (rejects_file_id) references load_file (id),
    constraint load_file_kind_check check (kind in ('issuer', 'issue', 'issue_attr')),
    constraint load_file_status_check
        check (status in ('running', 'succeeded', 'failed', 'skipped', 'cancelled', 'interrupted')),
    constraint load_file_sha256_check check (octet_length(sha256) = 32),
    constraint load_file_trailer_field_check check (trailer_field >= 1),
    constraint load_file_trailer_verified_check check (trailer_verified is not true or trailer_field is not null),
    constraint load_file_already_loaded_check check (already_loaded_by is null or status = 'skipped'),
    constraint load_file_counts_check
        check (least(size, bytes_read, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_rejected,
                     rows_superseded, windows_1252_fields, rejects_kept) >= 0),
    constraint load_file_rejects_kept_check check (rejects_kept <= rows_rejected),
    constraint load_file_rejects_by_rule_check check (jsonb_typeof(rejects_by_rule) = 'object'),
    constraint load_file_rejects_sha256_check check (octet_length(rejects_sha256) = 32),
    constraint load_file_accounted_check
        check (status <> 'succeeded' or (sha256 is not null and rows_read
               = rows_inserted + rows_updated + rows_unchanged + rows_rejected + rows_superseded)),
    constraint load_file_warnings_check check (jsonb_typeof(warnings) = 'array'),
    constraint load_file_phase_ms_check check (jsonb_typeof(phase_ms) = 'object')
);
-- Answers "was this content loaded for this day" and "which day is the newest that was loaded".
create index load_file_identity_idx on load_file (kind, load_date, sha256) where status = 'succeeded';
create index load_file_job_idx on load_file (job_id);
create index load_file_rejects_idx on load_file (rejects_sha256) where rejects_sha256 is not null;
create index load_file_rejects_file_idx on load_file (rejects_file_id) where rejects_file_id is not null;
comment on table load_file is 'Job log: one row per file of a job.';
comment on column load_file.id is 'File number.';
comment on column load_file.job_id is 'Job of the file (load_job.id).';
comment on column load_file.kind is 'Kind of file: issuer, issue or issue_attr.';
comment on column load_file.load_date is 'Day of the file, copied from load_job.load_date for the index that finds loaded files.';
comment on column load_file.location is 'Where the file was read from: a path, an s3:// address, or - for standard input.';
comment on column load_file.size is 'Size in bytes, if the source reports it.';
comment on column load_file.last_modified is 'When the file was last modified, as the source reports it.';
comment on column load_file.e_tag is 'S3 entity tag of the object.';
comment on column load_file.version_id is 'S3 version of the object, if the bucket keeps versions.';
comment on column load_file.sha256 is 'SHA-256 of the whole content, 32 bytes; null if the file was not read to the end.';
comment on column load_file.trailer is 'The trailer record; null if the file has none.';
comment on column load_file.trailer_field is 'Position (from 1) of the trailer field that holds the record count.';
comment on column load_file.trailer_verified is 'Whether the trailer has a count and it matches the records read; null if the file has no trailer.';
comment on column load_file.status is 'running, succeeded (its records are in the master tables), failed, skipped (nothing to do), cancelled or interrupted.';
comment on column load_file.error is 'Message of the error that ended the load of this file.';
comment on column load_file.already_loaded_by is 'Job that had loaded the same content for the same kind and day, so that this file was skipped.';
comment on column load_file.bytes_read is 'Bytes read so far; shows the progress of a running load.';
comment on column load_file.rows_read is 'Data records read; the sum of the next five counts.';
comment on column load_file.rows_inserted is 'Rows inserted into the master table.';
comment on column load_file.rows_updated is 'Rows of the master table that were changed.';
comment on column load_file.rows_unchanged is 'Records that equaled their row, so that nothing was written.';
comment on column load_file.rows_rejected is 'Records rejected; load_reject has the first rejects_kept of them.';
comment on column load_file.rows_superseded is 'Records whose key came again later in the same file; only the last one is loaded.';
comment on column load_file.windows_1252_fields is 'Fields that were not valid UTF-8 and were read as Windows-1252.';
comment on column load_file.rejects_kept is 'Rejects kept in load_reject: only the first ones of a file that has very many; 0 once they are pruned.';
comment on column load_file.rejects_by_rule is 'Number of rejects, kept or not, by the rule that they break, such as {"date": 2, "orphan": 1}.';
comment on column load_file.rejects_sha256 is 'SHA-256 of all rejects, kept or not; null without rejects.';
comment on column load_file.rejects_file_id is 'An earlier file (load_file.id) with the same rejects, whose rows of load_reject are also the rejects of this file; null if it has its own.';
comment on column load_file.rejects_pruned_at is 'When the rejects were deleted by `cusip jobs prune`; null if they are kept.';
comment on column load_file.warnings is 'Warnings, as an array of objects.';
comment on column load_file.phase_ms is 'Milliseconds spent by phase, such as {"read": 812, "copy": 640, "merge": 95}.';

create table load_reject (
    file_id bigint not null,
    line_number bigint not null,
    byte_offset bigint not null,
    field text,
    value text,
    rule text not null,
    message text not null,
    raw_line bytea not null,
    constraint load_reject_pkey primary key (file_id, line_number),
    constraint load_reject_file_fkey foreign key (file_id) references load_file (id),
    constraint load_reject_line_number_check check (line_number >= 1),
    constraint load_reject_byte_offset_check check (byte_offset >= 0)
);
comment on table load_reject is 'Job log: rejected records, with the whole line from the file. One row is a reject of its file and of each load_file with rejects_file_id = file_id.';
comment on column load_reject.file_id is 'First file that had the reject (load_file.id).';
comment on column load_reject.line_number is 'Line number in the file, from 1.';
comment on column load_reject.byte_offset is 'Byte offset of the line in the file, from 0.';
comment on column load_reject.field is 'Column name of the invalid field; null if the whole record is invalid.';
comment on column load_reject.value is 'Invalid value as text, or the beginning of a long one. Bytes that text cannot hold are escaped; raw_line has the original bytes.';
comment on column load_reject.rule is 'Code of the rule that the record breaks.';
comment on column load_reject.message is 'Description of what is wrong.';
comment on column load_reject.raw_line is 'The line without its line end, as bytes because an invalid line may contain NUL or not be UTF-8.';
