//! Recognizes pgpool-II, through which loads do not work.

use tokio::time::timeout;

use crate::error::Error;
use crate::pool::{Pool, first_row};

/// pgpool answers this itself. A server logs an error, so only loads ask.
const VERSION: &str = "show pool_version";

impl Pool {
    /// Checks that pgpool-II is not between this program and the server.
    ///
    /// The driver starts a `COPY` with the extended query protocol. pgpool 4.3 never answers
    /// `COPY … FROM STDIN` and crashes at `COPY … TO STDOUT`, so this must come before the first copy.
    ///
    /// # Errors
    ///
    /// [`Error::Pgpool`] if it is; otherwise same as [`check_server`](Self::check_server).
    pub async fn check_copies(&self) -> Result<(), Error> {
        let client = self.client().await?;
        let asked = timeout(self.limits().wait, client.simple_query(VERSION)).await;
        match asked {
            Ok(Ok(messages)) => {
                let version = first_row(&messages).and_then(|row| row.get(0));
                Err(Error::Pgpool {
                    place: self.place().to_owned(),
                    version: version.unwrap_or_default().trim().to_owned(),
                })
            }
            Ok(Err(error)) if error.as_db_error().is_some() => Ok(()),
            Ok(Err(error)) => Err(self.statement("ask whether pgpool-II answers", error)),
            Err(_) => {
                drop(client.detach());
                Err(self.silent())
            }
        }
    }
}
