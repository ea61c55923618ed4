//! Questions of staffing: read here, worked on away from every lock and answered from what was read.

use super::coverage::share;
use crate::board::id::RegionId;
use crate::coverage::Atlas;
use crate::coverage::staffing::field::BUSY;
use crate::coverage::staffing::report::{self, Stage};
use crate::coverage::staffing::worth::{self, Choices, Worth};
use crate::coverage::staffing::{Basis, Fleet, Question, fleet};
use crate::plan::Desk;
use crate::units::{Span, Time};
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use jiff::civil::Date;
use std::sync::Arc;

/// Technicians at most.
const TECHNICIANS: i32 = 1_000;
/// Places at most.
const PLACES: i32 = 200;
/// Steps of a bound at most.
const STEPS: i32 = 200;
/// Other targets at most.
const TARGETS: usize = 5;
/// Seconds that a target may be: as far as the cells' travel is looked up.
const TARGET: [i64; 2] = [300, 7_200];
/// Places that additions are weighed at.
const WEIGHED: usize = 120;

/// A question of staffing: what it takes is read from the desk, the rest is worked out without it.
pub trait Study: prost::Message + 'static {
    /// What is answered.
    type Reply: prost::Message;
    /// The region it is for.
    ///
    /// # Errors
    /// Where its name is not one.
    fn region(&self) -> Result<RegionId, Failure>;
    /// What counts.
    fn scope(&self) -> Option<&v1::CoverageScope>;
    /// Checks what else was said.
    ///
    /// # Errors
    /// Where the request is malformed.
    fn check(&self) -> Result<(), Failure>;
    /// The answer; `go_on` says whether anybody still waits for it.
    ///
    /// # Errors
    /// Where nothing is called in.
    fn work(&self, taken: &Taken, go_on: &(dyn Fn(Stage) -> bool + Sync)) -> Result<Self::Reply, Failure>;
}

/// What was taken from a desk.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The region.
    pub region: RegionId,
    /// The fleet.
    pub basis: Arc<Basis>,
    /// What counts.
    pub question: Question,
    /// Cells and travel.
    pub atlas: Atlas,
}

impl Taken {
    /// Takes what a scope needs.
    ///
    /// # Errors
    /// Where the scope is malformed.
    pub fn from(desk: &Desk, now: Time, scope: Option<&v1::CoverageScope>) -> Result<Taken, Failure> {
        let (board, model) = (desk.board(), desk.travel().model().clone());
        // its own, so that what is made for planning does not push out what decisions rest on
        let atlas = Atlas::new(model, desk.travel().dayparts().clone());
        let demand = desk.coverage(now).demand().clone();
        let usual = v1::CoverageScope::default();
        let said = scope.unwrap_or(&usual);
        let (midnight, question) = check(|at| {
            let at = at.field("scope");
            let midnight = date(&at.field("date"), &said.date, &atlas, now);
            let question = question(&at, said, demand.classes().len());
            Some((midnight?, question?))
        })?;
        let basis = Arc::new(Basis::of(board, demand, atlas.dayparts(), midnight));
        Ok(Taken { region: board.region.id.clone(), basis, question, atlas })
    }

    /// The fleet over the day.
    ///
    /// # Errors
    /// Where nothing is called in.
    pub fn fleet(&self) -> Result<Fleet, Failure> {
        let fleet = Fleet::of(self.basis.clone(), &self.atlas, &self.question);
        fleet.ok_or_else(nothing)
    }

    fn date(&self) -> String {
        let midnight = self.basis.midnight;
        encode::coverage::date(midnight, self.atlas.dayparts().offset_seconds(midnight + Span::hours(12)))
    }
}

/// Midnight of a date; today's where empty.
fn date(at: &At<'_>, said: &str, atlas: &Atlas, now: Time) -> Option<Time> {
    if said.is_empty() {
        return Some(fleet::midnight(atlas.dayparts(), now));
    }
    let date: Date = said.parse().ok().or_else(|| at.no("has to be a day such as 2026-11-24"))?;
    let days = date.duration_since(Date::constant(1970, 1, 1)).as_secs() / 86_400;
    let noon = Time(days * 86_400 + 43_200);
    let offset = atlas.dayparts().offset_seconds(noon);
    Some(fleet::midnight(atlas.dayparts(), noon - Span(offset)))
}

fn question(at: &At<'_>, said: &v1::CoverageScope, classes: usize) -> Option<Question> {
    let hour = |at: &At<'_>, h: &i32| match u8::try_from(*h) {
        Ok(h) if h < 24 => Some(h),
        _ => at.no("is not in 0..23"),
    };
    let hours = at.field("hours").each_once(&said.hours, 24, ("", |h| *h), hour);
    let class = |at: &At<'_>, c: &i32| match usize::try_from(*c) {
        Ok(c) if c < classes => Some(c),
        _ => at.no(format!("there are {classes} classes, numbered from 0")),
    };
    let classes = at.field("class_numbers").each_once(&said.class_numbers, 16, ("", |c| *c), class);
    let target = match &said.target {
        None => Some(None),
        Some(d) => decode::span(&at.field("target"), d, TARGET[0], TARGET[1]).map(Some),
    };
    let busy = match said.busy_share {
        0.0 => Some(None),
        b if b > 0.0 && b < 1.0 => Some(Some((b * f64::from(BUSY)).round() as u32)),
        _ => at.field("busy_share").no("is not over 0 and below 1"),
    };
    Some(Question { busy: busy?, target: target?, hours: hours?, classes: classes? })
}

