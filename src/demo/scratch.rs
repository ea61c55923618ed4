//! A directory of one's own that is gone when it is dropped.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

/// The directory; removed with all in it on drop unless it was the caller's.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    ours: bool,
}

impl Scratch {
    /// The caller's directory, made where it is not there, or a fresh temporary one.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(wanted: Option<&Path>) -> io::Result<Scratch> {
        if let Some(path) = wanted {
            fs::create_dir_all(path)?;
            return Ok(Scratch { path: path.to_owned(), ours: false });
        }
        for n in 0..1000 {
            let path = env::temp_dir().join(format!("callout-demo-{}-{n}", process::id()));
            match fs::create_dir(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Scratch { path, ours: true }),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every temporary directory tried is taken"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
