//! Connections to real servers.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod addresses;
mod chain;
mod credentials;
mod encrypted_cancel;
mod encryption;
mod server_state;
mod unreachable;
mod wire;
