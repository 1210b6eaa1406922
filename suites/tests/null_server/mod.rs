//! Servers that know nothing of the contract: one constant answer to whatever comes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a null server does with every request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Answers with this status, error name (header `x-amzn-ErrorType`) and body.
    Constant {
        /// The HTTP status.
        status: u16,
        /// The error name, if it claims one.
        error: Option<&'static str>,
        /// The JSON body.
        body: &'static str,
    },
    /// Closes the connection as soon as bytes arrive.
    Close,
}

/// A server on a free port of the loopback interface; it ends when dropped.
#[derive(Debug)]
pub(crate) struct NullServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl NullServer {
    /// Binds and begins to answer.
    pub(crate) async fn start(behaviour: Behaviour) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behaviour));
            }
        });
        Ok(Self { address, task })
    }

    /// The URL it listens on.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for NullServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers the requests of one connection in turn until the peer closes it.
async fn serve(mut stream: TcpStream, behaviour: Behaviour) {
    let mut received = Vec::new();
    loop {
        let Some(request_length) = read_request(&mut stream, &mut received, behaviour).await else {
            return;
        };
        received.drain(..request_length);
        let Behaviour::Constant { status, error, body } = behaviour else {
            return;
        };
        let error = error.map_or_else(String::new, |name| format!("x-amzn-ErrorType: {name}\r\n"));
        let answer = format!(
            "HTTP/1.1 {status} Constant\r\nContent-Type: application/json\r\n{error}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads until one whole request stands in `received`, and returns its length; `None` ends the connection.
async fn read_request(stream: &mut TcpStream, received: &mut Vec<u8>, behaviour: Behaviour) -> Option<usize> {
    loop {
        if let Some(length) = request_length(received)
            && received.len() >= length
        {
            return Some(length);
        }
        let mut buffer = [0; 16 * 1024];
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 && !matches!(behaviour, Behaviour::Close) => {
                received.extend_from_slice(&buffer[..count]);
            }
            _ => return None,
        }
    }
}

/// The length of the first request, once its head is whole.
fn request_length(received: &[u8]) -> Option<usize> {
    let head_length = received.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&received[..head_length]).to_lowercase();
    let body_length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    Some(head_length + body_length)
}
