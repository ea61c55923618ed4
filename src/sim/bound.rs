//! How many jobs anybody could begin in time: an upper bound by a flow, valid whatever the policy.
//!
//! Take any day as it was lived, and its jobs that were begun by their time. Such a job was worked on by one
//! technician who holds what it takes, from a moment that is neither before its call nor before its promised
//! window, and for as long as the work truly takes (it is drawn with the world, and the same under every
//! policy; where technicians differ in pace, as long as the quickest takes); a technician works on one job at a
//! time. Drop everything else: ways between jobs, parts, breaks, that one and the same technician does the whole of
//! a job, that work is not interrupted, and that a job begun in part does not count in part. What is left is a flow
//! of working seconds from jobs through half hours of technicians
//! with equal certificates and hours, and a job of `p` seconds that gets `f` of them counts `f / p`. Every lived
//! day is such a flow in which each job begun in time counts 1, so the greatest flow counts at least as many.
//!
//! Costs stand at the jobs' edges alone (1 / p a second), and what jobs can get together is a polymatroid: filling
//! jobs in order of rising `p`, each as far as augmenting paths go, is the flow of least cost (Edmonds 1970).
//!
//! Three things that lived days can do are granted in full. Work that begins within a shift's allowance and the way
//! to it ends after the shift: technicians count for [`TAIL`] longer, and of a job no more than [`COUNTED`] counts,
//! so a job left for by the end of the allowance has its share inside as long as the way takes less than the rest
//! of the tail. A customer who does not open is begun on a later visit, whose length is another draw: such a job
//! takes no time here. Who falls ill breaks work off: one job for each.

use super::world::{Blow, World};
use crate::board::catalog::Requirement;
use crate::board::decide::resolve;
use crate::board::fleet::Technician;
use crate::units::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// How long after the end of a shift technicians count as at work.
const TAIL: Span = Span::hours(4);
/// So much of a job counts at most.
const COUNTED: Span = Span::hours(2);
/// Time is cut into so much.
const SLOT: i64 = 1800;

/// Technicians who are alike: how many seconds of work they have in each slot.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// By slot.
    pub seconds: Vec<i64>,
}

/// A job with a time to be begun by.
#[derive(Clone, Debug)]
pub struct Due {
    /// Work may begin from here, in seconds since the first slot.
    pub from: i64,
    /// It is in time where it begins by then.
    pub by: i64,
    /// How long it takes, as far as it counts; 0 takes nothing.
    pub work: i64,
    /// Which classes may do it.
    pub able: Vec<usize>,
}

/// The bound for a world: jobs with a time to be begun by, and how many of them can be, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Jobs with a target or a promise that nobody calls off.
    pub due: usize,
    /// No policy begins more of them in time.
    pub most: usize,
}

impl Bound {
    /// Percent of the jobs due that begin late where so many are in time; 0 where none is due.
    pub fn late(&self, in_time: usize) -> f64 {
        if self.due == 0 { 0.0 } else { 100.0 * (1.0 - in_time as f64 / self.due as f64) }
    }
}

/// The bound for a world.
pub fn bound(world: &World) -> Bound {
    let (classes, due) = laid_out(world);
    let ill = world.blows.iter().filter(|(_, blow)| matches!(blow, Blow::Ill(_))).count();
    Bound { due: due.len(), most: (most(&classes, &due) + ill).min(due.len()) }
}

fn laid_out(world: &World) -> (Vec<Class>, Vec<Due>) {
    let opens = world.opens;
    let ends = world.board.technicians.values().flat_map(|t| &t.shifts).map(|s| s.window.end + TAIL);
    let slots = ends.max().map_or(0, |end| (end - opens).0 / SLOT + 1) as usize;
    let mut kinds: Vec<(&Technician, Class)> = Vec::new();
    for id in &world.present {
        let technician = &world.board.technicians[id];
        let alike = |t: &Technician| t.certifications == technician.certifications;
        let at = kinds.iter().position(|(t, _)| alike(t)).unwrap_or_else(|| {
            kinds.push((technician, Class { seconds: vec![0; slots] }));
            kinds.len() - 1
        });
        for shift in &technician.shifts {
            let (from, until) = ((shift.window.start - opens).0, (shift.window.end + TAIL - opens).0);
            let share = if crate::units::planted::is("bound-short") { 8 } else { 1 };
            each_slot(from, until, |slot, seconds| kinds[at].1.seconds[slot] += seconds / share);
        }
    }
    let able = |needs: &[Requirement]| -> Vec<usize> {
        let fits = |t: &Technician| needs.iter().all(|r| t.holds(r));
        kinds.iter().enumerate().filter(|(_, (t, _))| fits(t)).map(|(n, _)| n).collect()
    };
    let quickest = world.present.iter().map(|t| world.pace(t)).fold(1.0, f64::min);
    let mut due = Vec::new();
    for call in world.calls.iter().filter(|c| c.cancelled.is_none()) {
        let need = &call.job.need;
        let demand = resolve(&world.board, need, call.at).expect("a drawn need is sound");
        let Some(by) = need.promised.map(|w| w.end).or(demand.respond_by) else { continue };
        let mut from = need.promised.map_or(call.at, |w| w.start.max(call.at));
        let mut by = by;
        if let Some((_, window)) = call.moved {
            // in the window that was, or in the one that was asked for
            (from, by) = (from.min(window.start), by.max(window.end));
        }
        let quick = (call.service.0 as f64 * quickest).floor() as i64;
        let work = if call.absent { 0 } else { quick.min(COUNTED.0) };
        let since = |t: Time| (t - opens).0;
        due.push(Due { from: since(from), by: since(by), work, able: able(&demand.requirements) });
    }
    (kinds.into_iter().map(|(_, class)| class).collect(), due)
}

