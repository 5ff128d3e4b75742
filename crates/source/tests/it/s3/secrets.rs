//! Secrets are sent only to the server.

use std::{
    error::Error as _,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use cusip_source::{FileSource, FileSourceExt, OpenOptions, S3Bucket};
use cusip_test_support::{Fault, Proxy};
use tracing_subscriber::filter::LevelFilter;

use super::server::{ACCESS_KEY, SECRET_KEY, Server, key};

const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjSESSIONTOKEN";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn errors_debug_output_and_trace_log_contain_no_secret() {
    let server = Server::start();
    server.put("CED01-15R.PIP", b"content");
    server.write_profile(&format!(
        "aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n\
         aws_session_token = {SESSION_TOKEN}\n"
    ));
    let proxy = Proxy::start(&server, |asked| match asked.number % 3 {
        0 => Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied"),
        1 => Fault::refusal("400 Bad Request", "ExpiredToken", "Expired."),
        _ => Fault::Respond("200 OK", "", b"no XML".to_vec()),
    });
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let bucket = S3Bucket::new(server.options_by(&proxy)).await.unwrap();
    let mut texts = vec![format!("{bucket:?} {bucket}")];
    for _ in 0..3 {
        let listing = bucket.list_named("").await.unwrap_err();
        let opening = bucket
            .open(&key("CED01-15R.PIP"), OpenOptions::new())
            .await
            .err();
        for error in [Some(listing), opening].into_iter().flatten() {
            texts.push(format!("{error:?} {error} {:?}", error.source()));
        }
    }
    drop(logging);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("TRACE aws_smithy_runtime"), "{log}");
    texts.push(log);
    for text in &texts {
        assert!(!text.contains(SECRET_KEY), "{text}");
        assert!(!text.contains(SESSION_TOKEN), "{text}");
        assert!(!text.contains("Signature="), "{text}");
    }
    let sent = &proxy.requests()[0];
    assert_eq!(sent.header("x-amz-security-token"), Some(SESSION_TOKEN));
}
