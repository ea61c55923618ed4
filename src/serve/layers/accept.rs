//! Accepting connections: no more than the cap, and none that stays silent before its HTTP/2 preface.

use crate::serve::limits;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_stream::Stream;
use tonic::transport::server::Connected;

/// Bytes of the HTTP/2 preface.
const PREFACE_BYTES: usize = 24;

/// Accepts connections; those over the cap are closed at once.
pub struct Incoming {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection that has a place, and so long to say the preface.
pub struct Guest {
    stream: TcpStream,
    silence: Option<Pin<Box<Sleep>>>,
    heard: usize,
    _place: OwnedSemaphorePermit,
}

impl Incoming {
    /// Accepts from `listener`, at most `most` connections at a time.
    pub fn new(listener: TcpListener, most: usize) -> Incoming {
        Incoming { listener, places: Arc::new(Semaphore::new(most)) }
    }
}

impl Stream for Incoming {
    type Item = io::Result<Guest>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Guest>>> {
        loop {
            let stream = match self.listener.poll_accept(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok((stream, _))) => stream,
            };
            let Ok(place) = self.places.clone().try_acquire_owned() else {
                tracing::warn!("a connection over the cap was closed");
                continue;
            };
            // answers are small: they must not wait for an acknowledgement
            let _ = stream.set_nodelay(true);
            let silence = Some(Box::pin(tokio::time::sleep(limits::PREFACE)));
            return Poll::Ready(Some(Ok(Guest { stream, silence, heard: 0, _place: place })));
        }
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.silence.is_none() {
            return polled;
        }
        self.heard += buf.filled().len() - before;
        if self.heard >= PREFACE_BYTES {
            self.silence = None;
            return polled;
        }
        match (polled, self.silence.as_mut().map(|s| s.as_mut().poll(cx))) {
            (Poll::Pending, Some(Poll::Ready(()))) => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "no HTTP/2 preface")))
            }
            (polled, _) => polled,
        }
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connected for Guest {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}
