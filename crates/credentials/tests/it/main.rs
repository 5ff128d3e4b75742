//! Credentials from servers that speak as AWS does.
