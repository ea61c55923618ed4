//! One stream of events: the state or a token first, then what is behind it in the journal, then the live feed.

use super::Watching;
use super::feed::{Found, Key, Seat, Told};
use super::pull::{Pull, Source};
use crate::board::id::RegionId;
use crate::board::refusal::{Noun, Refusal};
use crate::serve::front::Front;
use crate::serve::layers::LastToken;
use crate::serve::shelf::Shown;
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::check::check;
use crate::wire::status::Resume;
use crate::wire::token::{Standing, seal, unseal};
use crate::wire::v1::watch_response::Content;
use crate::wire::v1::{self, Bookmark, Change, Event, WatchResponse};
use crate::wire::watch::{Scope, Watch, digest, message, parts, received};
use parking_lot::RwLock;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::time::Instant;
use tonic::{Response, Status};

/// A watcher.
pub struct Stream {
    region: RegionId,
    scope: Scope,
    request: u32,
    watching: Watching,
    clock: Arc<crate::serve::clock::Clock>,
    shown: Arc<RwLock<Shown>>,
    seat: Seat,
    /// Behind this record.
    seq: u64,
    checksum: Checksum,
    /// All up to this one is looked up; what follows is heard.
    goal: u64,
    page: VecDeque<Arc<Told>>,
    /// What is left to tell of a large record.
    parts: VecDeque<Vec<Event>>,
    state: Option<Content>,
    due: Instant,
    token: LastToken,
}

enum Checksum {
    Known(u32),
    Of(Arc<Told>),
}

/// Opens a stream.
///
/// # Errors
/// Where the request is malformed, what it names is not there, or its token is of no use.
pub async fn open<W: Watch>(front: &Front, request: W) -> Result<Response<Pull<Stream>>, Status> {
    let digest = request.digest();
    let start = match request.resume_token() {
        "" => Start::Anew,
        token => Start::Behind(unseal(token, digest).map_err(Failure::from)?),
    };
    let region = request.region()?;
    let scope = check(|at| request.scope(at, &region))?;
    join(front, (region, scope, digest), start).await
}

/// Opens a subscriber's stream behind what it has acknowledged.
///
/// # Errors
/// Where the request is malformed, there is no such subscriber, or the journal was cut behind it.
pub async fn receive(
    front: &Front,
    request: v1::ReceiveNotificationsRequest,
) -> Result<Response<Pull<Stream>>, Status> {
    let (region, subscriber, scope) = received(&request)?;
    let stands = front.shown(&region)?.read().subscribers.get(&subscriber).copied();
    let missing = || Refusal::NotFound { noun: Noun::Subscriber, id: subscriber };
    let seq = stands.ok_or_else(missing).map_err(Failure::from)?;
    let mark = front.watching.library.checksum(&region, seq).await?;
    let mark = mark.ok_or(Failure::from(Resume::TooOld))?;
    join(front, (region, scope, digest(&request)), Start::Behind(Standing { seq, mark })).await
}

/// Where a stream begins.
enum Start {
    /// With the state.
    Anew,
    /// Behind a record.
    Behind(Standing),
}

async fn join(
    front: &Front,
    (region, scope, request): (RegionId, Scope, u32),
    start: Start,
) -> Result<Response<Pull<Stream>>, Status> {
    let watching = front.watching.clone();
    let shown = front.shown(&region)?;
    let key = match &scope {
        Scope::Region(_) => Key::All,
        Scope::Job(job) => Key::Job(job.clone()),
        Scope::Technician(technician) => Key::Technician(technician.clone()),
    };
    // first a seat, then the state: nothing falls between the two
    let (seat, goal) = watching.feeds.of(&region).sit(key);
    let (state, standing) = match start {
        Start::Anew => {
            let (state, seq) = {
                let shown = shown.read();
                (scope.state(&shown.desk, front.clock.now(), shown.seq)?, shown.seq)
            };
            let mark = watching.library.checksum(&region, seq).await?;
            (Some(state), Standing { seq, mark: mark.ok_or(Failure::from(Resume::Unknown))? })
        }
        Start::Behind(standing) => {
            let last = shown.read().seq;
            let mark = watching.library.checksum(&region, standing.seq).await?;
            match mark {
                Some(mark) if mark == standing.mark && standing.seq <= last => {}
                None if standing.seq <= last => return Err(Failure::from(Resume::TooOld).into()),
                _ => return Err(Failure::from(Resume::Unknown).into()),
            }
            (None, standing)
        }
    };
    let token = LastToken::default();
    token.set(seal(standing, request));
    let stream = Stream {
        region,
        scope,
        request,
        clock: front.clock.clone(),
        due: Instant::now() + watching.silence,
        watching,
        shown,
        seat,
        seq: standing.seq,
        checksum: Checksum::Known(standing.mark),
        goal,
        page: VecDeque::new(),
        parts: VecDeque::new(),
        state,
        token: token.clone(),
    };
    let mut response = Response::new(Pull::from(stream));
    response.extensions_mut().insert(token);
    Ok(response)
}

