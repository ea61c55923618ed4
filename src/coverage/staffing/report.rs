//! A staffing plan whole: the fewest technicians for a target, the bound under them, the curve, other targets.

use super::bound::{Bound, bound, most_covered};
use super::field::{BUSY, Field, Unit};
use super::fleet::{Basis, Fleet, Question};
use super::menu::Menu;
use super::search::{Found, Heads, Want, search};
use super::worth::{Addition, Choices};
use crate::coverage::Atlas;
use crate::coverage::measure::MOST_CLASSES;
use crate::units::Span;
use std::sync::Arc;

/// Steps in which a busy share is settled.
const SETTLING: usize = 5;
/// Nobody is planned to be busier than this unless somebody says so, in parts of [`BUSY`]: where everybody is, calls
/// wait for each other, which odds of one technician beside another do not see.
const BUSIEST: u32 = 850;
/// The work of a call is done over so many hours, the one in which it comes in included.
const OVER: usize = 4;
/// Steps of a bound for a point of the curve.
const ROUGH: usize = 12;
/// Points of the curve whose bound is worked out for their own sake, in hundredths of the target.
const POINTS: [u32; 3] = [40, 65, 85];

/// What is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What counts.
    pub question: Question,
    /// The share to be covered, in millionths.
    pub share_ppm: u32,
    /// Whether those who are there stay, and others come besides.
    pub keep: bool,
    /// What a level of a certificate beyond the first costs, in thousandths of a technician.
    pub certificate: u64,
    /// Places at most.
    pub places: usize,
    /// Technicians at most.
    pub most: usize,
    /// Steps of the bound.
    pub steps: usize,
    /// Other targets that are looked at.
    pub targets: Vec<Span>,
}

/// Technicians alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where, when, with what.
    pub what: Addition,
    /// How many.
    pub count: usize,
}

/// A point of the staffing curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurvePoint {
    /// Technicians.
    pub technicians: usize,
    /// What they cover, in millionths.
    pub share_ppm: u32,
    /// What so many could cover at most.
    pub most_ppm: u32,
}

/// One target of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtTarget {
    /// The target.
    pub target: Span,
    /// What those who are there cover.
    pub share_ppm: u32,
    /// Technicians that were found for the share asked for.
    pub technicians: usize,
    /// Whether they reach it.
    pub reached: bool,
    /// No fewer could.
    pub least: u64,
}

/// A staffing plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who is put where: those who cover most first.
    pub groups: Vec<Group>,
    /// How many.
    pub technicians: usize,
    /// What they cost, in thousandths of a technician.
    pub cost: u64,
    /// The share covered.
    pub share_ppm: u32,
    /// What those who are there cover now.
    pub present_ppm: u32,
    /// How many are there.
    pub present: usize,
    /// Whether the share asked for is reached.
    pub reached: bool,
    /// The busy share that the plan rests on, in parts of [`BUSY`].
    pub busy: u32,
    /// What nobody can beat.
    pub bound: Bound,
    /// The curve.
    pub curve: Vec<CurvePoint>,
    /// Other targets.
    pub targets: Vec<AtTarget>,
    /// Places that were looked at.
    pub places: usize,
    /// Whether somebody said stop before it was done.
    pub stopped: bool,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// How busy people would be.
    Settling,
    /// Technicians, so many so far.
    Searching(usize),
    /// The bound, so many steps so far.
    Bounding(usize),
    /// Another target.
    Target(Span),
}

/// Who hears how far it is, and says whether to go on.
pub type Told<'a> = &'a (dyn Fn(Stage) -> bool + Sync);