fn nothing() -> Failure {
    let said = "nothing is called in of what is asked for: calls of levels with a coverage target, or a response target \
                of two hours at most, make demand; SetDemand gives it";
    Failure::Malformed(vec![crate::board::refusal::Violation {
        field: "scope".into(),
        description: said.into(),
    }])
}

impl Study for v1::ForecastCoverageRequest {
    type Reply = v1::CoverageForecast;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn scope(&self) -> Option<&v1::CoverageScope> {
        self.scope.as_ref()
    }

    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn work(&self, taken: &Taken, _: &(dyn Fn(Stage) -> bool + Sync)) -> Result<Self::Reply, Failure> {
        Ok(encode::coverage::forecast(&taken.region, &taken.fleet()?, taken.date(), self.include_cells))
    }
}

impl Study for v1::RankAdditionsRequest {
    type Reply = v1::RankAdditionsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn scope(&self) -> Option<&v1::CoverageScope> {
        self.scope.as_ref()
    }

    fn check(&self) -> Result<(), Failure> {
        check(|at| {
            let most = decode::number(&at.field("most"), self.most, 10, 1..=1000);
            let cost = decode::permille(&at.field("certificate_cost"), self.certificate_cost, 1.0);
            most.and(cost).map(|_| ())
        })
    }

    fn work(&self, taken: &Taken, go_on: &(dyn Fn(Stage) -> bool + Sync)) -> Result<Self::Reply, Failure> {
        let fleet = taken.fleet()?;
        let most = if self.most == 0 { 10 } else { self.most as usize };
        let cost = (self.certificate_cost * 1000.0).round() as u64;
        let tell = |all: Vec<Worth>| -> Vec<v1::Addition> {
            all.iter().take(most).map(|w| encode::coverage::addition(&taken.region, &fleet, w)).collect()
        };
        let choices = Choices::of(&fleet, WEIGHED, cost);
        let weigh =
            |of: &dyn Fn() -> Vec<Worth>| if go_on(Stage::Settling) { tell(of()) } else { Vec::new() };
        Ok(v1::RankAdditionsResponse {
            share: f64::from(fleet.field.share().unwrap_or(0)) / 1e6,
            technicians: weigh(&|| worth::technicians(&fleet, &choices)),
            certificates: weigh(&|| worth::certificates(&fleet)),
            kits: weigh(&|| worth::kits(&fleet)),
            depots: weigh(&|| worth::depots(&fleet, WEIGHED)),
        })
    }
}

impl v1::PlanStaffingRequest {
    fn asked(&self, question: Question) -> Result<report::Ask, Failure> {
        check(|at| {
            let wanted = share(&at.field("share"), self.share, 0.9).filter(|ppm| *ppm < 1_000_000);
            if self.share == 1.0 {
                at.field("share").wrong("is not below 1: no staffing covers everything");
            }
            let certificate = self.certificate_cost.unwrap_or(0.05);
            let certificate = decode::permille(&at.field("certificate_cost"), certificate, 1.0);
            let most =
                decode::number(&at.field("most_technicians"), self.most_technicians, 300, 1..=TECHNICIANS);
            let places = decode::number(&at.field("most_places"), self.most_places, 60, 1..=PLACES);
            let steps = decode::number(&at.field("bound_steps"), self.bound_steps, 40, 1..=STEPS);
            let target = |at: &At<'_>, d: &prost_types::Duration| decode::span(at, d, TARGET[0], TARGET[1]);
            let targets = at.field("targets").each(&self.targets, TARGETS, target);
            Some(report::Ask {
                question,
                share_ppm: wanted?,
                keep: self.keep_shifts,
                certificate: u64::from(certificate?),
                places: places? as usize,
                most: most? as usize,
                steps: steps? as usize,
                targets: targets?,
            })
        })
    }
}

impl Study for v1::PlanStaffingRequest {
    type Reply = v1::StaffingPlan;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn scope(&self) -> Option<&v1::CoverageScope> {
        self.scope.as_ref()
    }

    fn check(&self) -> Result<(), Failure> {
        self.asked(Question::default()).map(|_| ())
    }

    fn work(&self, taken: &Taken, go_on: &(dyn Fn(Stage) -> bool + Sync)) -> Result<Self::Reply, Failure> {
        let ask = self.asked(taken.question.clone())?;
        let plan = report::plan(&taken.basis, &taken.atlas, &ask, go_on).ok_or_else(nothing)?;
        Ok(encode::coverage::plan(&taken.region, taken.basis.demand.grid(), &plan))
    }
}
