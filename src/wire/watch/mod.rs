//! Streams of events: who watches what, the state a stream begins with, and what of a record is told.

pub mod coverage;
pub mod eta;

use super::check::{At, check};
use super::encode::event::{for_customer, for_dispatcher, for_technician, kind};
use super::encode::subject::subjects;
use super::status::Failure;
use super::token::{Standing, seal};
use super::{encode, name, v1};
use crate::board::Event;
use crate::board::fleet::Window;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::job::JobState;
use crate::board::refusal::{Noun, Refusal};
use crate::geo::{Cell, Point};
use crate::plan::Desk;
use crate::units::Time;
use prost::Message;
use std::collections::{BTreeSet, VecDeque};
use v1::watch_response::Content;

/// Names in one filter at most.
const NAMES_MOST: usize = 1000;

/// Bytes of a message beyond which a record is told in parts.
const PART: usize = 1 << 20;

/// A request for a stream of events.
pub trait Watch: prost::Message + Clone {
    /// Its method, as tokens are told apart by it.
    const METHOD: &'static str;
    /// The region it is for.
    ///
    /// # Errors
    /// Where its name is not one.
    fn region(&self) -> Result<RegionId, Failure>;
    /// What is watched.
    fn scope(&self, at: &At<'_>, region: &RegionId) -> Option<Scope>;
    /// Where to go on; empty to begin with the state.
    fn resume_token(&self) -> &str;
    /// The request without its token.
    fn anew(&self) -> Self;
    /// Tells requests apart: a token is good for the same request only.
    fn digest(&self) -> u32 {
        let anew = self.anew();
        crc32fast::hash(&[Self::METHOD.as_bytes(), &anew.encode_to_vec()].concat())
    }
}

/// Tells requests for notifications apart.
pub fn digest(request: &v1::ReceiveNotificationsRequest) -> u32 {
    crc32fast::hash(&[b"ReceiveNotifications".as_slice(), &request.encode_to_vec()].concat())
}

/// Region, subscriber and scope of a request for notifications.
///
/// # Errors
/// Where it is malformed.
pub fn received(request: &v1::ReceiveNotificationsRequest) -> Result<(RegionId, String, Scope), Failure> {
    check(|at| {
        let (region, subscriber) = name::anywhere(&at.field("name"), "subscribers", &request.name)?;
        let filter = Filter::read(&at.field("filter"), &region, &request.filter)?;
        Some((region, subscriber.to_owned(), Scope::Region(filter)))
    })
}

/// What is watched, and as whom.
#[derive(Clone, Debug)]
pub enum Scope {
    /// A region, as its dispatcher.
    Region(Filter),
    /// A job, as its customer.
    Job(JobId),
    /// A technician, as that one.
    Technician(TechnicianId),
}

/// Which events are meant. Empty sets do not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    kinds: BTreeSet<i32>,
    jobs: BTreeSet<JobId>,
    technicians: BTreeSet<TechnicianId>,
    cells: Vec<Cell>,
}

impl Filter {
    fn read(at: &At<'_>, region: &RegionId, said: &Option<v1::EventFilter>) -> Option<Filter> {
        let Some(said) = said else { return Some(Filter::default()) };
        let jobs = at
            .field("jobs")
            .each(&said.jobs, NAMES_MOST, |at, job| name::member(at, region, "jobs", job).map(JobId::from));
        let technicians = at.field("technicians").each(&said.technicians, NAMES_MOST, |at, technician| {
            name::member(at, region, "technicians", technician).map(TechnicianId::from)
        });
        let cells = at.field("cells").each(&said.cells, NAMES_MOST, |at, cell| {
            cell.parse().ok().or_else(|| at.no("is not an H3 cell"))
        });
        let kinds = at.field("kinds").each(&said.kinds, NAMES_MOST, |at, kind| {
            let known = v1::EventKind::try_from(*kind).is_ok_and(|k| k != v1::EventKind::Unspecified);
            if known { Some(*kind) } else { at.no("is not a kind of event") }
        });
        Some(Filter {
            kinds: kinds?.into_iter().collect(),
            jobs: jobs?.into_iter().collect(),
            technicians: technicians?.into_iter().collect(),
            cells: cells?,
        })
    }

    fn holds(&self, event: &Event, place_of: &dyn Fn(&JobId) -> Option<Point>) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&kind(event).into()) {
            return false;
        }
        if self.jobs.is_empty() && self.technicians.is_empty() && self.cells.is_empty() {
            return true;
        }
        let about = subjects(event);
        let inside = |place: Point| self.cells.iter().any(|cell| cell.holds(place));
        about.jobs.iter().any(|job| self.jobs.contains(*job))
            || about.technicians.iter().any(|technician| self.technicians.contains(*technician))
            || about.places.iter().any(|place| inside(*place))
            || !self.cells.is_empty() && about.jobs.iter().filter_map(|job| place_of(job)).any(inside)
    }
}

impl Scope {
    /// Whether it takes a board to say what of a record is told.
    pub fn needs_board(&self) -> bool {
        matches!(self, Scope::Region(filter) if !filter.cells.is_empty())
    }

    /// What of a record is told; nothing of it where empty.
    pub fn tell(
        &self,
        region: &RegionId,
        events: &[Event],
        place_of: &dyn Fn(&JobId) -> Option<Point>,
    ) -> Vec<v1::Event> {
        match self {
            Scope::Region(filter) => {
                let meant = events.iter().filter(|event| filter.holds(event, place_of));
                meant.map(|event| for_dispatcher(region, event)).collect()
            }
            Scope::Job(job) => events.iter().filter_map(|event| for_customer(region, job, event)).collect(),
            Scope::Technician(own) => {
                events.iter().filter_map(|event| for_technician(region, own, event)).collect()
            }
        }
    }

