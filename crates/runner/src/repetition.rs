//! Whether a request is sent, or a case is run, for the first time.

tokio::task_local! {
    /// Set while a request is sent again, or a case is run again, to confirm a failure.
    static RERUN: ();
}

/// Runs it as a repetition: its requests count as retries, and its exchanges report nothing.
pub(crate) async fn rerun<T>(future: impl Future<Output = T>) -> T {
    RERUN.scope((), future).await
}

/// Whether this is a repetition.
pub(crate) fn is_rerun() -> bool {
    RERUN.try_with(|()| ()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_repetition_knows_that_it_is_one() {
        assert!(!is_rerun());
        rerun(async { assert!(is_rerun()) }).await;
        assert!(!is_rerun());
    }
}
