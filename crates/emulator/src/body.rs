//! Reading of request bodies, within limits of size, time and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};

use crate::assumptions::{MAX_BODY_BYTES, MAX_DISCARDED_BYTES};
use crate::service_error::{ErrorCode, ServiceError};

/// The time within which a body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The part of a body that needs no share of the memory for bodies, so that ordinary calls never lack it.
const FREE_BYTES: usize = 16 * 1024;

/// The memory for all bodies that are larger and still arrive, in bytes.
const MEMORY_BYTES: usize = 16 * 1024 * 1024;

/// The memory that unfinished bodies take together.
#[derive(Clone, Default)]
pub(crate) struct BodyMemory(Arc<AtomicUsize>);

/// The share of one body, which it gives back when dropped.
struct Share<'a> {
    memory: &'a BodyMemory,
    bytes: usize,
}

impl Share<'_> {
    /// Makes room for a body of this length; returns ServiceUnavailable if others take too much.
    fn grow(&mut self, length: usize) -> Result<(), ServiceError> {
        let wanted = length.saturating_sub(FREE_BYTES);
        let more = wanted.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let room = |taken: usize| taken.checked_add(more).filter(|taken| *taken <= MEMORY_BYTES);
        let taken = self.memory.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        taken.map_err(|_| {
            ServiceError::new(ErrorCode::ServiceUnavailable, "Too many large bodies arrive at the same time")
        })?;
        self.bytes = wanted;
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a whole body.
///
/// # Errors
/// RequestTooLarge, RequestTimeout, or ServiceUnavailable for a body beyond a limit; ValidationException for one that ends
/// too early.
pub(crate) async fn read(mut body: Incoming, memory: &BodyMemory) -> Result<Bytes, ServiceError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let timeout = || ServiceError::new(ErrorCode::RequestTimeout, "The body did not arrive in time");
    tokio::time::timeout(BODY_TIMEOUT, read_frames(&mut body, memory)).await.unwrap_or_else(|_| Err(timeout()))
}

async fn read_frames(body: &mut Incoming, memory: &BodyMemory) -> Result<Bytes, ServiceError> {
    let too_large =
        || ServiceError::new(ErrorCode::RequestTooLarge, format!("The body is larger than {MAX_BODY_BYTES} bytes"));
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        discard(body).await;
        return Err(too_large());
    }
    let mut share = Share { memory, bytes: 0 };
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ServiceError::new(ErrorCode::Validation, "The body is incomplete"))?;
        let Ok(data) = frame.into_data() else { continue };
        let length = first.len() + more.len() + data.len();
        if length > MAX_BODY_BYTES {
            discard(body).await;
            return Err(too_large());
        }
        share.grow(length)?;
        // Nearly every body arrives in one frame, which need not be copied.
        if first.is_empty() && more.is_empty() {
            first = data;
            if body.is_end_stream() {
                break;
            }
        } else {
            more.extend_from_slice(&std::mem::take(&mut first));
            more.extend_from_slice(&data);
        }
    }
    Ok(if more.is_empty() { first } else { more.freeze() })
}

/// Reads the rest of a body without keeping it.
///
/// A client that still sends when it gets the response may find the connection reset, and lose the response. A body
/// above the limit gets its response at once.
async fn discard(body: &mut Incoming) {
    if body.size_hint().lower() > MAX_DISCARDED_BYTES {
        return;
    }
    let mut left = MAX_DISCARDED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_one_memory_and_small_ones_need_none() {
        let memory = BodyMemory::default();
        let mut shares: Vec<Share<'_>> = Vec::new();
        for _ in 0..MEMORY_BYTES / (MAX_BODY_BYTES - FREE_BYTES) {
            let mut share = Share { memory: &memory, bytes: 0 };
            assert!(share.grow(MAX_BODY_BYTES).is_ok());
            shares.push(share);
        }
        let mut other = Share { memory: &memory, bytes: 0 };
        assert!(other.grow(MAX_BODY_BYTES).is_err());
        assert!(other.grow(FREE_BYTES).is_ok());
        shares.pop();
        assert!(other.grow(MAX_BODY_BYTES).is_ok());
        drop((shares, other));
        assert_eq!(memory.0.load(Ordering::Relaxed), 0);
    }
}