/// Calls with each slot of an interval and the seconds of it that lie there.
fn each_slot(from: i64, until: i64, mut told: impl FnMut(usize, i64)) {
    let mut at = from.max(0);
    while at < until {
        let next = ((at / SLOT + 1) * SLOT).min(until);
        told((at / SLOT) as usize, next - at);
        at = next;
    }
}

/// How many of `due` can be begun in time, at most.
pub fn most(classes: &[Class], due: &[Due]) -> usize {
    let mut flow = Flow::of(classes);
    let mut order: Vec<&Due> = due.iter().collect();
    order.sort_by_key(|d| d.work);
    let mut counted = 0.0;
    for job in order {
        if job.work == 0 {
            let mut any = false;
            each_slot(job.from, job.by + SLOT, |slot, _| {
                any |= job.able.iter().any(|c| classes[*c].seconds.get(slot).is_some_and(|s| *s > 0));
            });
            counted += f64::from(u8::from(any));
        } else if job.by >= job.from {
            counted += flow.fill(job) as f64 / job.work as f64;
        }
    }
    // sums of fractions are off by less than this
    (counted + 1e-6) as usize
}

/// By node: the edge of which job it was reached by.
type Came = BTreeMap<usize, (u32, u32)>;
/// By job: the node that it was reached from; none for the first.
type Seen = BTreeMap<u32, Option<usize>>;

/// An edge from a job to a slot of a class.
#[derive(Clone, Copy, Debug)]
struct Edge {
    node: usize,
    room: i64,
    flow: i64,
}

/// Seconds that jobs have, and what is left.
struct Flow {
    slots: usize,
    left: Vec<i64>,
    jobs: Vec<Vec<Edge>>,
    /// Jobs that have an edge to a node, and which.
    users: Vec<Vec<(u32, u32)>>,
    /// Nodes from which nothing is left to be reached, for good.
    dead: Vec<bool>,
}

impl Flow {
    fn of(classes: &[Class]) -> Flow {
        let slots = classes.first().map_or(0, |c| c.seconds.len());
        let left: Vec<i64> = classes.iter().flat_map(|c| c.seconds.iter().copied()).collect();
        let nodes = left.len();
        Flow { slots, left, jobs: Vec::new(), users: vec![Vec::new(); nodes], dead: vec![false; nodes] }
    }

    /// Gives a new job as much of its work as it can get without taking any from those before; how much.
    fn fill(&mut self, job: &Due) -> i64 {
        let (number, slots) = (self.jobs.len() as u32, self.slots);
        let mut edges: Vec<Edge> = Vec::new();
        each_slot(job.from, job.by + job.work, |slot, room| {
            if slot < slots {
                edges.extend(job.able.iter().map(|c| Edge { node: c * slots + slot, room, flow: 0 }));
            }
        });
        for (n, edge) in edges.iter().enumerate() {
            self.users[edge.node].push((number, n as u32));
        }
        self.jobs.push(edges);
        let mut got = 0;
        while got < job.work {
            match self.augment(number, job.work - got) {
                0 => break,
                more => got += more,
            }
        }
        got
    }

