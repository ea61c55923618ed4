//! Being told to stop: SIGINT and SIGTERM.

use std::io;
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
