//! Streams are counted, live no longer than they may, and end when the server goes down or their reader takes
//! nothing: each with a status that says so, and says where to go on, where a connection cut short would say
//! nothing.
//!
//! A body whose reader has no room is not polled at all: a sweeper looks at all streams each second, lets go of
//! what a stuck one holds, and leaves its last word behind for when it is polled again.

use crate::wire::status::{Fault, ended};
use http_body::Frame;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep};
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::{Status, codegen::http};

const STOPPING: &str = "the server is going down";
/// How often stuck readers are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// The streams of a server.
#[derive(Clone, Debug)]
pub struct Streams {
    places: Arc<Semaphore>,
    most: usize,
    life: Duration,
    slow: Duration,
    end: watch::Sender<bool>,
    flows: Arc<Flows>,
}

/// Open bodies by number.
#[derive(Debug, Default)]
struct Flows {
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, Weak<Mutex<Flow>>>>,
}

/// The place of one stream; free again once dropped.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit);

/// Where a stream says how to go on behind its last message. Put into a response's extensions, it is told in the
/// status that the stream ends with.
#[derive(Clone, Debug, Default)]
pub struct LastToken(Arc<Mutex<Option<String>>>);

impl LastToken {
    /// Says it.
    pub fn set(&self, token: String) {
        *self.0.lock() = Some(token);
    }
}

impl Streams {
    /// At most `most` at a time, each for `life` at most; cut where nobody reads for `slow`.
    pub fn new(most: usize, life: Duration, slow: Duration) -> Streams {
        let places = Arc::new(Semaphore::new(most));
        Streams { places, most, life, slow, end: watch::channel(false).0, flows: Arc::default() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.most - self.places.available_permits()
    }

    /// The longest a stream lives.
    pub fn life(&self) -> Duration {
        self.life
    }

    /// A place for one more.
    ///
    /// # Errors
    /// Where all are taken.
    pub fn enter(&self) -> Result<Place, Fault> {
        let place = self.places.clone().try_acquire_owned();
        place.map(Place).map_err(|_| Fault::Busy("the list of open streams"))
    }

    /// Ends all.
    pub fn end(&self) {
        self.end.send_replace(true);
    }

    /// Done once all are to end.
    pub fn ended(&self) -> impl Future<Output = Fault> + Send + use<> {
        let mut end = self.end.subscribe();
        async move {
            // where the sender is gone the server is too
            let _ = end.wait_for(|end| *end).await;
            Fault::Unavailable(STOPPING)
        }
    }

    /// Cuts stuck streams until all are to end.
    pub async fn sweep(self) {
        let mut ended = Box::pin(self.ended());
        while tokio::time::timeout(SWEEP, &mut ended).await.is_err() {
            let open: Vec<_> = self.flows.open.lock().values().cloned().collect();
            let now = Instant::now();
            for flow in open.iter().filter_map(Weak::upgrade) {
                // dropped behind the lock: a body's end may take others
                let cut = flow.lock().cut(now, self.slow);
                drop(cut);
            }
        }
    }

    /// The body of a stream that ends by `life`, with `late` where that comes first.
    pub fn bound(
        &self,
        body: Body,
        place: Place,
        (life, late): (Duration, Fault),
        token: Option<LastToken>,
    ) -> Body {
        let (end, life) = (Box::pin(self.ended()), Box::pin(tokio::time::sleep(life)));
        let number = self.flows.next.fetch_add(1, Ordering::Relaxed);
        let flow = Arc::new(Mutex::new(Flow { held: Some((body, place)), given: None }));
        self.flows.open.lock().insert(number, Arc::downgrade(&flow));
        Body::new(Bound { flow, end, life, late: Some(late), token, number, flows: self.flows.clone() })
    }
}

/// What the sweeper and the body share.
#[derive(Debug)]
struct Flow {
    /// The body and its place; `None` once cut.
    held: Option<(Body, Place)>,
    /// Since when a frame has been out and no other was asked for.
    given: Option<Instant>,
}

impl Flow {
    fn cut(&mut self, now: Instant, slow: Duration) -> Option<(Body, Place)> {
        let stuck = self.given.is_some_and(|given| now - given >= slow);
        if stuck { self.held.take() } else { None }
    }
}

struct Bound {
    flow: Arc<Mutex<Flow>>,
    end: Pin<Box<dyn Future<Output = Fault> + Send>>,
    life: Pin<Box<Sleep>>,
    /// What is said at the end of its life; `None` once it has ended.
    late: Option<Fault>,
    token: Option<LastToken>,
    number: u64,
    flows: Arc<Flows>,
}

impl Bound {
    /// Why it is to end now, where it is.
    fn over(&mut self, cx: &mut Context<'_>) -> Option<Fault> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(fault) => Some(fault),
            Poll::Pending => match self.life.as_mut().poll(cx) {
                Poll::Pending => None,
                Poll::Ready(()) => Some(self.late.clone().unwrap_or(Fault::StreamEnded)),
            },
        }
    }

    fn last(&mut self, fault: Fault) -> Frame<Bytes> {
        self.late = None;
        let token = self.token.as_ref().and_then(|token| token.0.lock().clone());
        Frame::trailers(trailers(ended(fault, token)))
    }
}

impl http_body::Body for Bound {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.late.is_none() {
            return Poll::Ready(None);
        }
        // one that can be resumed loses nothing by ending at once
        if self.token.is_some()
            && let Some(fault) = self.over(cx)
        {
            return Poll::Ready(Some(Ok(self.last(fault))));
        }
        let polled = {
            let mut flow = self.flow.lock();
            flow.given = None;
            let polled = flow.held.as_mut().map(|(body, _)| Pin::new(body).poll_frame(cx));
            flow.given = matches!(polled, Some(Poll::Ready(Some(_)))).then(Instant::now);
            polled
        };
        match polled {
            None => return Poll::Ready(Some(Ok(self.last(Fault::Slow)))),
            // what is ready goes out first: the last word of a watched state is not lost
            Some(Poll::Ready(frame)) => return Poll::Ready(frame),
            Some(Poll::Pending) => {}
        }
        match self.over(cx) {
            Some(fault) => Poll::Ready(Some(Ok(self.last(fault)))),
            None => Poll::Pending,
        }
    }

    /// A refusal has its status in the head and nothing after it: it has to end there.
    fn is_end_stream(&self) -> bool {
        self.late.is_none() || self.flow.lock().held.as_ref().is_some_and(|(body, _)| body.is_end_stream())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.flows.open.lock().remove(&self.number);
    }
}

fn trailers(status: Status) -> http::HeaderMap {
    let (mut head, _) = status.into_http::<Body>().into_parts();
    head.headers.remove(http::header::CONTENT_TYPE);
    head.headers
}
