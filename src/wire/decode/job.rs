//! Needs and customers.

use super::{Scope, label, odds, place, text, time, window, work};
use crate::board::catalog::EntryId;
use crate::board::fleet::Window;
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Customer, JobKind, JobState, LikelyFault, Need, Wishes};
use crate::plan::Desk;
use crate::wire::check::At;
use crate::wire::{name, v1};

/// A need; everything it refers to is there.
pub fn need(at: &At<'_>, desk: &Desk, need: &v1::Need) -> Option<Need> {
    let scope = Scope::of(desk);
    let family = match need.appliance_family.as_str() {
        "" => Some(None),
        said => {
            let at = at.field("appliance_family");
            scope.entry(&at, "applianceFamilies", said, |id| EntryId::Family(id.into())).map(Some)
        }
    };
    let kits_at = at.field("kits");
    let kits = kits_at.each(&need.kits, 20, |at, said| {
        scope.entry(at, "kits", said, |id| EntryId::Kit(id.into())).map(Into::into)
    });
    let service = match &need.service_duration {
        None => Some(None),
        Some(d) => work(&at.field("service_duration"), d).map(Some),
    };
    let promised = match &need.promised_window {
        None => Some(None),
        Some(w) => window(&at.field("promised_window"), w).map(Some),
    };
    let place_at = at.field("place");
    let level_at = at.field("service_level");
    let level = scope.entry(&level_at, "serviceLevels", &need.service_level, |id| EntryId::Level(id.into()));
    let kind = kind(&at.field("kind"), need.kind);
    let place = place_at.need(&need.place).and_then(|p| place(&place_at, desk, p));
    let access = access(&at.field("access_windows"), &need.access_windows);
    let faults = faults(&at.field("faults"), &scope, &need.faults);
    let requirements =
        scope.requirements(&at.field("required_certifications"), &need.required_certifications);
    let parts = scope.parts(&at.field("parts"), &need.parts, 50);
    let excluded = excluded(&at.field("excluded_technicians"), desk, &need.excluded_technicians);
    let wishes = wishes(at, desk, need);
    Some(Need {
        wishes: wishes?,
        kind: kind?,
        place: place?,
        level: level?.into(),
        access: access?,
        promised: promised?,
        family: family?.map(Into::into),
        faults: faults?,
        requirements: requirements?,
        parts: parts?,
        kits: kits?,
        service: service?,
        inspect_only: need.inspect_only,
        excluded: excluded?,
        warranty: need.warranty,
    })
}

/// What the customer would like of who comes.
fn wishes(at: &At<'_>, desk: &Desk, need: &v1::Need) -> Option<Wishes> {
    let preferred = excluded(&at.field("preferred_technicians"), desk, &need.preferred_technicians);
    let language_at = at.field("language");
    let language = match need.language.as_str() {
        "" if need.language_required => language_at.no("has to be named where it is required"),
        "" => Some(None),
        said => language_code(&language_at, said).map(Some),
    };
    Some(Wishes {
        preferred: preferred?,
        language: language?,
        language_required: need.language_required,
        elderly_care: need.elderly_care,
    })
}

/// A language by its ISO 639 code.
pub fn language_code(at: &At<'_>, said: &str) -> Option<String> {
    match (2..=3).contains(&said.len()) && said.bytes().all(|b| b.is_ascii_lowercase()) {
        true => Some(said.to_owned()),
        false => at.no("has to be two or three lower-case letters, such as it"),
    }
}

/// A kind of job.
pub fn kind(at: &At<'_>, kind: i32) -> Option<JobKind> {
    match v1::JobKind::try_from(kind) {
        Ok(v1::JobKind::Repair) => Some(JobKind::Repair),
        Ok(v1::JobKind::Install) => Some(JobKind::Install),
        Ok(v1::JobKind::Maintenance) => Some(JobKind::Maintenance),
        Ok(v1::JobKind::Inspection) => Some(JobKind::Inspection),
        Ok(v1::JobKind::Remote) => Some(JobKind::Remote),
        Ok(v1::JobKind::Unspecified) => at.no("has to be set"),
        Err(_) => at.no(format!("{kind} is not a kind of job")),
    }
}

fn state(at: &At<'_>, state: i32) -> Option<JobState> {
    match v1::JobState::try_from(state) {
        Ok(v1::JobState::Open) => Some(JobState::Open),
        Ok(v1::JobState::Planned) => Some(JobState::Planned),
        Ok(v1::JobState::Promised) => Some(JobState::Promised),
        Ok(v1::JobState::EnRoute) => Some(JobState::EnRoute),
        Ok(v1::JobState::OnSite) => Some(JobState::OnSite),
        Ok(v1::JobState::Done) => Some(JobState::Done),
        Ok(v1::JobState::FollowUp) => Some(JobState::FollowUp),
        Ok(v1::JobState::Cancelled) => Some(JobState::Cancelled),
        Ok(v1::JobState::Unspecified) | Err(_) => at.no(format!("{state} is not a state of a job")),
    }
}

fn access(at: &At<'_>, windows: &[v1::Window]) -> Option<Vec<Window>> {
    let mut all = at.each(windows, 10, window)?;
    for (i, w) in all.iter().enumerate() {
        if all[..i].iter().any(|other| other.overlaps(w)) {
            return at.index(i).no("lies over another one");
        }
    }
    all.sort();
    Some(all)
}

