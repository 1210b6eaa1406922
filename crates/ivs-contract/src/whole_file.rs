//! Files that are written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that appears under its name only after [`WholeFile::commit`]. Until then a temporary file in the same folder holds
/// its content; dropping the value deletes it, and leaves what was there before.
///
/// A device or a pipe, such as `/dev/stdout`, is written to directly.
#[derive(Debug)]
pub(crate) struct WholeFile {
    writer: BufWriter<File>,
    /// The temporary file and the file that it becomes; none for a device.
    rename: Option<(PathBuf, PathBuf)>,
    /// The first error. What comes after it is not written.
    failure: Option<io::Error>,
}

impl WholeFile {
    /// Creates the temporary file.
    ///
    /// # Errors
    ///
    /// Fails if the folder does not exist or is not writable, or if a folder has the name of the file.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        // A symbolic link stays one: its target is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder")),
            Ok(found) if !found.is_file() => {
                let device = OpenOptions::new().write(true).open(&path)?;
                return Ok(Self { writer: BufWriter::new(device), rename: None, failure: None });
            }
            // A file that may not be written to must not be replaced, either.
            Ok(_) => drop(OpenOptions::new().append(true).open(&path)?),
            Err(_) => {}
        }
        let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
        let partial = path.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
        let file = File::create(&partial)?;
        Ok(Self { writer: BufWriter::new(file), rename: Some((partial, path)), failure: None })
    }

    /// Creates the temporary file of a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// Those of [`WholeFile::create`], and of setting the permissions.
    #[cfg(feature = "cli")]
    pub(crate) fn create_private(path: &Path) -> io::Result<Self> {
        let file = Self::create(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.writer.get_ref().set_permissions(fs::Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }

    /// Keeps the file from being written, because its content could not be made.
    pub(crate) fn fail(&mut self, error: io::Error) {
        self.failure.get_or_insert(error);
    }

    /// Writes the buffered rest and gives the file its name.
    ///
    /// # Errors
    ///
    /// Returns the first error of any write. The file is then not there, or as it was before.
    pub(crate) fn commit(mut self) -> io::Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.writer.flush()?;
        if let Some((partial, path)) = &self.rename {
            fs::rename(partial, path)?;
            self.rename = None;
        }
        Ok(())
    }
}

/// Remembers the first error instead of returning it: [`WholeFile::commit`] does.
impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_none() {
            match self.writer.write(bytes) {
                Ok(written) if written > 0 || bytes.is_empty() => return Ok(written),
                Ok(_) => self.failure = Some(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
                Err(error) => self.failure = Some(error),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_none() {
            self.failure = self.writer.flush().err();
        }
        Ok(())
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some((partial, _)) = &self.rename {
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(feature = "cli")]
/// Writes the file whole or not at all.
///
/// # Errors
///
/// Those of [`WholeFile::create`] and [`WholeFile::commit`].
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ivs-contract-whole-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_file_appears_when_it_is_complete_and_what_was_there_stays_until_then() {
        let folder = folder("commit");
        let path = folder.join("report.xml");
        fs::write(&path, "old").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_in_the_way_and_a_missing_folder_are_refused_at_once() {
        let folder = folder("refuse");
        assert!(WholeFile::create(&folder).is_err());
        assert!(WholeFile::create(&folder.join("missing/report.xml")).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_fails_at_the_end_and_a_device_is_not_replaced() {
        let mut file = WholeFile::create(Path::new("/dev/full")).unwrap();
        file.write_all(&[b'a'; 100_000]).unwrap();
        assert!(file.commit().is_err());
        write_whole(Path::new("/dev/null"), b"text").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
