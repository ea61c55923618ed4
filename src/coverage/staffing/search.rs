//! The fewest technicians that reach a target: greedy, then exchanges.
//!
//! What one more technician adds falls as others are added (the measure is a weighted sum of `1 - exp(-U)`, concave in
//! sums U of terms that are never below zero), so what a place could add at best, once worked out, bounds what it adds
//! later: a place is looked at again only where its old figure is the best there is. Exchanges then send home whom
//! nobody misses, and put others elsewhere where that covers more or costs less. Places are compared on any number of
//! threads, ties go to the lower number: the answer is the same on all of them.

use super::field::{Amount, Field, Unit};
use super::menu::{Menu, Pick, better, sums};
use crate::coverage::measure::MOST_CLASSES;
use rayon::prelude::*;
use std::sync::Arc;

/// Rounds of exchanges at most.
const ROUNDS: usize = 2;
/// Places that somebody may be moved to at a time: the nearest.
const NEAR: usize = 24;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The share of calls to be covered, in millionths.
    pub share_ppm: u32,
    /// People at work that the calls take besides, at the busy share that the odds rest on.
    pub heads: Arc<Heads>,
    /// Technicians at most.
    pub most: usize,
    /// How many more technicians the curve goes on for, in hundredths of those needed.
    pub beyond: usize,
}

/// People at work: by hour, how many who do each class, and how many in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads(pub Vec<[u32; MOST_CLASSES + 1]>);

impl Heads {
    /// Nobody, at so many hours.
    pub fn none(hours: usize) -> Heads {
        Heads(vec![[0; MOST_CLASSES + 1]; hours])
    }

    /// Has somebody come or go.
    pub fn shift(&mut self, hours: &[u8], unit: &Unit, change: i32) {
        for (at, _) in hours.iter().enumerate().filter(|(_, h)| unit.hours >> **h & 1 == 1) {
            for (class, n) in self.0[at].iter_mut().enumerate() {
                if class == MOST_CLASSES || unit.grade[class] > 0 {
                    *n = n.saturating_add_signed(change);
                }
            }
        }
    }

    /// How many of those who are wanted are not there, over all hours and classes.
    fn short(&self, wanted: &Heads) -> u32 {
        let each = self.0.iter().flatten().zip(wanted.0.iter().flatten());
        each.map(|(have, want)| want.saturating_sub(*have)).sum()
    }

    /// How many of those somebody would be.
    fn helps(&self, wanted: &Heads, hours: &[u8], unit: &Unit) -> u32 {
        let on = hours.iter().enumerate().filter(|(_, h)| unit.hours >> **h & 1 == 1);
        let slots = on.flat_map(|(at, _)| (0..=MOST_CLASSES).map(move |class| (at, class)));
        let does = |class: usize| class == MOST_CLASSES || unit.grade[class] > 0;
        slots.filter(|(at, class)| does(*class) && self.0[*at][*class] < wanted.0[*at][*class]).count() as u32
    }
}

/// Somebody found.
pub type Post = Pick;

/// A point of the staffing curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Technicians.
    pub technicians: usize,
    /// What they cover, in millionths.
    pub share_ppm: u32,
}

/// A staffing.
#[derive(Clone, Debug)]
pub struct Found {
    /// Who is put where; sorted.
    pub posts: Vec<Post>,
    /// What they cost.
    pub cost: u64,
    /// The share covered by them and who was there before.
    pub share_ppm: u32,
    /// Whether that is what was wanted.
    pub reached: bool,
    /// The share covered as greedy adds one after the other.
    pub curve: Vec<Point>,
    /// Who greedy added, one after the other.
    pub order: Vec<Post>,
    /// The field with them in.
    pub field: Field,
    /// Fields at some points of the curve.
    pub marks: Vec<Field>,
}

/// What has to be covered for a target to be reached.
fn need(field: &Field, share_ppm: u32) -> Amount {
    let all = u128::from(field.ground().all());
    // the share is rounded down where it is told
    ((all * u128::from(share_ppm)).div_ceil(1_000_000)) as Amount
}

/// The fewest whom `want` takes, besides who is in `base`; `told` hears of technicians found and may say stop.
pub fn search(base: &Field, menu: &Menu, want: &Want, told: &(dyn Fn(usize) -> bool + Sync)) -> Found {
    found(base, menu, want, told, true)
}

/// As [`search`], without exchanges.
pub fn climbed(base: &Field, menu: &Menu, want: &Want, told: &(dyn Fn(usize) -> bool + Sync)) -> Found {
    found(base, menu, want, told, false)
}

