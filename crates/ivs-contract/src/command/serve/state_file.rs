//! The file of `serve --state`: the journal of an emulator, one entry a line, each with a checksum.
//!
//! An entry is written by one append, so a process that is killed leaves at most its last line unfinished. That line was
//! not answered yet and is dropped at the next start.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use ivs_emulator::{Journal, JournalError};
use ivs_model::fnv1a;

use crate::whole_file::WholeFile;

/// The begin of the first line, before the version that wrote the file.
const TITLE: &str = "ivs-contract state, version ";

/// The largest length of the first line. A longer one is not of a state file, and a device may have no end.
const MAX_TITLE: u64 = 200;

/// The digits of a checksum.
const CHECKSUM_DIGITS: usize = 16;

/// A state file that this process has to itself.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    open: Mutex<OpenFile>,
}

/// The file while it is open and locked.
#[derive(Debug)]
struct OpenFile {
    file: File,
    /// The length of all finished lines.
    length: u64,
    /// True if the end of the file is unknown, because a write and its repair failed.
    is_broken: bool,
}

impl StateFile {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    /// Returns an error for a file that another process uses, that another version wrote, or that is not a state file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.try_exists().with_context(|| format!("cannot look for {}", path.display()))? {
            create(path).with_context(|| format!("cannot create the state file {}", path.display()))?;
        }
        let file = open_locked(path)?;
        let mut title = String::new();
        let read = BufReader::new((&file).take(MAX_TITLE)).read_line(&mut title);
        let about = format!("{} is not a state file of `ivs-contract serve` (choose another file)", path.display());
        read.with_context(|| about.clone())?;
        let Some(version) = title.strip_prefix(TITLE).and_then(|rest| rest.strip_suffix('\n')) else { bail!(about) };
        if version != env!("CARGO_PKG_VERSION") {
            bail!(
                "the state file {} is of version {version}, and this is {}: use that version, or start with another file \
                 (--seed-data fills it)",
                path.display(),
                env!("CARGO_PKG_VERSION")
            );
        }
        let length = title.len() as u64;
        Ok(Self { path: path.to_owned(), open: Mutex::new(OpenFile { file, length, is_broken: false }) })
    }

    /// Adds the path to an error.
    fn named(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
    }
}

impl Journal for StateFile {
    fn replay(&self, entry: &mut dyn FnMut(&str) -> Result<(), JournalError>) -> Result<(), JournalError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = BufReader::new(File::open(&self.path)?);
        let mut line = Vec::new();
        let mut length = lines.read_until(b'\n', &mut line)? as u64;
        for number in 2_u64.. {
            line.clear();
            let read = lines.read_until(b'\n', &mut line)? as u64;
            let Some(finished) = line.strip_suffix(b"\n") else { break };
            let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("line {number} is damaged"));
            entry(entry_of(finished).ok_or_else(damaged)?)?;
            length += read;
        }
        // What follows is the unfinished line of a process that was killed.
        open.file.set_len(length)?;
        open.length = length;
        Ok(())
    }

    fn append(&self, entry: &str) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_broken {
            return Err(self.named(io::Error::other("an earlier write failed; restart the emulator")));
        }
        let line = format!("{:0CHECKSUM_DIGITS$x} {entry}\n", fnv1a(entry.bytes()));
        if let Err(error) = open.file.write_all(line.as_bytes()) {
            let length = open.length;
            open.is_broken = open.file.set_len(length).is_err();
            return Err(self.named(error));
        }
        open.length += line.len() as u64;
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let length = create(&self.path).map_err(|error| self.named(error))?;
        let file = open_locked(&self.path).map_err(io::Error::other)?;
        *open = OpenFile { file, length, is_broken: false };
        Ok(())
    }
}

/// Puts an empty state file in the place of a file at once; returns its length.
fn create(path: &Path) -> io::Result<u64> {
    let title = format!("{TITLE}{}\n", env!("CARGO_PKG_VERSION"));
    // The journal has the key of participant tokens.
    let mut file = WholeFile::create_private(path)?;
    file.write_all(title.as_bytes())?;
    file.commit()?;
    Ok(title.len() as u64)
}

fn open_locked(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).append(true).open(path);
    let file = file.with_context(|| format!("cannot open the state file {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("the state file {} is used by another emulator (stop it, or choose another file)", path.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock the state file {}", path.display()))
        }
    }
}

/// Returns the entry of a line whose checksum is right.
fn entry_of(line: &[u8]) -> Option<&str> {
    let line = str::from_utf8(line).ok()?;
    let (digits, entry) = line.split_once(' ')?;
    let is_right = digits.len() == CHECKSUM_DIGITS && u64::from_str_radix(digits, 16) == Ok(fnv1a(entry.bytes()));
    is_right.then_some(entry)
}