fn faults(at: &At<'_>, scope: &Scope<'_>, faults: &[v1::LikelyFault]) -> Option<Vec<LikelyFault>> {
    let all = at.each_once(faults, 20, ("fault", |f| &f.fault), |at, f| {
        let fault = scope.entry(&at.field("fault"), "faults", &f.fault, |id| EntryId::Fault(id.into()));
        let ppm = odds(&at.field("probability"), f.probability);
        Some(LikelyFault { fault: fault?.into(), ppm: ppm? })
    })?;
    match all.iter().map(|f| f.ppm).sum::<u32>() {
        0..=1_000_000 => Some(all),
        _ => at.no("the odds sum to more than 1"),
    }
}

fn excluded(at: &At<'_>, desk: &Desk, names: &[String]) -> Option<Vec<TechnicianId>> {
    let board = desk.board();
    let mut all = at.each(names, 50, |at, said| {
        let id = name::member(at, &board.region.id, "technicians", said)?.into();
        if board.technicians.contains_key(&id) { Some(id) } else { at.no(format!("there is no {said}")) }
    })?;
    all.sort();
    all.dedup();
    Some(all)
}

/// Who called; all fields may be empty.
pub fn customer(at: &At<'_>, customer: &Option<v1::Customer>) -> Option<Customer> {
    let Some(c) = customer else { return Some(Customer::default()) };
    let id = text(&at.field("customer_id"), &c.customer_id, 100);
    let display_name = text(&at.field("display_name"), &c.display_name, 200);
    let phone_at = at.field("phone");
    let digits = |p: &str| p.len() <= 16 && p[1..].bytes().all(|b| b.is_ascii_digit()) && p.len() >= 3;
    let phone = match c.phone.as_str() {
        "" => Some(String::new()),
        p if p.starts_with('+') && digits(p) => Some(p.to_owned()),
        _ => phone_at.no("is not an E.164 number, such as +390212345678"),
    };
    let address = text(&at.field("address"), &c.address, 500);
    let access_note = text(&at.field("access_note"), &c.access_note, 500);
    Some(Customer {
        id: id?,
        display_name: display_name?,
        phone: phone?,
        address: address?,
        access_note: access_note?,
    })
}

/// The id to give a job; none where empty: the writer gives one.
pub fn id(at: &At<'_>, said: &str) -> Option<Option<JobId>> {
    match said {
        "" => Some(None),
        id if name::is_id(id) => Some(Some(id.into())),
        _ => at.no("has to be letters, digits and hyphens, at most 63"),
    }
}

/// The caller's own number; none where empty.
pub fn order_number(at: &At<'_>, number: &str) -> Option<Option<String>> {
    if number.is_empty() { Some(None) } else { label(at, number).map(Some) }
}

/// Which jobs are meant.
#[derive(Debug, Default)]
pub struct Filter {
    states: Vec<JobState>,
    kinds: Vec<JobKind>,
    order_number: Option<String>,
    technician: Option<TechnicianId>,
    level: Option<String>,
    from: Option<crate::units::Time>,
    before: Option<crate::units::Time>,
}

/// Reads a filter; references to things that are not there are told.
pub fn filter(at: &At<'_>, desk: &Desk, filter: &Option<v1::JobFilter>) -> Option<Filter> {
    let Some(f) = filter else { return Some(Filter::default()) };
    let scope = Scope::of(desk);
    let named = |field: &'static str, said: &str| excluded_one(&at.field(field), desk, said);
    let technician =
        if f.technician.is_empty() { Some(None) } else { named("technician", &f.technician).map(Some) };
    let level_at = at.field("service_level");
    let level = match f.service_level.as_str() {
        "" => Some(None),
        said => scope.entry(&level_at, "serviceLevels", said, |id| EntryId::Level(id.into())).map(Some),
    };
    let instant = |field: &'static str, t: &Option<prost_types::Timestamp>| match t {
        None => Some(None),
        Some(t) => time(&at.field(field), t).map(Some),
    };
    let (from, before) =
        (instant("created_from", &f.created_from), instant("created_before", &f.created_before));
    let states = at.field("states").each(&f.states, 20, |at, s| state(at, *s));
    let kinds = at.field("kinds").each(&f.kinds, 20, |at, k| kind(at, *k));
    let order_number = order_number(&at.field("order_number"), &f.order_number);
    Some(Filter {
        states: states?,
        kinds: kinds?,
        order_number: order_number?,
        technician: technician?,
        level: level?.map(str::to_owned),
        from: from?,
        before: before?,
    })
}

fn excluded_one(at: &At<'_>, desk: &Desk, said: &str) -> Option<TechnicianId> {
    let board = desk.board();
    let id = name::member(at, &board.region.id, "technicians", said)?.into();
    if board.technicians.contains_key(&id) { Some(id) } else { at.no(format!("there is no {said}")) }
}

impl Filter {
    /// Whether a job is meant.
    pub fn holds(&self, job: &crate::board::job::Job) -> bool {
        (self.states.is_empty() || self.states.contains(&job.state))
            && (self.kinds.is_empty() || self.kinds.contains(&job.need.kind))
            && (self.order_number.is_none() || self.order_number == job.order_number)
            && self.technician.as_ref().is_none_or(|t| job.visit.as_ref().is_some_and(|v| v.technician == *t))
            && self.level.as_ref().is_none_or(|l| job.need.level.as_str() == l)
            && self.from.is_none_or(|t| job.created >= t)
            && self.before.is_none_or(|t| job.created < t)
    }

    /// The order number, where jobs are meant by it: they are found without a scan.
    pub fn number(&self) -> Option<&str> {
        self.order_number.as_deref()
    }
}
