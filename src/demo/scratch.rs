//! A directory of one's own that is gone when it is dropped, and when the process is told to stop.

use crate::serve::stop::Stop;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::{env, fs, io, process, thread};

/// The directory; removed with all in it on drop unless it was the caller's.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    ours: bool,
    kept: Arc<AtomicBool>,
    /// The process is being ended: what fails from then on may do so for want of the directory.
    ending: Arc<AtomicBool>,
    told: Receiver<()>,
    children: Arc<Mutex<Vec<Child>>>,
}

/// Tries to remove it, as long as a server may still write to it.
const TRIES: u32 = 20;

impl Scratch {
    /// The caller's directory, made where it is not there, or a fresh temporary one. From now on a signal to
    /// stop removes it and ends the process with 128 and the signal's number, unless [`Scratch::wait`] waits
    /// for one.
    ///
    /// # Errors
    /// Where it cannot be made, or signals cannot be heard of.
    pub fn new(wanted: Option<&Path>) -> io::Result<Scratch> {
        let stop = Stop::listen()?;
        let (path, ours) = match wanted {
            Some(path) => (fs::create_dir_all(path).map(|()| path.to_owned())?, false),
            None => (temporary()?, true),
        };
        let kept = Arc::new(AtomicBool::new(false));
        let (tell, told) = channel();
        let ending = Arc::new(AtomicBool::new(false));
        let (waited, doomed, begun) = (kept.clone(), path.clone(), ending.clone());
        let children: Arc<Mutex<Vec<Child>>> = Arc::default();
        let orphans = children.clone();
        thread::spawn(move || {
            loop {
                let signal = stop.wait();
                if waited.swap(false, Ordering::SeqCst) && tell.send(()).is_ok() {
                    continue;
                }
                begun.store(true, Ordering::SeqCst);
                end(&orphans);
                if ours {
                    remove(&doomed);
                }
                process::exit(128 + signal);
            }
        });
        Ok(Scratch { path, ours, kept, ending, told, children })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A process that works in the directory ends before it is removed.
    pub fn adopt(&self, child: Child) {
        self.children.lock().push(child);
    }

    /// Blocks until the process is told to stop.
    pub fn wait(&self) {
        self.kept.store(true, Ordering::SeqCst);
        let _ = self.told.recv();
    }
}

fn temporary() -> io::Result<PathBuf> {
    for n in 0..1000 {
        let path = env::temp_dir().join(format!("callout-demo-{}-{n}", process::id()));
        match fs::create_dir(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "every temporary directory tried is taken"))
}

fn end(children: &Mutex<Vec<Child>>) {
    for mut child in children.lock().drain(..) {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn remove(path: &Path) {
    let gone = |e: io::Error| e.kind() == io::ErrorKind::NotFound;
    let _ = (0..TRIES).find(|_| fs::remove_dir_all(path).map_or_else(gone, |()| true));
}

impl Drop for Scratch {
    fn drop(&mut self) {
        while self.ending.load(Ordering::SeqCst) {
            thread::park(); // the thread that heard the signal ends the process, and says by which
        }
        end(&self.children);
        if self.ours {
            remove(&self.path);
        }
    }
}
