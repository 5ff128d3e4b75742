//! The part of Secrets Manager that reads secrets.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::http::{ReceivedRequest, answer, read_head};
use super::{listen, runtime};

const ACTION: &str = "secretsmanager.GetSecretValue";
const CONTENT_TYPE: &str = "content-type: application/x-amz-json-1.1\r\n";

/// A server that returns secrets to every request signed for its service. It does not verify the
/// signature.
#[derive(Debug)]
pub struct SecretsManager {
    endpoint: String,
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    secrets: Mutex<HashMap<String, Value>>,
    refusal: Mutex<Option<(&'static str, &'static str)>>,
    requests: Mutex<Vec<ReceivedRequest>>,
}

impl SecretsManager {
    /// Starts a server without secrets that runs until the process ends.
    #[must_use]
    pub fn start() -> Self {
        let (listener, endpoint) = listen();
        let kept = Arc::<Kept>::default();
        let served = Arc::clone(&kept);
        runtime().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let kept = Arc::clone(&served);
                tokio::spawn(async move {
                    // This fails if the client disconnects, which is fine.
                    drop(serve(client, &kept).await);
                });
            }
        });
        Self { endpoint, kept }
    }

    /// Returns the server's URL.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stores a string under this ARN or name, and replaces the previous one.
    pub fn put(&self, secret: &str, text: &str) {
        self.keep(secret, json!({"SecretString": text}));
    }

    /// Stores bytes, given in base64.
    pub fn put_binary(&self, secret: &str, base64: &str) {
        self.keep(secret, json!({"SecretBinary": base64}));
    }

    /// Stores a string that is returned in a form that Secrets Manager never uses.
    pub fn put_strangely(&self, secret: &str, text: &str) {
        self.keep(
            secret,
            json!({"SecretString": text, "CreatedDate": "today"}),
        );
    }

    /// Refuses every request from now on with this code and message.
    pub fn refuse(&self, code: &'static str, message: &'static str) {
        *self.kept.refusal.lock().unwrap() = Some((code, message));
    }

    /// Returns all requests so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.kept.requests.lock().unwrap().clone()
    }

    fn keep(&self, secret: &str, content: Value) {
        let mut secrets = self.kept.secrets.lock().unwrap();
        secrets.insert(secret.to_owned(), content);
    }
}

impl Kept {
    /// Returns the response's status and document.
    fn answer(&self, asked: &ReceivedRequest, body: &Value) -> (&'static str, Value) {
        let refused = |code, message| {
            let document = json!({"__type": code, "Message": message});
            ("400 Bad Request", document)
        };
        if let Some((code, message)) = *self.refusal.lock().unwrap() {
            return refused(code, message);
        }
        let signed = asked.header("authorization").unwrap_or_default();
        if !signed.contains("/secretsmanager/aws4_request") {
            return refused("MissingAuthenticationTokenException", "Missing Token");
        }
        if asked.header("x-amz-target") != Some(ACTION) {
            return refused("UnknownOperationException", "");
        }
        let secret = body["SecretId"].as_str().unwrap_or_default();
        let Some(content) = self.secrets.lock().unwrap().get(secret).cloned() else {
            let message = "Secrets Manager can't find the specified secret.";
            return refused("ResourceNotFoundException", message);
        };
        let mut document = json!({
            "ARN": secret,
            "Name": secret,
            "CreatedDate": 1_705_320_000.0,
            "VersionId": "EXAMPLE1-90ab-cdef-fedc-cb987EXAMPLE",
            "VersionStages": ["AWSCURRENT"],
        });
        let (known, content) = (document.as_object_mut(), content.as_object().cloned());
        known.unwrap().extend(content.unwrap());
        ("200 OK", document)
    }
}

async fn serve(mut client: TcpStream, kept: &Kept) -> io::Result<()> {
    let (head, mut body) = read_head(&mut client).await?;
    let asked = {
        let mut requests = kept.requests.lock().unwrap();
        let number = requests.len();
        requests.push(ReceivedRequest { number, head });
        requests[number].clone()
    };
    let length: usize = asked.header("content-length").unwrap().parse().unwrap();
    while body.len() < length {
        if client.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let (status, document) = kept.answer(&asked, &serde_json::from_slice(&body)?);
    answer(
        &mut client,
        status,
        CONTENT_TYPE,
        document.to_string().as_bytes(),
    )
    .await
}
