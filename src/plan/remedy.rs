//! What would make a job fit that nobody can do now. Every remedy is tried before it is said.
//!
//! For each of the technicians who came closest: relax the rule that failed by just as much as was missing
//! and try again; where another rule then fails, relax that too. Single changes are told where there are any,
//! else pairs, and so on up to four.

use super::ask::Ask;
use super::explain::{Positions, closeness, tell};
use super::own::Own;
use super::parts::supply;
use super::scan::{Who, best, missing, named};
use super::travel::{Quick, Travel};
use crate::board::catalog::PartCount;
use crate::board::decision::{Remedy, Rule};
use crate::board::fleet::{Certification, Shift, Technician, Window};
use crate::board::id::{Location, TechnicianId};
use crate::board::job::{Demand, Need, Source};
use crate::board::scarcity::Holders;
use crate::board::schedule::Miss;
use crate::units::{Span, Time};
use rayon::prelude::*;

/// How many technicians are tried a rule.
const TRIED_PER_RULE: usize = 4;
/// How many changes one remedy may take.
const CHANGES: usize = 4;
/// How many remedies are told.
const TOLD: usize = 3;

/// The facts as they would be.
#[derive(Clone, Debug)]
struct Case {
    technician: Technician,
    need: Need,
    demand: Demand,
    granted: Vec<Source>,
    declined: Vec<TechnicianId>,
}

/// A case with what was changed, in words, and the rule relaxed first.
#[derive(Clone, Debug)]
struct Relaxed {
    case: Case,
    words: String,
}

impl Relaxed {
    /// One more change.
    fn and(&self, case: Case, words: &str) -> Relaxed {
        let words =
            if self.words.is_empty() { words.to_owned() } else { format!("{} and {words}", self.words) };
        Relaxed { case, words }
    }
}

/// Verified remedies, at most three, single ones first, then the cheapest.
pub fn remedies(
    ask: &Ask<'_>,
    misses: &[(&Technician, Miss)],
    positions: &Positions,
    holders: &Holders,
    travel: &Travel,
) -> Vec<Remedy> {
    let tries = closest_of_each_rule(ask, misses);
    let trial = Trial { ask, positions, holders, travel };
    let mut open: Vec<(Relaxed, Rule, Miss)> = Vec::new();
    for (technician, miss) in tries {
        let case = Case {
            technician: technician.clone(),
            need: ask.need.clone(),
            demand: ask.demand.clone(),
            granted: Vec::new(),
            declined: ask.declined.to_vec(),
        };
        open.push((Relaxed { case, words: String::new() }, miss.rule, miss.clone()));
    }
    let mut found = Vec::new();
    for _ in 0..CHANGES {
        // somebody waits for these words, and each case is tried by itself
        let tried = open.par_iter().flat_map_iter(|(so_far, rule, miss)| {
            let relaxed = relax(ask, so_far, miss, travel).into_iter();
            relaxed.map(|relaxed| (trial.of(&relaxed, *rule), relaxed, *rule))
        });
        let mut next = Vec::new();
        for (tried, relaxed, rule) in tried.collect::<Vec<_>>() {
            match tried {
                Ok(remedy) => found.push(remedy),
                Err(miss) => next.push((relaxed, rule, miss)),
            }
        }
        if !found.is_empty() {
            break;
        }
        open = next;
    }
    found.sort_by_key(|r| (r.candidate.terms.total(), r.candidate.technician.clone(), r.rule));
    one_a_rule_first(found)
}

/// The technicians to try: the closest few of each rule.
fn closest_of_each_rule<'m, 't>(
    ask: &Ask<'_>,
    misses: &'m [(&'t Technician, Miss)],
) -> Vec<(&'t Technician, &'m Miss)> {
    let mut all: Vec<_> = misses.iter().map(|(t, m)| (*t, m)).collect();
    all.sort_by_cached_key(|(t, m)| (m.rule, closeness(ask, t, m)));
    let mut taken = std::collections::BTreeMap::new();
    all.retain(|(_, m)| {
        let n = taken.entry(m.rule).or_insert(0usize);
        *n += 1;
        *n <= TRIED_PER_RULE
    });
    all
}

/// The cheapest of each rule, then the others, as many as are told.
fn one_a_rule_first(sorted: Vec<Remedy>) -> Vec<Remedy> {
    let mut rules = std::collections::BTreeSet::new();
    let (mut first, rest): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|r| rules.insert(r.rule));
    first.extend(rest);
    first.truncate(TOLD);
    first
}

