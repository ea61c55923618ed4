//! Streams: who watches is told what happened, in order, without gap or repeat, and never holds up the writer.
//!
//! `feed` carries records from the keeper to watchers, `library` reads those that are no longer in memory,
//! `stream` joins the two behind a state or a token, `eta` follows arrivals. Streams are pulled: a record is told when its reader has
//! room for it, and nothing is queued for a reader that has none but what `feed` bounds.

mod coverage;
mod eta;
mod feed;
mod library;
mod pull;
mod stream;

pub use coverage::{Covered, cover};
pub use eta::{Etas, follow};
pub use feed::{Feeds, Told};
pub use library::Library;
pub use pull::Pull;
pub use stream::{Stream, open, receive};

use std::sync::Arc;
use std::time::Duration;

/// What watching takes, shared by all services.
#[derive(Clone)]
pub struct Watching {
    /// The live feeds.
    pub feeds: Arc<Feeds>,
    /// The journal, read beside its writer.
    pub library: Arc<Library>,
    /// How long a stream is silent.
    pub silence: Duration,
}
