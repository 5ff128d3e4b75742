//! A server, and a browser that has signed in.

use std::path::Path;

use cusip_test_support::TestDatabase;
use cusip_test_support::api::{Server, TOKEN};

use crate::browser::Browser;

/// A server, and a browser with a session of it.
pub(crate) struct SignedIn {
    pub(crate) browser: Browser,
    pub(crate) server: Server,
}

impl SignedIn {
    /// Starts a server on this database that loads the files of this folder, and signs in.
    pub(crate) fn start(database: &TestDatabase, folder: &Path) -> Self {
        Self::start_in(Browser::open(), database, folder)
    }

    /// Does the same in this browser.
    pub(crate) fn start_in(browser: Browser, database: &TestDatabase, folder: &Path) -> Self {
        let server = Server::start(database, folder);
        Self::sign_in(browser, server, TOKEN)
    }

    /// Does the same with a server that has these variables, and signs in with this token.
    pub(crate) fn start_with(
        database: &TestDatabase,
        folder: &Path,
        variables: &[(&str, &str)],
        token: &str,
    ) -> Self {
        let server = Server::start_with(database, folder, variables);
        Self::sign_in(Browser::open(), server, token)
    }

    fn sign_in(browser: Browser, server: Server, token: &str) -> Self {
        let signed_in = Self { browser, server };
        signed_in.go("/console");
        sign_in(&signed_in.browser, token);
        signed_in.browser.await_text("Sign out");
        signed_in
    }

    /// Opens a page.
    pub(crate) fn go(&self, path: &str) {
        self.browser.go(&self.server.url(path));
    }
}

/// Enters a token on the page to sign in.
pub(crate) fn sign_in(browser: &Browser, token: &str) {
    browser.enter("#token", token);
    browser.click(".sign-in button");
}
