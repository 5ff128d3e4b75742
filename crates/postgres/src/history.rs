//! The history of records: states of the database, and what loads changed.
//!
//! The views and functions of the migration `V8__history.sql` do the work.

mod changes;
mod prune;
mod state;

pub use self::changes::Changes;
pub use self::prune::PrunedHistory;
pub use self::state::{JobRange, PastLoad};
pub(crate) use self::state::{PAST_LOAD, no_such_state, past_load, state as read_state};
