//! Standard output, reserved for the summary: goose prints a line to it with any flags.

use std::io::{self, Write};

/// The standard output that the summary goes to.
#[derive(Debug)]
pub(super) struct Stdout {
    /// The real standard output, while other output goes to standard error.
    #[cfg(unix)]
    reserved: Option<std::fs::File>,
}

impl Stdout {
    /// Standard output without a redirection.
    pub(super) fn plain() -> Self {
        Self {
            #[cfg(unix)]
            reserved: None,
        }
    }

    /// Redirects other output from standard output to standard error until this is dropped.
    ///
    /// # Errors
    ///
    /// Fails if no file descriptor is left.
    #[cfg(unix)]
    pub(super) fn reserved() -> io::Result<Self> {
        let reserved = rustix::io::dup(io::stdout())?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(Self { reserved: Some(reserved.into()) })
    }

    /// On other systems, goose's line remains before the summary.
    #[cfg(not(unix))]
    pub(super) fn reserved() -> io::Result<Self> {
        Ok(Self::plain())
    }

    /// Writes all bytes.
    ///
    /// # Errors
    ///
    /// Returns the error of the system, such as a broken pipe.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(mut reserved) = self.reserved.as_ref() {
            return reserved.write_all(bytes);
        }
        let mut stdout = io::stdout();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    }
}

#[cfg(unix)]
impl Drop for Stdout {
    fn drop(&mut self) {
        if let Some(reserved) = &self.reserved {
            let _ = io::stdout().flush();
            let _ = rustix::stdio::dup2_stdout(reserved);
        }
    }
}
