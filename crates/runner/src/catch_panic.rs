//! A crash of a check is no crash of the run: what panics is caught, and its cases have no verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Runs it to its end; nothing if it panics. What a panic leaves half-way belongs to one operation, and the locks that all
/// share are taken over as they are.
pub async fn catch_panic<T>(run: impl Future<Output = T>) -> Option<T> {
    let mut run = pin!(run);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
        Err(_) => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_is_caught_at_whatever_point() {
        assert_eq!(catch_panic(async { 1 }).await, Some(1));
        let late = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "as planned");
        };
        assert_eq!(catch_panic(late).await, None);
    }
}
