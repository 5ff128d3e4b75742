//! What the tests of several crates share: a real server, fresh databases, files.