    /// The state that a stream begins with; `sequence` is the region's in the journal.
    ///
    /// # Errors
    /// Where what is watched is not there.
    pub fn state(&self, desk: &Desk, now: Time, sequence: u64) -> Result<Content, Failure> {
        let missing = |noun, id: &str| Failure::from(Refusal::NotFound { noun, id: id.to_owned() });
        match self {
            Scope::Region(_) => Ok(Content::Region(encode::region::counts(desk, sequence))),
            Scope::Job(id) => {
                let view = job_view(desk, now, id);
                Ok(Content::Job(view.ok_or_else(|| missing(Noun::Job, id.as_str()))?))
            }
            Scope::Technician(id) => {
                let board = desk.board();
                if !board.technicians.contains_key(id) {
                    return Err(missing(Noun::Technician, id.as_str()));
                }
                let routes = board.routes.get(id).into_iter().flat_map(|routes| routes.values());
                Ok(Content::Technician(v1::TechnicianView {
                    name: name::of_technician(&board.region.id, id),
                    routes: routes.map(|route| encode::fleet::route(desk, id, route)).collect(),
                }))
            }
        }
    }
}

/// A job as its customer may see it.
fn job_view(desk: &Desk, now: Time, id: &JobId) -> Option<v1::JobView> {
    let board = desk.board();
    let region = &board.region.id;
    let job = board.jobs.get(id)?;
    let mut view = v1::JobView {
        name: name::of_job(region, id),
        order_number: job.order_number.clone().unwrap_or_default(),
        state: encode::job::state(job.state).into(),
        promised_window: job.need.promised.map(encode::window),
        narrowed_window: job.booking.promise.as_ref().and_then(|p| p.narrowed).map(encode::window),
        cancel_reason: job.cancel_reason.clone().unwrap_or_default(),
        ..Default::default()
    };
    let Some(visit) = &job.visit else { return Some(view) };
    view.visit = name::of_visit(region, id, visit.number);
    let route = board.route(&visit.technician, visit.shift);
    view.visit_window = route
        .and_then(|r| r.stop_of(id))
        .map(|(_, stop)| encode::window(Window { start: stop.arrive, end: stop.end }));
    view.eta = desk.arrival(now, id, visit.number).ok().map(|a| encode::job::eta(&a.eta));
    view.technician = visiting(desk, now, id);
    Some(view)
}

/// Who is on the way to a job or there; nobody else is told. Where that person is, is told while on the way.
pub fn visiting(desk: &Desk, now: Time, id: &JobId) -> Option<v1::VisitingTechnician> {
    let board = desk.board();
    let job = board.jobs.get(id)?;
    let under_way = matches!(job.state, JobState::EnRoute | JobState::OnSite);
    let technician = &board.technicians[&job.visit.as_ref().filter(|_| under_way)?.technician];
    let position = desk.position(&technician.id).filter(|_| job.state == JobState::EnRoute);
    Some(v1::VisitingTechnician {
        name: name::of_technician(&board.region.id, &technician.id),
        display_name: technician.display_name.clone(),
        position: position.map(|p| encode::fleet::position(p, now)),
    })
}

/// A record's events in parts that any client takes: 4 MB is the usual most.
pub fn parts(events: Vec<v1::Event>) -> VecDeque<Vec<v1::Event>> {
    let (mut parts, mut bytes) = (VecDeque::new(), PART);
    for event in events {
        let more = event.encoded_len();
        if bytes + more > PART {
            parts.push_back(Vec::new());
            bytes = 0;
        }
        bytes += more;
        parts.back_mut().expect("a part was begun").push(event);
    }
    parts
}

/// One message of a stream: behind which record a stream with its token begins, and of which record it is.
pub fn message(
    (standing, sequence): (Standing, u64),
    request: u32,
    at: Time,
    content: Content,
) -> v1::WatchResponse {
    v1::WatchResponse {
        resume_token: seal(standing, request),
        sequence: i64::try_from(sequence).unwrap_or(i64::MAX),
        time: Some(encode::time(at)),
        content: Some(content),
    }
}

impl Watch for v1::WatchRegionRequest {
    const METHOD: &'static str = "WatchRegion";

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn scope(&self, at: &At<'_>, region: &RegionId) -> Option<Scope> {
        Filter::read(&at.field("filter"), region, &self.filter).map(Scope::Region)
    }

    fn resume_token(&self) -> &str {
        &self.resume_token
    }

    fn anew(&self) -> Self {
        Self { resume_token: String::new(), ..self.clone() }
    }
}

impl Watch for v1::WatchJobRequest {
    const METHOD: &'static str = "WatchJob";

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "jobs", &self.name).map(|(region, _)| region))
    }

    fn scope(&self, at: &At<'_>, region: &RegionId) -> Option<Scope> {
        name::member(&at.field("name"), region, "jobs", &self.name).map(|id| Scope::Job(id.into()))
    }

    fn resume_token(&self) -> &str {
        &self.resume_token
    }

    fn anew(&self) -> Self {
        Self { resume_token: String::new(), ..self.clone() }
    }
}

impl Watch for v1::WatchTechnicianRequest {
    const METHOD: &'static str = "WatchTechnician";

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "technicians", &self.name).map(|(region, _)| region))
    }

    fn scope(&self, at: &At<'_>, region: &RegionId) -> Option<Scope> {
        name::member(&at.field("name"), region, "technicians", &self.name)
            .map(|id| Scope::Technician(id.into()))
    }

    fn resume_token(&self) -> &str {
        &self.resume_token
    }

    fn anew(&self) -> Self {
        Self { resume_token: String::new(), ..self.clone() }
    }
}
