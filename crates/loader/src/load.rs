//! Loads files into the database.

mod check;
mod file;
mod file_rejects;
mod heartbeat;
mod judge;
mod known;
mod named_days;
mod read;
mod rows;
mod run;
mod strategy;
mod stream;
mod write;

use cusip_jobs::{JobId, LoadReport};
use cusip_pif::{Date, ParseOptions};
use cusip_postgres::{Database, Load, LoadStrategy};

use self::heartbeat::Heartbeat;
use self::run::Run;
use self::strategy::Interruption;
use crate::age::refuse_future;
use crate::error::Error;
use crate::options::LoadOptions;
use crate::progress::{Event, Listener, Progress};
use crate::request::LoadRequest;
use crate::stop::Stop;

/// A load that failed. Only the job log has a trace of it, unless its
/// [outcome](Error::is_outcome_unknown) is not known.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// Why it failed.
    pub error: Error,
    /// Its result, as far as it got.
    pub report: LoadReport,
}

/// Loads files into the database in one transaction: all of them or nothing.
///
/// Finds the files, skips those that were loaded before, refuses those that are probably stale, and
/// chooses a [`LoadStrategy`]. Then each file is read and its records are copied to the database; they
/// are checked against each other and against the database; the rejects are compared with the limit;
/// and only then do records reach the master tables. One run finds all rejects of all files, and the
/// job log keeps them whatever the result. Memory does not grow with the files or the rejects.
///
/// A load that is stopped before it commits is rolled back like one that failed.
///
/// # Errors
///
/// [`LoadFailure`] with any [`Error`]. The database's data is as it was before, and the job log says
/// what happened, if the database could be reached. Only with [`Error::is_outcome_unknown`], the load
/// may have succeeded.
pub async fn load(
    database: &Database,
    request: LoadRequest,
    listener: &dyn Listener,
    stop: &Stop,
) -> Result<LoadReport, Box<LoadFailure>> {
    let mut run = Run::new(&request);
    match lock_write_commit(database, request, &mut run, listener, stop).await {
        Ok(job) => Ok(run.succeeded(job)),
        Err(error) => Err(run.failed(database, error).await),
    }
}

async fn lock_write_commit(
    database: &Database,
    request: LoadRequest,
    run: &mut Run,
    listener: &dyn Listener,
    stop: &Stop,
) -> Result<JobId, Error> {
    let dry_run = request.options().dry_run;
    let (load, request) = stop.or(lock(database, request)).await?;
    let job = load.job();
    run.started(job);
    listener.event(Event::Started { job }, None);
    let heartbeat = Heartbeat::new(database, job, listener, stop);
    let writing = stop.or(write_files(&load, request, run, &heartbeat));
    if let Err(error) = heartbeat.beat_during(&load, writing).await {
        // The job log has the job's end before the lock is free: a job that is marked running while
        // the lock is free is considered dead.
        run.log_failure(database, &error).await;
        load.cancel().await;
        return Err(error);
    }
    if dry_run {
        let logged = run.log_dry_run(database, job).await;
        load.roll_back().await;
        return logged.map(|()| job);
    }
    heartbeat.event(Event::Committing);
    heartbeat.beat().await;
    match load.commit(&run.outcomes_of_success()).await {
        Ok(()) => Ok(job),
        Err(cusip_postgres::Error::Cancelled { .. }) => Err(Error::Cancelled),
        Err(error) => Err(error.into()),
    }
}

/// Takes the load lock and starts the job.
async fn lock(database: &Database, request: LoadRequest) -> Result<(Load, LoadRequest), Error> {
    let begun = match database.pool().check_copies().await {
        Ok(()) => database.begin_load(&request.job()).await,
        Err(error) => Err(error.into()),
    };
    match begun {
        Ok(load) => Ok((load, request)),
        // Report missing files first, even if the database is down.
        Err(error) if error.is_unavailable() => {
            request.find_files().await?;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Does everything except the commit.
async fn write_files(
    load: &Load,
    request: LoadRequest,
    run: &mut Run,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let options = request.options().clone();
    let (date, today) = (request.date(), request.today());
    if let Some(date) = date {
        refuse_future(date, today)?;
    }
    run.found(request.find_files().await?);
    match date {
        Some(date) => {
            known::skip_known_and_refuse_stale(load, run.files(), date, today, &options).await?;
        }
        None => named_days::warn(load, run.files(), today).await?,
    }
    let bytes = run.files_to_load().map(|file| file.input.bytes()).sum();
    progress.event(Event::FilesFound { bytes });
    let mut strategy = strategy::choose(load, &run.kinds_to_load(), run.rereadable_bytes()).await?;
    loop {
        progress.event(Event::StrategyChosen { strategy });
        let attempt = write_files_by(strategy, load, run, date, &options, progress);
        match attempt.await {
            Ok(()) => return Ok(()),
            Err(Interruption::Failed(error)) => return Err(error),
            Err(Interruption::StrategyDoesNotApply(reason)) => {
                tracing::info!(reason, "{strategy} does not apply; staging all records");
                strategy = LoadStrategy::STAGE_ALL;
                load.start_over().await?;
                run.start_over();
                progress.event(Event::StartedOver);
            }
        }
    }
}

async fn write_files_by(
    strategy: LoadStrategy,
    load: &Load,
    run: &mut Run,
    date: Option<Date>,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<(), Interruption> {
    let kinds = run.kinds_to_load();
    let Some(mut sink) = load.begin(strategy, &kinds).await? else {
        return Err(Interruption::StrategyDoesNotApply("the tables' state"));
    };
    let parse = ParseOptions::default().with_check_digits(options.check_digits);
    let mut files = Vec::with_capacity(kinds.len());
    for file in run.files_to_load() {
        files.push(read::read(&mut sink, file, date, parse, progress).await?);
    }
    for file in &mut files {
        check::find_duplicates_and_orphans(&sink, file, progress).await?;
    }
    for read in &mut files {
        read.file.log_rejects(sink.load().database()).await?;
    }
    judge::judge(&mut files, options)?;
    for file in files {
        write::write(&sink, file, date, progress).await?;
    }
    Ok(())
}
