//! The guard around every call. It wraps what tonic's defaults get wrong, each once: deadlines answer
//! DEADLINE_EXCEEDED, panics answer INTERNAL and are counted, messages over their method's size answer
//! RESOURCE_EXHAUSTED, and what tonic refuses by itself gets a reason.

use super::streams::{LastToken, Streams};
use crate::serve::limits;
use crate::wire::status::{Fault, reasoned};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument;

/// How many calls ended in a panic.
#[derive(Clone, Debug, Default)]
pub struct Panics(Arc<AtomicU64>);

impl Panics {
    /// The count.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts a [`Guard`] around a service.
#[derive(Clone, Debug)]
pub struct GuardLayer(pub Panics, pub Streams);

/// The guard around every call.
#[derive(Clone, Debug)]
pub struct Guard<S> {
    inner: S,
    panics: Panics,
    streams: Streams,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;
    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner, panics: self.0.clone(), streams: self.1.clone() }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Send,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().to_owned();
        let most = most_bytes(&method);
        let asks = limits::STREAMED.contains(&method.as_str());
        let place = match asks || limits::WATCHED.contains(&method.as_str()) {
            true => match self.streams.enter() {
                Ok(place) => Some(place),
                Err(full) => return Box::pin(async { Ok(Status::from(full).into_http()) }),
            },
            false => None,
        };
        let own = if place.is_some() { self.streams.life() } else { limits::CALL };
        let (deadline, late) = deadline(request.headers(), own, place.is_some());
        let (panics, streams) = (self.panics.clone(), self.streams.clone());
        let span = tracing::info_span!("rpc", method);
        let (head, body) = request.into_parts();
        let body = if asks { body } else { limited(body, most) };
        let inner = self.inner.call(Request::from_parts(head, body));
        let call = async move {
            let answered = tokio::time::timeout(deadline, Caught(Box::pin(inner)));
            let answered = tokio::select! {
                biased;
                answered = answered => answered.map_err(|_| late.clone()),
                fault = streams.ended(), if place.is_some() => Err(fault),
            };
            let response = match (answered, place) {
                (Err(fault), _) => Status::from(fault).into_http(),
                (Ok(None), _) => {
                    panics.0.fetch_add(1, Ordering::Relaxed);
                    Status::from(Fault::Crashed).into_http()
                }
                (Ok(Some(response)), None) => dressed(response?, most),
                (Ok(Some(response)), Some(place)) => {
                    let response = dressed(response?, most);
                    let token = response.extensions().get::<LastToken>().cloned();
                    response.map(|body| streams.bound(body, place, (deadline, late), token))
                }
            };
            let code = response.headers().get("grpc-status").and_then(|v| v.to_str().ok()).unwrap_or("0");
            tracing::debug!(code, "answered");
            Ok(response)
        };
        Box::pin(call.instrument(span))
    }
}

fn most_bytes(method: &str) -> usize {
    if limits::IMPORTS.contains(&method) { limits::IMPORT } else { limits::MESSAGE }
}

/// The body, cut where a method takes no more.
fn limited(body: Body, most: usize) -> Body {
    // five bytes of framing belong to the message
    let limited = Limited::new(body, most + 5);
    Body::new(limited.map_err(move |error| -> BoxError {
        if error.is::<LengthLimitError>() { Box::new(Status::from(Fault::TooLarge(most))) } else { error }
    }))
}

/// The lesser of the caller's deadline and ours, and what is said when it passes.
fn deadline(headers: &HeaderMap, own: Duration, stream: bool) -> (Duration, Fault) {
    let said = headers.get("grpc-timeout").and_then(|v| v.to_str().ok()).and_then(timeout);
    match said {
        Some(said) if said <= own => (said, Fault::Deadline),
        _ if stream => (own, Fault::StreamEnded),
        _ => (own, Fault::Deadline),
    }
}

/// `grpc-timeout`: up to eight digits and a unit.
fn timeout(said: &str) -> Option<Duration> {
    let (digits, unit) = said.split_at_checked(said.len().checked_sub(1)?)?;
    let n: u64 = Some(digits).filter(|d| (1..=8).contains(&d.len()))?.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(n * 3600),
        "M" => Duration::from_secs(n * 60),
        "S" => Duration::from_secs(n),
        "m" => Duration::from_millis(n),
        "u" => Duration::from_micros(n),
        "n" => Duration::from_nanos(n),
        _ => return None,
    })
}