    /// One shortest augmenting path from a job; how much it carries.
    fn augment(&mut self, job: u32, wanted: i64) -> i64 {
        // how a node was reached: by which edge of which job
        let mut came = Came::new();
        let mut seen = Seen::from([(job, None)]);
        let mut open = VecDeque::from([job]);
        let mut found = None;
        'search: while let Some(here) = open.pop_front() {
            for (n, edge) in self.jobs[here as usize].iter().enumerate() {
                if edge.flow >= edge.room || self.dead[edge.node] || came.contains_key(&edge.node) {
                    continue;
                }
                came.insert(edge.node, (here, n as u32));
                if self.left[edge.node] > 0 {
                    found = Some(edge.node);
                    break 'search;
                }
                for (other, back) in &self.users[edge.node] {
                    if self.jobs[*other as usize][*back as usize].flow > 0 && !seen.contains_key(other) {
                        seen.insert(*other, Some(edge.node));
                        open.push_back(*other);
                    }
                }
            }
        }
        let Some(end) = found else {
            // all that was reached is full, and stays so: nothing that is given is ever taken back on balance
            came.keys().for_each(|node| self.dead[*node] = true);
            return 0;
        };
        self.push(job, wanted, end, (&came, &seen))
    }

    fn push(&mut self, job: u32, wanted: i64, end: usize, (came, seen): (&Came, &Seen)) -> i64 {
        let mut path: Vec<((u32, u32), i64)> = Vec::new();
        let mut most = wanted.min(self.left[end]);
        let mut node = end;
        loop {
            let (by, edge) = came[&node];
            let at = self.jobs[by as usize][edge as usize];
            most = most.min(at.room - at.flow);
            path.push(((by, edge), 1));
            if by == job {
                break;
            }
            let before = seen[&by].expect("only the first job was reached from nowhere");
            let given = self.jobs[by as usize].iter().position(|e| e.node == before).expect("it is there");
            most = most.min(self.jobs[by as usize][given].flow);
            path.push(((by, given as u32), -1));
            node = before;
        }
        for ((by, edge), sign) in path {
            self.jobs[by as usize][edge as usize].flow += sign * most;
        }
        self.left[end] -= most;
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::chance::Chance;

    /// Each technician a class; a day of six hours.
    fn drawn(case: i64) -> (Vec<Class>, Vec<Due>) {
        let chance = Chance::new(case as u64);
        let people = chance.between("crew", "n", 1, 4) as usize;
        let class = |n: usize| {
            let from = chance.between(&format!("t{n}"), "from", 0, 6);
            let seconds = (0..12).map(|s| if s >= from && s < from + 6 { SLOT } else { 0 }).collect();
            Class { seconds }
        };
        let job = |n: usize| {
            let id = format!("j{n}");
            let from = chance.between(&id, "from", 0, 18_000);
            let able = (0..people).filter(|t| chance.hits(&id, &t.to_string(), 0.7)).collect();
            let by = from + chance.between(&id, "slack", 0, 5_000);
            Due { from, by, work: chance.between(&id, "work", 600, 7_000), able }
        };
        ((0..people).map(class).collect(), (0..6).map(job).collect())
    }

    /// The most by trying every technician for every job, and every order.
    fn brute(classes: &[Class], due: &[Due], free: &mut [i64], done: u32) -> usize {
        let mut best = 0;
        for (n, job) in due.iter().enumerate().filter(|(n, _)| done & (1 << n) == 0) {
            for t in &job.able {
                let hours = &classes[*t].seconds;
                let opens = hours.iter().position(|s| *s > 0).unwrap() as i64 * SLOT;
                let closes = (hours.iter().rposition(|s| *s > 0).unwrap() as i64 + 1) * SLOT;
                let start = free[*t].max(job.from).max(opens);
                if start <= job.by && start + job.work <= closes {
                    let had = std::mem::replace(&mut free[*t], start + job.work);
                    best = best.max(1 + brute(classes, due, free, done | 1 << n));
                    free[*t] = had;
                }
            }
        }
        best
    }

    #[test]
    fn nobody_does_better_and_it_is_not_empty_talk() {
        let (mut tight, mut below) = (0, 0);
        for case in 0..150 {
            let (classes, due) = drawn(case);
            let best = brute(&classes, &due, &mut vec![0; classes.len()], 0);
            let bound = most(&classes, &due);
            assert!(bound >= best, "case {case}: {best} can be done, {bound} are said");
            tight += usize::from(bound == best);
            below += usize::from(bound < due.len());
        }
        assert!(tight > 30 && below > 50, "{tight} tight, {below} below all");
    }

    #[test]
    fn a_flow_takes_back_what_another_can_have_elsewhere() {
        // the first job fills the only class that the second can use, unless it gives way
        let classes = vec![Class { seconds: vec![SLOT] }, Class { seconds: vec![SLOT] }];
        let job = |able: &[usize], work| Due { from: 0, by: 0, work, able: able.to_vec() };
        assert_eq!(most(&classes, &[job(&[0, 1], 1_700), job(&[0], 1_800)]), 2);
        assert_eq!(most(&classes, &[job(&[0], 1_700), job(&[0], 1_800)]), 1);
    }
}
