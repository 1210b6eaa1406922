//! Standard output, kept for the summary alone: goose prints a line to it whatever its flags say.

use std::io::{self, Write};

/// Where the summary goes.
#[derive(Debug)]
pub(super) struct Stdout {
    /// The real one, while everybody else's goes to standard error.
    #[cfg(unix)]
    kept: Option<std::fs::File>,
}

impl Stdout {
    /// Standard output as it is.
    pub(super) fn plain() -> Self {
        Self {
            #[cfg(unix)]
            kept: None,
        }
    }

    /// Until this is dropped, what anybody else prints to standard output goes to standard error.
    ///
    /// # Errors
    ///
    /// If the system has no file descriptor left.
    #[cfg(unix)]
    pub(super) fn kept() -> io::Result<Self> {
        let kept = rustix::io::dup(io::stdout())?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(Self { kept: Some(kept.into()) })
    }

    /// Elsewhere goose's line stays in front of the summary.
    #[cfg(not(unix))]
    pub(super) fn kept() -> io::Result<Self> {
        Ok(Self::plain())
    }

    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// What the system says, a broken pipe too.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(mut kept) = self.kept.as_ref() {
            return kept.write_all(bytes);
        }
        let mut stdout = io::stdout();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    }
}

#[cfg(unix)]
impl Drop for Stdout {
    fn drop(&mut self) {
        if let Some(kept) = &self.kept {
            let _ = io::stdout().flush();
            let _ = rustix::stdio::dup2_stdout(kept);
        }
    }
}
