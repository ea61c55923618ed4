//! Being told to stop: a server by SIGINT and SIGTERM, work by nobody waiting for it any more.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use tokio::signal::unix::{SignalKind, signal};

/// Hears of every signal that asks the process to stop, from the moment it is made.
#[derive(Debug)]
pub struct Stop(Receiver<i32>);

impl Stop {
    /// Listens from now on; until then, and never again afterwards, a signal ends the process by itself.
    ///
    /// # Errors
    /// Where the system gives no thread or will not tell of signals.
    pub fn listen() -> io::Result<Stop> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let within = runtime.enter();
        let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        drop(within);
        let (tell, told) = channel();
        let listen = move || {
            loop {
                let signal = runtime.block_on(async {
                    tokio::select! {
                        _ = int.recv() => SignalKind::interrupt(),
                        _ = term.recv() => SignalKind::terminate(),
                    }
                });
                if tell.send(signal.as_raw_value()).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("signals".into()).spawn(listen)?;
        Ok(Stop(told))
    }

    /// Blocks until a signal comes; its number.
    pub fn wait(&self) -> i32 {
        self.0.recv().unwrap_or_default()
    }
}

/// Held by who waits for work that goes on elsewhere: dropped, it tells the work that nobody does.
#[derive(Debug)]
pub struct Waiting(Arc<AtomicBool>);

/// Whether nobody waits any more.
#[derive(Clone, Debug)]
pub struct Gone(Arc<AtomicBool>);

impl Waiting {
    /// For who waits, and for the work.
    pub fn pair() -> (Waiting, Gone) {
        let gone = Arc::new(AtomicBool::new(false));
        (Waiting(gone.clone()), Gone(gone))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Gone {
    /// Whether it is so.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
