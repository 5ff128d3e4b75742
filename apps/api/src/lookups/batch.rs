//! Looks up single securities together.
//!
//! A query for one security costs the server nearly as much as one for ten. So requests that arrive while a
//! query runs share the next one.

use std::sync::Arc;

use cusip_jobs::State;
use cusip_pif::Cusip;
use cusip_postgres::{Database, SecurityRow};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{Mutex, oneshot};

use super::TIME_LIMIT;
use crate::database_read::read_within;
use crate::problem::{Code, Problem};

/// How many queries run at the same time.
const QUERIES: usize = 2;
/// How many look-ups share a query.
const MOST_TOGETHER: usize = 256;
/// How many look-ups wait for a query. Requests beyond that wait for a place.
const MOST_WAITING: usize = 1_024;

/// The state that a security belongs to, and the security if there is one.
type Found = (Option<State>, Option<SecurityRow>);

/// Looks up single securities together. Ends with the last sender of requests.
#[derive(Debug)]
pub(super) struct Batches(Sender<Asked>);

#[derive(Debug)]
struct Asked {
    cusip: Cusip,
    answer: oneshot::Sender<Result<Found, Problem>>,
}

impl Batches {
    pub(super) fn start(database: &Database) -> Self {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..QUERIES {
            tokio::spawn(answer_batches(database.clone(), Arc::clone(&receiver)));
        }
        Self(sender)
    }

    pub(super) async fn look_up(&self, cusip: Cusip) -> Result<Found, Problem> {
        let (answer, found) = oneshot::channel();
        let ended = || {
            let detail = "the task that looks up securities has ended; this is a bug in CusipService, please report it";
            Problem::new(Code::Internal, detail)
        };
        let asked = self.0.send(Asked { cusip, answer }).await;
        asked.map_err(|_| ended())?;
        found.await.map_err(|_| ended())?
    }
}

async fn answer_batches(database: Database, receiver: Arc<Mutex<Receiver<Asked>>>) {
    let mut batch = Vec::with_capacity(MOST_TOGETHER);
    loop {
        let received = receiver
            .lock()
            .await
            .recv_many(&mut batch, MOST_TOGETHER)
            .await;
        if received == 0 {
            return;
        }
        // A client that has disconnected needs no answer.
        batch.retain(|asked| !asked.answer.is_closed());
        if !batch.is_empty() {
            answer(&database, &mut batch).await;
        }
    }
}

async fn answer(database: &Database, batch: &mut Vec<Asked>) {
    let cusips: Vec<_> = batch.iter().map(|asked| asked.cusip).collect();
    let found = read_within(TIME_LIMIT, database.place(), || read(database, &cusips)).await;
    match found {
        Ok((state, rows)) => {
            for (asked, row) in batch.drain(..).zip(rows) {
                let _ = asked.answer.send(Ok((state, row)));
            }
        }
        Err(problem) => {
            for asked in batch.drain(..) {
                let _ = asked.answer.send(Err(problem.clone()));
            }
        }
    }
}

async fn read(
    database: &Database,
    cusips: &[Cusip],
) -> Result<(Option<State>, Vec<Option<SecurityRow>>), cusip_postgres::Error> {
    let mut rows = database.look_up_few(cusips).await?;
    let state = rows.state()?;
    let mut found = Vec::with_capacity(cusips.len());
    while let Some(row) = rows.next().await? {
        found.push(row);
    }
    Ok((state, found))
}
