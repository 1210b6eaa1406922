//! The socket to the master: a DEALER with this worker's identity, reopened when it breaks.

use std::time::{Duration, Instant};

use bytes::Bytes;
use zeromq::util::PeerIdentity;
use zeromq::{DealerRecvHalf, DealerSendHalf, DealerSocket, Socket, SocketOptions, SocketRecv, SocketSend};

use super::LocustMaster;
use super::codec::LocustMessage;
use super::error::LocustError;

/// The timeout of one attempt to connect.
const ATTEMPT: Duration = Duration::from_secs(2);

/// The connected socket.
pub(super) struct MasterSocket {
    pub(super) address: String,
    sender: DealerSendHalf,
    receiver: DealerRecvHalf,
}

impl MasterSocket {
    /// Connects, with retries until the master's timeout or until `give_up` returns true.
    pub(super) async fn open(master: &LocustMaster, give_up: impl Fn() -> bool) -> Result<Self, LocustError> {
        let address = format!("tcp://{}:{}", master.host, master.port);
        let start = Instant::now();
        loop {
            let reason = match attempt(master, &address).await {
                Ok((sender, receiver)) => return Ok(Self { address, sender, receiver }),
                Err(reason) => reason,
            };
            if start.elapsed() >= master.timeout || give_up() {
                return Err(LocustError::NoMaster { address, waited: start.elapsed(), reason });
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Sends a message. Returns `false` if the master is gone.
    pub(super) async fn send(&mut self, message: &LocustMessage) -> bool {
        let frame = Bytes::from(message.encode());
        let sent = tokio::time::timeout(Duration::from_secs(2), self.sender.send(frame.into())).await;
        matches!(sent, Ok(Ok(())))
    }

    /// Receives the next frame; `None` if the socket broke. Cancel-safe.
    pub(super) async fn receive(&mut self) -> Option<Bytes> {
        self.receiver.recv().await.ok().and_then(|message| message.into_vec().pop())
    }
}

async fn attempt(master: &LocustMaster, address: &str) -> Result<(DealerSendHalf, DealerRecvHalf), String> {
    let identity = master.id.parse::<PeerIdentity>().map_err(|error| error.to_string())?;
    let mut options = SocketOptions::default();
    options.peer_identity(identity).connect_timeout(ATTEMPT);
    let mut socket = DealerSocket::with_options(options);
    match tokio::time::timeout(ATTEMPT, socket.connect(address)).await {
        Ok(Ok(())) => Ok(socket.split()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the handshake timed out".to_owned()),
    }
}
