//! The HTTP API: starts loads, shows how they are doing, cancels them, and looks up what they loaded.
//!
//! A request passes through the modules in this order, and enters none of them twice:
//!
//! 1. `server` accepts the connection; `connections` closes others if there are too many.
//! 2. `middleware` applies to every request: `request_log` finds out the `caller`, logs and counts the
//!    request, `security_headers` protects browsers, a panic becomes a problem. For jobs,
//!    `authentication` checks the token.
//! 3. `routes` has the handlers.
//!    `console` has the pages for people, which use the same parts as the endpoints.
//! 4. `load_params` reads the request body, `prefer_header` how long the client wants to wait.
//! 5. `loads` starts the load in its own task, or joins one that is already running. The load
//!    continues if the client disconnects.
//! 6. `responses` reads the result from the `job_log`, so every replica gives the same answer.
//!
//! Look-ups take another way after the handlers: `lookups` reads the database, `representation` chooses the
//! format by the state and what the client accepts, and `answer` streams the rows.
//!
//! Every answer that is not a success is a `problem`.

mod answer;
mod authentication;
mod caller;
mod command_line;
mod connections;
mod console;
mod database_read;
mod healthcheck;
mod job_log;
mod live_jobs;
mod load_params;
mod loads;
mod lookups;
mod metrics;
mod middleware;
mod open_files;
mod prefer_header;
mod problem;
mod query_string;
mod readiness;
mod representation;
mod request_body;
mod request_log;
mod responses;
mod routes;
mod run;
mod security_headers;
mod server;
mod shortened;
mod shutdown;
mod state;

pub use self::command_line::command as command_line;
pub use self::run::run;
