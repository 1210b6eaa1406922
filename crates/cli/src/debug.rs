//! A caller that tells of every exchange on stderr, for `--debug`.

use ivs_client::{BoxFuture, Caller, Client, Exchange, Request, Signing};
use ivs_model::OperationId;

/// The client, with a voice.
pub(crate) struct Debugged {
    client: Client,
    aloud: bool,
}

impl Debugged {
    pub(crate) fn new(client: Client, aloud: bool) -> Self {
        Self { client, aloud }
    }
}

impl Caller for Debugged {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.client.send(operation, request, signing).await;
            if self.aloud {
                // Bodies and headers may hold secrets: neither is for a log.
                let Request { method, path, body, .. } = &exchange.request;
                match &exchange.outcome {
                    Ok(response) => eprintln!(
                        "{operation} {method} {path} ({} B) -> {} ({} B) in {:?}",
                        body.len(),
                        response.status,
                        response.body.len(),
                        exchange.duration
                    ),
                    Err(failure) => {
                        eprintln!("{operation} {method} {path} ({} B) -> {failure:?}", body.len());
                    }
                }
            }
            exchange
        })
    }
}
