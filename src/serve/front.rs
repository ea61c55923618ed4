//! The front: what every method does between the wire and the threads. A write is checked, queued and awaited;
//! a read is answered where it came in.

use super::clock::Clock;
use super::order::{Order, Request as Repeatable, Told};
use super::planner::Planner;
use super::roads::Roads;
use super::search::Searches;
use super::shelf::{Shelf, Shown, ground};
use super::study::Studies;
use super::took::instant;
use super::watch::Watching;
use crate::board::id::RegionId;
use crate::units::Time;
use crate::wire::ask::{Ask, NewRegion, Write, digest};
use crate::wire::check::check;
use crate::wire::look::Look;
use crate::wire::status::Fault;
use crate::wire::{Failure, decode, v1};
use parking_lot::RwLock;
use prost::Message;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use tokio::sync::oneshot;
use tonic::{Response, Status};

/// Shared by all services.
#[derive(Clone)]
pub struct Front {
    /// Published boards.
    pub shelf: Arc<Shelf>,
    /// To the desk thread.
    pub queue: SyncSender<Order>,
    /// The clock.
    pub clock: Arc<Clock>,
    /// Road networks.
    pub roads: Arc<Roads>,
    /// What streams take.
    pub watching: Watching,
    /// Runs of scenarios.
    pub planner: Planner,
    /// Who works on questions of staffing.
    pub studies: Arc<Studies>,
    /// Who searches slots.
    pub searches: Arc<Searches>,
}

const STOPPING: &str = "the server is going down";
const LOST: &str = "the server failed while this was under way: repeat it with the same request_id";

/// See [`ground`]; at once where nothing is lacking.
pub async fn grounded(shown: &Arc<RwLock<Shown>>, now: Time) {
    let shown = shown.clone();
    // a panic there is told by the panic hook, and again by whoever asks for the table
    let _ = tokio::task::spawn_blocking(move || ground(&shown, now)).await;
}

impl Front {
    /// Answers a read from the published board.
    pub fn look<L: Look>(&self, look: &L) -> Result<Response<L::Reply>, Status> {
        Ok(Response::new(self.answer(look)?))
    }

    /// As [`Front::look`] for what coverage is asked: its tables are made first, on a thread for that.
    pub async fn look_over<L: Look>(&self, look: &L) -> Result<Response<L::Reply>, Status> {
        let shown = self.shelf.region(&look.region()?)?;
        grounded(&shown, self.clock.now()).await;
        self.look(look)
    }

    fn answer<L: Look>(&self, look: &L) -> Result<L::Reply, Failure> {
        let region = look.region()?;
        let shown = self.shelf.region(&region)?;
        let shown = shown.read();
        look.answer(&shown.desk, self.clock.now(), shown.seq)
    }

    /// Checks a write, queues it and waits until it is on disk. What it took is told beside the answer.
    pub async fn ask<A: Ask>(&self, ask: A) -> Result<Response<A::Reply>, Status> {
        let region = ask.region()?;
        let shown = self.shelf.region(&region)?;
        let write = read(&ask, &shown);
        if ask.only_check() {
            let bytes = rehearse(write?, &shown.read(), self.clock.now())?;
            return Ok(Response::new(complete::<A>(&bytes, &shown)));
        }
        let Told { reply, took } = self.written(region, &ask, write).await?;
        match reply {
            Ok(bytes) => {
                let mut response = Response::new(complete::<A>(&bytes, &shown));
                took.tell(response.metadata_mut());
                Ok(response)
            }
            Err(failure) => {
                let mut status = Status::from(failure);
                took.tell(status.metadata_mut());
                Err(status)
            }
        }
    }

    async fn written<A: Ask>(
        &self,
        region: RegionId,
        ask: &A,
        write: Result<A::Write, Failure>,
    ) -> Result<Told<Vec<u8>>, Failure> {
        let request = repeatable(ask);
        if request.is_none()
            && let Err(failure) = write
        {
            return Err(failure);
        }
        let write = write.map(|w| Box::new(w) as Box<dyn Write>);
        let (kind, asked) = (A::METHOD, instant());
        self.order(|answer| Order::Write { region, kind, asked, request, write, answer }).await
    }

    /// Creates a region: its roads are read on a thread of their own.
    pub async fn found(&self, request: v1::CreateRegionRequest) -> Result<Response<v1::Region>, Status> {
        let NewRegion(region) = NewRegion::read(&request)?;
        let id = region.id.clone();
        let repeatable = (!request.request_id.is_empty())
            .then(|| Repeatable { id: request.request_id.clone(), digest: digest("CreateRegion", &request) });
        let founding = if self.shelf.holds(&id) {
            Err(crate::board::Refusal::AlreadyExists {
                noun: crate::board::refusal::Noun::Region,
                id: id.to_string(),
            }
            .into())
        } else {
            let roads = self.roads.clone();
            let read = tokio::task::spawn_blocking(move || {
                let travel = roads.travel(&region);
                travel.map(|travel| Box::new((region, travel)))
            });
            let read = read.await.map_err(|_| Failure::from(Fault::Crashed))?;
            Ok(read.map_err(|violation| Failure::Malformed(vec![violation]))?)
        };
        let order = |answer| Order::Found { region: id, request: repeatable, founding, answer };
        Ok(Response::new(message(&self.order(order).await?.reply?)))
    }

    /// Queues an order and waits for its answer. A full queue is told at once.
    ///
    /// # Errors
    /// Where the queue is full, the server goes down, or the order fails.
    pub async fn order<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, Failure>>) -> Order,
    ) -> Result<T, Failure> {
        let (answer, reply) = oneshot::channel();
        match self.queue.try_send(order(answer)) {
            Ok(()) => reply.await.unwrap_or(Err(Fault::Unavailable(LOST).into())),
            Err(TrySendError::Full(_)) => Err(Fault::Busy("the queue of writes").into()),
            Err(TrySendError::Disconnected(_)) => Err(Fault::Unavailable(STOPPING).into()),
        }
    }

    /// The published board of a region.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn shown(&self, region: &RegionId) -> Result<Arc<RwLock<Shown>>, Failure> {
        self.shelf.region(region)
    }
}

fn read<A: Ask>(ask: &A, shown: &RwLock<Shown>) -> Result<A::Write, Failure> {
    let shown = shown.read();
    check(|at| {
        let id = decode::request_id(&at.field("request_id"), ask.request_id());
        let write = ask.read(at, &shown.desk);
        id.and(write)
    })
}

/// The reply with what is not kept in it.
fn complete<A: Ask>(bytes: &[u8], shown: &RwLock<Shown>) -> A::Reply {
    let mut reply = message(bytes);
    A::complete(&mut reply, &shown.read().desk);
    reply
}

fn rehearse<W: Write>(mut write: W, shown: &Shown, now: Time) -> Result<Vec<u8>, Failure> {
    write.prepare(&shown.desk, now)?;
    let command = write.command(&shown.desk)?;
    shown.desk.judge(now, &command)?;
    Ok(write.rehearsed(&shown.desk, now))
}

fn repeatable<A: Ask>(ask: &A) -> Option<Repeatable> {
    let id = ask.request_id();
    (!id.is_empty()).then(|| Repeatable { id: id.to_owned(), digest: digest(A::METHOD, ask) })
}

fn message<M: Message + Default>(bytes: &[u8]) -> M {
    M::decode(bytes).expect("what was encoded here can be decoded")
}