impl Source for Stream {
    type Message = WatchResponse;

    async fn next(&mut self) -> Result<WatchResponse, Status> {
        if let Some(state) = self.state.take() {
            return Ok(self.message(self.seq, self.clock.now(), state));
        }
        loop {
            while let Some(told) = self.page.front().cloned() {
                if told.seq > self.seq && self.parts.is_empty() {
                    self.parts = parts(self.tell(&told));
                }
                let part = self.parts.pop_front();
                let more = !self.parts.is_empty();
                if !more {
                    self.page.pop_front();
                    self.stand(&told);
                }
                if let Some(events) = part {
                    return Ok(self.message(told.seq, told.now, Content::Change(Change { events, more })));
                }
            }
            if self.seq < self.goal {
                self.page = self.missed().await?;
                continue;
            }
            match self.seat.take() {
                Found::Records(records) => self.page = records,
                Found::Lost(goal) => self.goal = goal,
                Found::Nothing => {
                    tokio::select! {
                        () = self.seat.heard() => {}
                        () = tokio::time::sleep_until(self.due) => {
                            if self.catch_up().await? {
                                let mark = Content::Bookmark(Bookmark {});
                                return Ok(self.message(self.seq, self.clock.now(), mark));
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Stream {
    /// What follows in the journal, from memory where it is still there.
    async fn missed(&self) -> Result<VecDeque<Arc<Told>>, Failure> {
        let near = self.seat.feed().after(self.seq);
        if !near.is_empty() {
            return Ok(near);
        }
        let mut page = self.watching.library.after(&self.region, self.seq).await?;
        // what is on disk but not published yet is heard later
        page.retain(|told| told.seq <= self.goal);
        if page.is_empty() { Err(Resume::TooOld.into()) } else { Ok(page) }
    }

    fn tell(&self, told: &Told) -> Vec<Event> {
        if !self.scope.needs_board() {
            return self.scope.tell(&self.region, &told.events, &|_| None);
        }
        let shown = self.shown.read();
        let jobs = &shown.desk.board().jobs;
        self.scope.tell(&self.region, &told.events, &|job| jobs.get(job).map(|job| job.need.place))
    }

    /// Moves on to where nothing waits any more; not where something does.
    async fn catch_up(&mut self) -> Result<bool, Failure> {
        let Some(head) = self.seat.head() else { return Ok(false) };
        if head.seq > self.seq {
            self.seq = head.seq;
            self.checksum = match head.told {
                Some(told) => Checksum::Of(told),
                None => {
                    let mark = self.watching.library.checksum(&self.region, head.seq).await?;
                    Checksum::Known(mark.ok_or(Failure::from(Resume::TooOld))?)
                }
            };
        }
        Ok(true)
    }

    /// Stands behind a record, where it did not before.
    fn stand(&mut self, told: &Arc<Told>) {
        if told.seq > self.seq {
            (self.seq, self.checksum) = (told.seq, Checksum::Of(told.clone()));
        }
    }

    fn message(&mut self, sequence: u64, at: Time, content: Content) -> WatchResponse {
        let mark = match &self.checksum {
            Checksum::Known(mark) => *mark,
            Checksum::Of(told) => told.checksum(),
        };
        self.due = Instant::now() + self.watching.silence;
        let standing = Standing { seq: self.seq, mark };
        let message = message((standing, sequence), self.request, at, content);
        self.token.set(message.resume_token.clone());
        message
    }
}