fn found(
    base: &Field,
    menu: &Menu,
    want: &Want,
    told: &(dyn Fn(usize) -> bool + Sync),
    exchange: bool,
) -> Found {
    let goal = need(base, want.share_ppm);
    let heads = Heads::none(base.ground().hours().len());
    let mut search = Search { menu, want, field: base.clone(), goal, heads, posts: Vec::new() };
    let (curve, marks, order) = search.climb(told);
    if exchange && search.short() == 0 && told(search.posts.len()) {
        search.exchange(told);
    }
    search.posts.sort_unstable();
    Found {
        cost: search.cost(),
        share_ppm: search.field.share().unwrap_or(0),
        reached: search.short() == 0 && search.heads.short(&want.heads) == 0,
        posts: search.posts,
        curve,
        order,
        field: search.field,
        marks,
    }
}

struct Search<'a> {
    menu: &'a Menu,
    want: &'a Want,
    field: Field,
    goal: Amount,
    heads: Heads,
    posts: Vec<Post>,
}

/// The best pick at a place, what it adds, and when that was worked out.
#[derive(Clone, Copy)]
struct Best {
    pick: Pick,
    gain: Amount,
    cost: u64,
    at: usize,
}

impl Search<'_> {
    fn short(&self) -> Amount {
        self.goal.saturating_sub(self.field.covered())
    }

    fn cost(&self) -> u64 {
        self.posts.iter().map(|p| self.menu.cost(*p)).sum()
    }

    fn point(&self) -> Point {
        Point { technicians: self.posts.len(), share_ppm: self.field.share().unwrap_or(0) }
    }

    /// Adds one after the other until the target is reached, then some more for the curve, and takes those back.
    fn climb(&mut self, told: &(dyn Fn(usize) -> bool + Sync)) -> (Vec<Point>, Vec<Field>, Vec<Post>) {
        let (mut curve, mut marks) = (vec![self.point()], vec![self.field.clone()]);
        let mut bests = self.bests(self.field.ground().all());
        let mut enough = None;
        while self.posts.len() < self.want.most && told(self.posts.len()) {
            let done = self.short() == 0 && self.heads.short(&self.want.heads) == 0;
            if done && enough.is_none() {
                enough = Some((self.posts.len(), self.field.clone(), self.heads.clone()));
            }
            if enough.as_ref().is_some_and(|(n, ..)| self.posts.len() >= n + n * self.want.beyond / 100) {
                break;
            }
            let short = if self.short() == 0 { Amount::MAX } else { self.short() };
            let pick = match self.short() == 0 && !done {
                true => self.most_wanted(),
                false => self.lazily(&mut bests, short).map(|best| best.pick),
            };
            let Some(pick) = pick else { break };
            self.come(pick);
            self.posts.push(pick);
            curve.push(self.point());
            if self.posts.len().is_power_of_two() || self.posts.len().is_multiple_of(16) {
                marks.push(self.field.clone());
            }
        }
        let order = self.posts.clone();
        if let Some((n, field, heads)) = enough {
            self.posts.truncate(n);
            (self.field, self.heads) = (field, heads);
        }
        (curve, marks, order)
    }

    fn come(&mut self, pick: Pick) {
        let unit = self.menu.unit(pick);
        self.heads.shift(self.field.ground().hours(), &unit, 1);
        self.field.add(&unit);
    }

    fn go(&mut self, pick: Pick) {
        let unit = self.menu.unit(pick);
        self.heads.shift(self.field.ground().hours(), &unit, -1);
        self.field.remove(&unit);
    }

    /// Who fills the first hour at which people are short: the shift that goes on longest from there, as covers
    /// stretches of hours with the fewest shifts, with the certificates that are wanted most for their cost, at the
    /// place where they cover most.
    fn most_wanted(&self) -> Option<Pick> {
        let hours = self.field.ground().hours();
        let wanted = &self.want.heads;
        let lacks = |at: &usize| self.heads.0[*at].iter().zip(&wanted.0[*at]).any(|(have, want)| have < want);
        let first = (0..hours.len()).find(lacks)?;
        let mut best: Option<(Pick, u32, u32)> = None;
        for pattern in 0..self.menu.patterns.len() {
            let on = self.menu.patterns[pattern].hours;
            let long = hours[first..].iter().take_while(|h| on >> **h & 1 == 1).count() as u32;
            for profile in 0..self.menu.profiles.len() {
                let pick = Pick { place: 0, pattern, profile };
                let (unit, cost) = (self.menu.unit(pick), self.menu.cost(pick));
                let here = Unit { hours: 1 << hours[first], ..unit };
                let helps = self.heads.helps(wanted, hours, &unit);
                let beats = |(b, had, went): &(Pick, u32, u32)| {
                    long > *went
                        || long == *went && better(helps.into(), cost, (*had).into(), self.menu.cost(*b))
                };
                let fills = long > 0 && self.heads.helps(wanted, hours, &here) > 0;
                if fills && best.as_ref().is_none_or(beats) {
                    best = Some((pick, helps, long));
                }
            }
        }
        let (pick, ..) = best?;
        let at = |place: usize| Pick { place, ..pick };
        let gain = |place: usize| (self.field.gain(&self.menu.unit(at(place))), std::cmp::Reverse(place));
        (0..self.menu.places.len()).into_par_iter().map(gain).max().map(|(_, place)| at(place.0))
    }

    /// The pick that gives most for its cost, of gains up to `short`.
    fn lazily(&self, bests: &mut [Option<Best>], short: Amount) -> Option<Best> {
        let now = self.posts.len();
        loop {
            let mut top: Option<(usize, Best)> = None;
            for (place, best) in bests.iter().enumerate() {
                let Some(best) = best else { continue };
                let beaten = top.is_some_and(|(_, t)| {
                    !better(best.gain.min(short), best.cost, t.gain.min(short), t.cost)
                });
                if !beaten {
                    top = Some((place, *best));
                }
            }
            let (place, best) = top?;
            if best.at == now {
                return Some(best);
            }
            bests[place] = self.best_at(place, short);
        }
    }

    fn bests(&self, short: Amount) -> Vec<Option<Best>> {
        (0..self.menu.places.len()).into_par_iter().map(|place| self.best_at(place, short)).collect()
    }

    /// The best pick at a place, for gains up to `short`.
    fn best_at(&self, place: usize, short: Amount) -> Option<Best> {
        let ground = self.field.ground();
        let gains = gains(&self.field, self.menu.places[place]);
        let mut best: Option<Best> = None;
        sums(self.menu, (ground.hours(), ground.classes()), &gains, |pattern, profile, gain| {
            let pick = Pick { place, pattern, profile };
            let cost = self.menu.cost(pick);
            let beats = |b: &Best| better(gain.min(short), cost, b.gain.min(short), b.cost);
            if gain > 0 && best.as_ref().is_none_or(beats) {
                best = Some(Best { pick, gain, cost, at: self.posts.len() });
            }
        });
        best
    }

    /// The places nearest to each, itself first.
    fn near(&self) -> Vec<Vec<usize>> {
        let reach = &self.field.ground().layers()[0].reach;
        let places = &self.menu.places;
        let of = |from: &u16| {
            let far = |to: usize| reach.travel(*from, places[to]).map_or(i64::MAX, |t| t.0);
            let mut all: Vec<usize> = (0..places.len()).collect();
            all.sort_by_key(|to| (places[*to] != *from, far(*to)));
            all.truncate(NEAR);
            all
        };
        places.iter().map(of).collect()
    }

    /// Sends home whom nobody misses; puts others where they cover more or cost less.
    fn exchange(&mut self, told: &(dyn Fn(usize) -> bool + Sync)) {
        let near = self.near();
        for _ in 0..ROUNDS {
            let mut changed = false;
            let mut at = 0;
            while at < self.posts.len() && told(self.posts.len()) {
                let post = self.posts[at];
                self.go(post);
                let short = self.short();
                if short == 0 && self.heads.short(&self.want.heads) == 0 {
                    self.posts.remove(at);
                    changed = true;
                    continue;
                }
                let other = self.instead(post, &near[post.place], short);
                self.come(other);
                changed |= other != post;
                self.posts[at] = other;
                at += 1;
            }
            if !changed {
                break;
            }
        }
    }

    /// Who else could stand in for a post that was taken out: the cheapest who makes good what is short, among those
    /// who cost the same the one who covers most.
    fn instead(&self, post: Post, near: &[usize], short: Amount) -> Post {
        let ground = self.field.ground();
        let own = self.field.gain(&self.menu.unit(post));
        let wanted = self.heads.short(&self.want.heads);
        // by shift and certificates: whether nobody is short then
        let fills: Vec<Vec<bool>> = (0..self.menu.patterns.len())
            .map(|pattern| {
                let fills = |profile| {
                    let unit = self.menu.unit(Pick { place: 0, pattern, profile });
                    self.heads.helps(&self.want.heads, ground.hours(), &unit) == wanted
                };
                (0..self.menu.profiles.len()).map(fills).collect()
            })
            .collect();
        let of_place = |place: usize| {
            let gains = gains(&self.field, self.menu.places[place]);
            let mut best = (std::cmp::Reverse(self.menu.cost(post)), own, std::cmp::Reverse(post));
            sums(self.menu, (ground.hours(), ground.classes()), &gains, |pattern, profile, gain| {
                let pick = Pick { place, pattern, profile };
                if gain >= short && fills[pattern][profile] {
                    let this = (std::cmp::Reverse(self.menu.cost(pick)), gain, std::cmp::Reverse(pick));
                    best = best.max(this);
                }
            });
            best
        };
        let best = near.par_iter().map(|place| of_place(*place)).max();
        best.map_or(post, |(_, _, std::cmp::Reverse(pick))| pick)
    }
}

/// What somebody with everything adds at a place, layer by layer.
pub fn gains(field: &Field, cell: u16) -> Vec<Amount> {
    let ground = field.ground();
    let unit = Unit::whole(cell);
    (0..ground.layers().len()).map(|layer| field.gain_in(&unit, layer)).collect()
}
