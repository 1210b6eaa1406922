//! The socket to the master: a DEALER with this worker's identity, made anew when it breaks.

use std::time::{Duration, Instant};

use bytes::Bytes;
use zeromq::util::PeerIdentity;
use zeromq::{DealerRecvHalf, DealerSendHalf, DealerSocket, Socket, SocketOptions, SocketRecv, SocketSend};

use super::codec::Message;
use super::{Master, WorkerError};

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Both halves of the socket.
pub(super) struct Link {
    pub(super) address: String,
    sender: DealerSendHalf,
    receiver: DealerRecvHalf,
}

impl Link {
    /// Connects, again and again until the master's patience is used up or `give_up` says so.
    pub(super) async fn open(master: &Master, give_up: impl Fn() -> bool) -> Result<Self, WorkerError> {
        let address = format!("tcp://{}:{}", master.host, master.port);
        let begun = Instant::now();
        loop {
            let reason = match attempt(master, &address).await {
                Ok((sender, receiver)) => return Ok(Self { address, sender, receiver }),
                Err(reason) => reason,
            };
            if begun.elapsed() >= master.patience || give_up() {
                return Err(WorkerError::NoMaster { address, waited: begun.elapsed(), reason });
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Sends a message; `false` if the master is gone.
    pub(super) async fn send(&mut self, message: &Message) -> bool {
        let frame = Bytes::from(message.encode());
        let sent = tokio::time::timeout(Duration::from_secs(2), self.sender.send(frame.into())).await;
        matches!(sent, Ok(Ok(())))
    }

    /// The next frame; `None` if the socket broke. Loses nothing when dropped while it waits.
    pub(super) async fn receive(&mut self) -> Option<Bytes> {
        self.receiver.recv().await.ok().and_then(|message| message.into_vec().pop())
    }
}

async fn attempt(master: &Master, address: &str) -> Result<(DealerSendHalf, DealerRecvHalf), String> {
    let identity = master.id.parse::<PeerIdentity>().map_err(|error| error.to_string())?;
    let mut options = SocketOptions::default();
    options.peer_identity(identity).connect_timeout(ATTEMPT);
    let mut socket = DealerSocket::with_options(options);
    match tokio::time::timeout(ATTEMPT, socket.connect(address)).await {
        Ok(Ok(())) => Ok(socket.split()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the connection was not agreed in time".to_owned()),
    }
}