/// Gives what tonic refuses by itself the code and reason that it should have.
fn dressed(response: Response<Body>, most: usize) -> Response<Body> {
    let headers = response.headers();
    if !headers.contains_key("grpc-status") || headers.contains_key("grpc-status-details-bin") {
        return response;
    }
    let Some(status) = Status::from_header_map(headers) else { return response };
    if status.code() == Code::Ok {
        return response;
    }
    reasoned(&status, most).into_http()
}

/// A future under which panics end in `None`.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        let ms = |said| timeout(said).map(|d| d.as_millis());
        assert_eq!(
            [ms("5S"), ms("250m"), ms("2M"), ms("1500u")],
            [Some(5000), Some(250), Some(120_000), Some(1)]
        );
        assert_eq!([ms(""), ms("S"), ms("123456789S"), ms("5X"), ms("-1S")], [None; 5]);
    }

    #[test]
    fn the_callers_deadline_counts_where_it_is_shorter() {
        let mut headers = HeaderMap::new();
        let own = Duration::from_secs(30);
        assert_eq!(deadline(&headers, own, false), (own, Fault::Deadline));
        headers.insert("grpc-timeout", "100m".parse().unwrap());
        assert_eq!(deadline(&headers, own, true), (Duration::from_millis(100), Fault::Deadline));
        headers.insert("grpc-timeout", "99H".parse().unwrap());
        assert_eq!(deadline(&headers, own, false), (own, Fault::Deadline));
        assert_eq!(deadline(&headers, own, true), (own, Fault::StreamEnded));
    }
    /// Does what its request's path says.
    struct Odd;

    impl Service<Request<Body>> for Odd {
        type Response = Response<Body>;
        type Error = std::convert::Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Self::Error>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            let path = request.uri().path().to_owned();
            Box::pin(async move {
                match path.as_str() {
                    "/panics" => panic!("on purpose"),
                    "/hangs" => std::future::pending().await,
                    "/garbled" => Ok(Status::internal("failed to decode Protobuf message").into_http()),
                    "/big" => {
                        let read = request.into_body().collect().await;
                        let status = read.err().unwrap_or_else(|| Status::ok("read"));
                        Ok(status.into_http())
                    }
                    _ => Ok(Status::out_of_range("over the limit").into_http()),
                }
            })
        }
    }

    fn answer(path: &str, timeout: &str, body: Body) -> (Status, u64) {
        let panics = Panics::default();
        let streams = Streams::new(1, limits::STREAM, limits::SLOW);
        let mut guard = GuardLayer(panics.clone(), streams).layer(Odd);
        let request = Request::builder().uri(path).header("grpc-timeout", timeout).body(body).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let response = runtime.block_on(async { guard.call(request).await }).unwrap();
        (Status::from_header_map(response.headers()).unwrap(), panics.count())
    }

    #[test]
    fn what_goes_wrong_inside_is_answered_with_code_and_reason() {
        use tonic_types::StatusExt;
        let told = |path, timeout| {
            let (status, panics) = answer(path, timeout, Body::empty());
            (status.code(), status.get_details_error_info().unwrap().reason, panics)
        };
        assert_eq!(told("/panics", "1S"), (Code::Internal, "INTERNAL".into(), 1));
        assert_eq!(told("/hangs", "20m"), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into(), 0));
        assert_eq!(told("/garbled", "1S"), (Code::InvalidArgument, "MALFORMED_MESSAGE".into(), 0));
        assert_eq!(told("/other", "1S"), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".into(), 0));
    }

    #[test]
    fn a_body_is_cut_where_its_method_takes_no_more() {
        let body =
            |bytes: usize| Body::new(http_body_util::Full::from(vec![0; bytes]).map_err(|e| match e {}));
        let (status, _) = answer("/big", "5S", body(limits::MESSAGE));
        assert_eq!(status.code(), Code::Ok);
        let (status, _) = answer("/big", "5S", body(limits::MESSAGE + 6));
        assert_eq!(status.code(), Code::ResourceExhausted);
    }
}
