//! Streams are counted, live no longer than they may, and end when the server goes down: each with a status
//! that says so, where a connection cut short would say nothing.

use crate::wire::status::Fault;
use http_body::Frame;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Sleep;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::{Status, codegen::http};

const STOPPING: &str = "the server is going down";

/// The streams of a server.
#[derive(Clone, Debug)]
pub struct Streams {
    places: Arc<Semaphore>,
    most: usize,
    life: Duration,
    end: watch::Sender<bool>,
}

/// The place of one stream; free again once dropped.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit);

impl Streams {
    /// At most `most` at a time, each for `life` at most.
    pub fn new(most: usize, life: Duration) -> Streams {
        Streams { places: Arc::new(Semaphore::new(most)), most, life, end: watch::channel(false).0 }
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

    /// The body of a stream that ends by `life`, with `late` where that comes first.
    pub fn bound(&self, body: Body, place: Place, life: Duration, late: Fault) -> Body {
        let (end, life) = (Box::pin(self.ended()), Box::pin(tokio::time::sleep(life)));
        Body::new(Bound { body, end, life, late: Some(late), _place: place })
    }
}

struct Bound {
    body: Body,
    end: Pin<Box<dyn Future<Output = Fault> + Send>>,
    life: Pin<Box<Sleep>>,
    /// What is said at the end of its life; `None` once it has ended.
    late: Option<Fault>,
    _place: Place,
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
        // what is ready goes out first: the last word of a watched state is not lost
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let fault = match self.end.as_mut().poll(cx) {
            Poll::Ready(fault) => fault,
            Poll::Pending => match self.life.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.late.clone().unwrap_or(Fault::StreamEnded),
            },
        };
        self.late = None;
        Poll::Ready(Some(Ok(Frame::trailers(trailers(fault)))))
    }

    /// A refusal has its status in the head and nothing after it: it has to end there.
    fn is_end_stream(&self) -> bool {
        self.late.is_none() || self.body.is_end_stream()
    }
}

fn trailers(fault: Fault) -> http::HeaderMap {
    let (mut head, _) = Status::from(fault).into_http::<Body>().into_parts();
    head.headers.remove(http::header::CONTENT_TYPE);
    head.headers
}