/// Plans. `None` where nothing is called in of what is asked for.
pub fn plan(basis: &Arc<Basis>, atlas: &Atlas, ask: &Ask, told: Told<'_>) -> Option<Plan> {
    let present = Fleet::of(basis.clone(), atlas, &ask.question)?;
    let ready = ready(basis, atlas, ask, present.clone(), told)?;
    let Ready { fleet, choices, base, want } = &ready;
    let found = search(base, &choices.menu, want, &|n| told(Stage::Searching(n)));
    let bound = bound(base, &choices.menu, want, &found.posts, ask.steps, &|n| told(Stage::Bounding(n)));
    let curve = curve(&ready, &found, &bound, told);
    let targets =
        ask.targets.iter().filter_map(|target| at_target(basis, atlas, ask, *target, told)).collect();
    Some(Plan {
        groups: groups(fleet, choices, &found),
        technicians: found.posts.len(),
        cost: found.cost,
        share_ppm: found.share_ppm,
        present_ppm: present.field.share().unwrap_or(0),
        present: basis.members.len(),
        reached: found.reached,
        busy: fleet.busy,
        bound,
        curve,
        targets,
        places: choices.menu.places.len(),
        stopped: !told(Stage::Settling),
    })
}

/// All that a search takes.
struct Ready {
    fleet: Fleet,
    choices: Choices,
    base: Field,
    want: Want,
}

/// Settles how busy people are, where that was not said: the more come, the less busy each is, and the fewer are
/// needed for coverage. Halved until the hours that coverage needs are those that the work needs.
fn ready(basis: &Arc<Basis>, atlas: &Atlas, ask: &Ask, present: Fleet, told: Told<'_>) -> Option<Ready> {
    let at = |busy: u32| {
        let question = Question { busy: Some(busy), ..ask.question.clone() };
        let fleet = Fleet::of(basis.clone(), atlas, &question)?;
        let choices = Choices::of(&fleet, ask.places, ask.certificate);
        Some(prepared(basis, ask, fleet, choices))
    };
    if ask.question.busy.is_some() || basis.work.is_none() {
        let choices = Choices::of(&present, ask.places, ask.certificate);
        return Some(prepared(basis, ask, present, choices));
    }
    let (mut low, mut high) = (50, BUSIEST);
    for _ in 0..SETTLING {
        if !told(Stage::Settling) {
            break;
        }
        let busy = u32::midpoint(low, high);
        let ready = at(busy)?;
        let none = Arc::new(Heads::none(ready.want.heads.0.len()));
        let quick = Want { heads: none, beyond: 0, ..ready.want.clone() };
        let found = search_only(&ready.base, &ready.choices.menu, &quick, told);
        // more people than the work takes: they could be less busy than that
        let wanted: u32 = ready.want.heads.0.iter().map(|h| h[MOST_CLASSES]).sum();
        let hours = found.posts.iter().map(|p| ready.choices.menu.patterns[p.pattern].hours.count_ones());
        if hours.sum::<u32>() > wanted { high = busy } else { low = busy }
    }
    at(high)
}

fn search_only(base: &Field, menu: &Menu, want: &Want, told: Told<'_>) -> Found {
    super::search::climbed(base, menu, want, &|_| told(Stage::Settling))
}

fn prepared(basis: &Basis, ask: &Ask, fleet: Fleet, choices: Choices) -> Ready {
    let units: Vec<Unit> = basis.members.iter().filter(|_| ask.keep).map(|m| m.unit).collect();
    let base = Field::of(fleet.field.ground().clone(), fleet.field.depots().to_vec(), &units);
    let heads = Arc::new(heads(basis, ask, &fleet, &units));
    let want = Want { share_ppm: ask.share_ppm, heads, most: ask.most, beyond: 25 };
    Ready { fleet, choices, base, want }
}

