//! Deletions that nobody waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::repetition::{is_rerun, rerun};

/// The deletions of a run that are under way. What takes its time to be deleted holds up no case.
#[derive(Debug)]
pub(crate) struct Deletions {
    under_way: Arc<watch::Sender<usize>>,
    is_background: AtomicBool,
}

impl Default for Deletions {
    fn default() -> Self {
        Self { under_way: Arc::new(watch::Sender::new(0)), is_background: AtomicBool::new(false) }
    }
}

/// Counts one deletion until it is dropped.
struct UnderWay(Arc<watch::Sender<usize>>);

impl UnderWay {
    fn begin(count: &Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(Arc::clone(count))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Deletions {
    /// Lets deletions run in the background from now on. Where others list what is there, each has to end first.
    pub(crate) fn begin_background(&self) {
        self.is_background.store(true, Ordering::Relaxed);
    }

    /// Lets each deletion end before the next step from now on, and waits for those that are under way.
    pub(crate) async fn end_background(&self) {
        self.is_background.store(false, Ordering::Relaxed);
        let mut under_way = self.under_way.subscribe();
        // The sender lives as long as this.
        let _ = under_way.wait_for(|count| *count == 0).await;
    }

    /// Does something that waits for no deletion; those under way at its end go on.
    pub(crate) async fn in_background<T>(&self, work: impl Future<Output = T>) -> T {
        self.is_background.store(true, Ordering::Relaxed);
        let done = work.await;
        self.is_background.store(false, Ordering::Relaxed);
        done
    }

    /// Deletes something, in the background if that is allowed now.
    pub(crate) async fn run(&self, deletion: impl Future<Output = ()> + Send + 'static) {
        if !self.is_background.load(Ordering::Relaxed) {
            return deletion.await;
        }
        let (under_way, is_rerun) = (UnderWay::begin(&self.under_way), is_rerun());
        tokio::spawn(async move {
            let _under_way = under_way;
            if is_rerun { rerun(deletion).await } else { deletion.await }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_deletion_in_the_background_but_its_end_does() {
        let deletions = Deletions::default();
        let begin = Instant::now();
        deletions.run(sleep(LONG)).await;
        assert_eq!(begin.elapsed(), LONG);
        deletions.begin_background();
        for _ in 0..10 {
            deletions.run(sleep(LONG)).await;
        }
        assert_eq!(begin.elapsed(), LONG);
        deletions.end_background().await;
        assert_eq!(begin.elapsed(), 2 * LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_no_deletion_leaves_it_under_way() {
        let deletions = Deletions::default();
        let begin = Instant::now();
        deletions.in_background(deletions.run(sleep(LONG))).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        deletions.run(sleep(LONG)).await;
        assert_eq!(begin.elapsed(), LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_breaks_down_holds_up_nobody() {
        let deletions = Deletions::default();
        deletions.begin_background();
        deletions.run(async { panic!("as planned") }).await;
        deletions.end_background().await;
    }
}
