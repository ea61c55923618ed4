//! A stream of messages that are made when they are asked for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::Status;

/// Makes messages one after the other, for ever or until it fails.
pub trait Source: Sized + Send + 'static {
    /// What it makes.
    type Message: Send + 'static;
    /// The next one.
    fn next(&mut self) -> impl Future<Output = Result<Self::Message, Status>> + Send;
}

type Call<S> = Pin<Box<dyn Future<Output = (Result<<S as Source>::Message, Status>, S)> + Send>>;

/// A source as a stream; it ends behind its first failure.
pub struct Pull<S: Source>(Option<Call<S>>);

impl<S: Source> Pull<S> {
    /// The stream of a source.
    pub fn from(source: S) -> Pull<S> {
        Pull(Some(call(source)))
    }
}

fn call<S: Source>(mut source: S) -> Call<S> {
    Box::pin(async move {
        let message = source.next().await;
        (message, source)
    })
}

impl<S: Source> tokio_stream::Stream for Pull<S> {
    type Item = Result<S::Message, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(under_way) = self.0.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready((message, source)) = under_way.as_mut().poll(cx) else { return Poll::Pending };
        self.0 = message.is_ok().then(|| call(source));
        Poll::Ready(Some(message))
    }
}