/// People wanted at work by hour and class besides `units`: the day's work, spread over the hours as its calls come in,
/// done within some hours, by people who are as busy as the odds take them to be. Classes have a part of it by their
/// calls. Rounded down: what is left of the last hours waits for the next day.
fn heads(basis: &Basis, ask: &Ask, fleet: &Fleet, units: &[Unit]) -> Heads {
    let ground = fleet.field.ground();
    let (hours, classes) = (ground.hours(), ground.classes());
    let mut wanted = Heads::none(hours.len());
    // only what is planned for the whole day and everything has to bear the whole day's work
    let whole = ask.question.hours.is_empty() && ask.question.classes.is_empty();
    let Some(work) = basis.work.filter(|_| whole) else { return wanted };
    let seconds = work.0 as f64 * f64::from(BUSY) / f64::from(fleet.busy.max(1));
    let all = ground.all() as f64;
    let part = |at: usize, class: usize| ground.all_of(at * classes + class) as f64 / all;
    for at in 0..hours.len() {
        let before = at.saturating_sub(OVER - 1)..=at;
        let of = |class: usize| {
            let calls: f64 = before.clone().map(|h| part(h, class)).sum();
            seconds * calls / OVER as f64 / 3600.0
        };
        (0..classes).for_each(|class| wanted.0[at][class] = of(class) as u32);
        wanted.0[at][MOST_CLASSES] = (0..classes).map(of).sum::<f64>() as u32;
    }
    let mut there = Heads::none(hours.len());
    units.iter().for_each(|unit| there.shift(hours, unit, 1));
    let each = wanted.0.iter_mut().flatten().zip(there.0.iter().flatten());
    each.for_each(|(wanted, there)| *wanted = wanted.saturating_sub(*there));
    wanted
}

fn groups(fleet: &Fleet, choices: &Choices, found: &Found) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last = None;
    for post in &found.posts {
        if last == Some(*post) {
            groups.last_mut().expect("it follows one like it").count += 1;
        } else {
            groups.push(Group { what: choices.technician(fleet, *post), count: 1 });
        }
        last = Some(*post);
    }
    groups
}

/// The curve with what so many could cover at most, by tangents of the plan's bound and of some points on the way.
fn curve(ready: &Ready, found: &Found, bounded: &Bound, told: Told<'_>) -> Vec<CurvePoint> {
    let Ready { base, choices, want, .. } = ready;
    let mut all = bounded.clone();
    for part in POINTS {
        let share_ppm = want.share_ppm / 100 * part;
        let Some(point) = found.curve.iter().position(|p| p.share_ppm >= share_ppm) else { continue };
        let rough = Want { share_ppm, ..want.clone() };
        let lines =
            bound(base, &choices.menu, &rough, &found.order[..point], ROUGH, &|n| told(Stage::Bounding(n)));
        all.lines.extend(lines.lines);
    }
    let n: Vec<usize> = found.curve.iter().map(|p| p.technicians).collect();
    let most = most_covered(&all, &found.marks, base, &choices.menu, &n);
    let point = |(p, most_ppm): (&super::search::Point, u32)| CurvePoint {
        technicians: p.technicians,
        share_ppm: p.share_ppm,
        most_ppm,
    };
    found.curve.iter().zip(most).map(point).collect()
}

fn at_target(basis: &Arc<Basis>, atlas: &Atlas, ask: &Ask, target: Span, told: Told<'_>) -> Option<AtTarget> {
    if !told(Stage::Target(target)) {
        return None;
    }
    let question = Question { target: Some(target), ..ask.question.clone() };
    let other = Ask { question, targets: Vec::new(), ..ask.clone() };
    let present = Fleet::of(basis.clone(), atlas, &other.question)?;
    let share_ppm = present.field.share().unwrap_or(0);
    let Ready { choices, base, want, .. } = ready(basis, atlas, &other, present, told)?;
    let want = Want { beyond: 0, ..want };
    let found = super::search::climbed(&base, &choices.menu, &want, &|_| told(Stage::Target(target)));
    let bound =
        bound(&base, &choices.menu, &want, &found.posts, ask.steps / 2, &|_| told(Stage::Target(target)));
    let (technicians, reached, least) = (found.posts.len(), found.reached, bound.technicians);
    Some(AtTarget { target, share_ppm, technicians, reached, least })
}

impl Plan {
    /// How far above the bound the cost can be, in thousandths of it.
    pub fn gap_permille(&self) -> u64 {
        (self.cost.saturating_sub(self.bound.cost) * 1000).div_ceil(self.bound.cost.max(1))
    }
}