struct Trial<'t> {
    ask: &'t Ask<'t>,
    positions: &'t Positions,
    holders: &'t Holders,
    travel: &'t Travel,
}

impl Trial<'_> {
    /// Decides again with the facts as they would be.
    fn of(&self, relaxed: &Relaxed, rule: Rule) -> Result<Remedy, Miss> {
        let case = &relaxed.case;
        let unreached = self.ask.unreached.filter(|_| case.need.place == self.ask.need.place);
        let ask = Ask {
            need: &case.need,
            demand: &case.demand,
            granted: &case.granted,
            declined: &case.declined,
            unreached,
            ..*self.ask
        };
        let who = Who {
            technician: &case.technician,
            position: self.positions.get(&case.technician.id),
            own: Own::of(&ask, self.holders, &case.technician),
        };
        let found = best(&ask, &who, &Quick(self.travel))?;
        let told = tell(&ask, &found, &supply(&ask, &case.technician)?, self.travel);
        Ok(Remedy { description: format!("if {}", relaxed.words), rule, candidate: told.candidate })
    }
}

/// The changes that would undo a miss. Empty where nothing can be said.
fn relax(ask: &Ask<'_>, so_far: &Relaxed, miss: &Miss, travel: &Travel) -> Vec<Relaxed> {
    let case = &so_far.case;
    let mut new = case.clone();
    let who = name(&case.technician);
    let by = minutes_up(miss.by.unwrap_or(Span::ZERO));
    let words = match miss.rule {
        Rule::Certification | Rule::CertificationValidity => certify(ask, &mut new),
        Rule::Exclusion => {
            new.need.excluded.retain(|t| *t != case.technician.id);
            Some(format!("the customer would have {who}"))
        }
        Rule::Parts => stock_up(ask, &mut new),
        Rule::Reach => meet_at_the_road(ask, &mut new, travel),
        Rule::Shift => return rota(ask, so_far, travel),
        Rule::Access => new.need.access.last_mut().map(|last| {
            last.end = last.end + by;
            format!("access were given until {}", travel.clock(last.end))
        }),
        Rule::Overtime => {
            let usual = ask.policy.overtime_allowance;
            let longer = case.technician.overtime_allowance.unwrap_or(usual) + by;
            new.technician.overtime_allowance = Some(longer);
            Some(format!("{who} could work {longer} overtime"))
        }
        Rule::Break => return longer_breaks(ask, so_far, by, travel),
        Rule::Language => case.need.wishes.language.clone().map(|language| {
            let words = format!("{who} spoke {language:?}");
            new.technician.traits.languages.push(language);
            words
        }),
        Rule::Declined => {
            new.declined.retain(|t| *t != case.technician.id);
            Some(format!("{who} were asked again"))
        }
        Rule::Promise if miss.job.is_some() => None,
        Rule::Promise => new.need.promised.as_mut().map(|promised| {
            promised.end = promised.end + by;
            format!("the promised window ended at {}", travel.clock(promised.end))
        }),
    };
    words.map(|words| so_far.and(new, &words)).into_iter().collect()
}

fn name(technician: &Technician) -> &str {
    if technician.display_name.is_empty() { technician.id.as_str() } else { &technician.display_name }
}

fn minutes_up(by: Span) -> Span {
    Span((by.0 + 59).div_euclid(60) * 60)
}

/// The customer comes to where the nearest road passes.
fn meet_at_the_road(ask: &Ask<'_>, case: &mut Case, travel: &Travel) -> Option<String> {
    let road = travel.model().nearest_road(ask.need.place).filter(|road| *road != case.need.place)?;
    case.need.place = road;
    let metres = ask.need.place.metres_to(road).round();
    Some(format!("the customer were met at the nearest road, {metres} m away"))
}

/// All certificates asked for, held and valid.
fn certify(ask: &Ask<'_>, case: &mut Case) -> Option<String> {
    let lacks: Vec<_> = missing(ask, &case.technician).cloned().collect();
    let all = &ask.demand.requirements;
    let held = lacks.is_empty();
    let granted: Vec<_> = if held { all.clone() } else { lacks };
    let words = granted.iter().map(named).collect::<Vec<_>>().join(" and ");
    case.technician.certifications.extend(granted.into_iter().map(|r| Certification {
        kind: r.kind,
        level: r.min_level,
        valid_from: Time::MIN,
        valid_to: Time::MAX,
    }));
    case.technician.certifications.sort();
    let who = name(&case.technician);
    Some(if held { format!("{who}'s {words} were valid then") } else { format!("{who} held {words}") })
}

