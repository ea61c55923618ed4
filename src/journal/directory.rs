//! The data directory and the lock on it: one process at a time.

use super::Fault;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// A journal with less room than this is not opened: it would fail again at the first large commit.
const ROOM: usize = 1 << 20;

/// A data directory that this process holds. Dropping it lets go.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Creates the directory where it is not there and takes the lock on it.
    ///
    /// # Errors
    /// [`Fault::InUse`] where another process holds it.
    pub fn hold(path: &Path) -> Result<Directory, Fault> {
        std::fs::create_dir_all(path).map_err(|error| Fault::File { path: path.to_owned(), error })?;
        let file = path.join("LOCK");
        let failed = |error| Fault::File { path: file.clone(), error };
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&file)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = lock.read_to_string(&mut pid);
                return Err(Fault::InUse { dir: path.to_owned(), pid: pid.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(failed)?;
        writeln!(lock, "{}", std::process::id()).map_err(failed)?;
        Ok(Directory { path: path.to_owned(), _lock: lock })
    }

    /// Finds out whether there is room for [`ROOM`] more bytes.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn probe(&self) -> Result<(), Fault> {
        let path = self.path.join("ROOM");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&path)?;
            file.write_all(&[0; ROOM])?;
            file.sync_all()
        };
        let written = write();
        let removed = std::fs::remove_file(&path);
        written.and(removed).map_err(|error| Fault::File { path, error })
    }

    /// Where the journal is.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.db")
    }

    /// Where snapshots are.
    pub fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }
}
