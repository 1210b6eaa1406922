//! Deletions that nobody waits for.

use std::sync::Arc;

use tokio::sync::watch;

use crate::repetition::{is_rerun, rerun};

tokio::task_local! {
    /// Set while nobody waits for a deletion.
    static IN_BACKGROUND: ();
}

/// Does something that waits for no deletion; those under way at its end go on.
pub async fn without_waiting_for_deletions<T>(work: impl Future<Output = T>) -> T {
    IN_BACKGROUND.scope((), work).await
}

/// The deletions of a run that are under way. What takes its time to be deleted holds up no case.
#[derive(Debug, Default)]
pub(crate) struct Deletions {
    under_way: Arc<watch::Sender<usize>>,
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
    /// Waits for those that are under way.
    pub(crate) async fn all_ended(&self) {
        let mut under_way = self.under_way.subscribe();
        // The sender lives as long as this.
        let _ = under_way.wait_for(|count| *count == 0).await;
    }

    /// Deletes something, without waiting for it within [`without_waiting_for_deletions`]. Where others list what is there, each
    /// deletion has to end first.
    pub(crate) async fn run(&self, deletion: impl Future<Output = ()> + Send + 'static) {
        if IN_BACKGROUND.try_with(|()| ()).is_err() {
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
        without_waiting_for_deletions(async {
            for _ in 0..10 {
                deletions.run(sleep(LONG)).await;
            }
        })
        .await;
        assert_eq!(begin.elapsed(), LONG);
        deletions.all_ended().await;
        assert_eq!(begin.elapsed(), 2 * LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_no_deletion_leaves_it_under_way() {
        let deletions = Deletions::default();
        let begin = Instant::now();
        without_waiting_for_deletions(deletions.run(sleep(LONG))).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        deletions.run(sleep(LONG)).await;
        assert_eq!(begin.elapsed(), LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_breaks_down_holds_up_nobody() {
        let deletions = Deletions::default();
        without_waiting_for_deletions(deletions.run(async { panic!("as planned") })).await;
        deletions.all_ended().await;
    }
}