/// The missing parts on the van.
fn stock_up(ask: &Ask<'_>, case: &mut Case) -> Option<String> {
    let van = Location::Van(case.technician.id.clone());
    let short = case.demand.parts.iter().filter_map(|p| {
        let count = p.count.saturating_sub(ask.free(&van, &p.part));
        (count > 0).then(|| PartCount { part: p.part.clone(), count })
    });
    let short: Vec<PartCount> = short.collect();
    let words: Vec<String> = short.iter().map(|p| format!("{} x {}", p.count, p.part)).collect();
    case.granted = short.into_iter().map(|part_count| Source { location: van.clone(), part_count }).collect();
    Some(format!("{} more were on the {van}", words.join(" and ")))
}

/// A further shift shaped like the nearest one, on the day asked for or the first free day after; one at an
/// hour nobody works, between the shifts there are; or the shift before, made longer.
fn rota(ask: &Ask<'_>, so_far: &Relaxed, travel: &Travel) -> Vec<Relaxed> {
    const DAY: i64 = 86_400;
    let asked = ask.asked();
    let shifts = &so_far.case.technician.shifts;
    let who = name(&so_far.case.technician);
    let mut all = Vec::new();
    let mut add = |shifts: Vec<Shift>, words: String| {
        let mut case = so_far.case.clone();
        case.technician.shifts = shifts;
        case.technician.shifts.sort_by_key(|s| s.window);
        all.push(so_far.and(case, &words));
    };
    let when = |at: Time| match travel.days_between(ask.now, at) {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        n => format!("in {n} days"),
    };
    let mut further = |new: Shift| {
        let [from, until] = [new.window.start, new.window.end].map(|at| travel.clock(at));
        let words = format!("{who} worked {from}-{until} {}", when(new.window.start));
        add([&shifts[..], &[new]].concat(), words);
    };
    let apart = |s: &&Shift| (s.window.start - asked.start).0.abs();
    let usual =
        || Shift { window: Window { start: asked.start, end: asked.start + Span::hours(8) }, breaks: vec![] };
    let model = shifts.iter().min_by_key(apart).map_or_else(usual, Shift::clone);
    let days = (asked.start - model.window.end).0.div_euclid(DAY) + 1;
    let mut moved = (days..days + 8).map(|d| shifted(&model, Span(d * DAY)));
    let free = |s: &Shift| shifts.iter().all(|had| !had.window.overlaps(&s.window));
    moved.find(|s| s.window.start < asked.end && free(s)).into_iter().for_each(&mut further);
    let before = shifts.iter().rposition(|s| s.window.start <= asked.start);
    let busy_until = before.map_or(Time::MIN, |n| shifts[n].window.end);
    let next = shifts.get(before.map_or(0, |n| n + 1)).map_or(Time::MAX, |s| s.window.start);
    let end = (asked.start + Span::hours(6)).min(next);
    let odd = Window::new((asked.start - Span::hours(1)).max(busy_until).max(ask.now), end);
    odd.into_iter().for_each(|window| further(Shift { window, breaks: Vec::new() }));
    if let Some(n) = before.filter(|n| shifts[*n].window.end < end) {
        let mut longer = shifts.clone();
        longer[n].window.end = end;
        add(longer, format!("{who} worked until {} {}", travel.clock(end), when(end)));
    }
    all
}

fn shifted(shift: &Shift, by: Span) -> Shift {
    let moved = |w: &Window| Window { start: w.start + by, end: w.end + by };
    let breaks = shift
        .breaks
        .iter()
        .map(|b| crate::board::fleet::Break { window: moved(&b.window), duration: b.duration });
    Shift { window: moved(&shift.window), breaks: breaks.collect() }
}

/// Each break of the shifts in question, allowed to end later, one at a time.
fn longer_breaks(ask: &Ask<'_>, so_far: &Relaxed, by: Span, travel: &Travel) -> Vec<Relaxed> {
    let case = &so_far.case;
    let asked = ask.asked();
    let mut all = Vec::new();
    for (i, shift) in case.technician.shifts.iter().enumerate() {
        if !shift.window.overlaps(&asked) {
            continue;
        }
        for n in 0..shift.breaks.len() {
            let mut new = case.clone();
            let pause = &mut new.technician.shifts[i].breaks[n];
            pause.window.end = pause.window.end + by;
            let end = travel.clock(pause.window.end);
            let words = format!("{}'s break could end at {end}", name(&case.technician));
            all.push(so_far.and(new, &words));
        }
    }
    all.truncate(TRIED_PER_RULE);
    all
}
