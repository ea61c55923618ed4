//! What falls due by itself, one timer a step.

use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Stop};
use crate::board::id::TechnicianId;
use crate::board::job::Commitment;
use crate::board::progress::Whereabouts;
use crate::board::refusal::Refusal;
use crate::board::timer::Timer;
use crate::board::{Board, Legs};
use crate::units::{Span, Time};

/// By how much a plan is put off at first when a report is overdue; then twice as much each time, up to [`LONGEST`].
const FIRST: Span = Span::minutes(2);
/// The longest it is put off at a time.
const LONGEST: Span = Span::minutes(15);
/// Thousandths of its planned time that overdue work is still expected to take. Where times are lognormal with a spread
/// of a half of their mean, what is left beyond any time from once to three times the mean is 0.45 to 0.53 of it.
const STILL: i64 = 460;
/// Who has not been heard of for so long is taken to follow the plan again.
const SILENT: Span = Span::hours(4);

impl Board {
    pub(super) fn wake(&self, now: Time, legs: &dyn Legs) -> Result<Step, Refusal> {
        let due = self.timers.first().filter(|(due, _)| *due <= now);
        let Some((_, timer)) = due else { return Ok(Step::default()) };
        match timer {
            Timer::Overdue(technician) => Ok(self.put_off(now, technician, legs)),
            Timer::Hold(job) => self.end_hold(now, job, legs),
            Timer::Clock(job) => Ok(self.ring(now, job)),
            Timer::Delivery(id) => Ok(self.deliver(id)),
            Timer::Offer(job) => Ok(self.offer_timed_out(now, job, legs)),
            Timer::Move(technician) => Ok(self.move_due(now, technician)),
            Timer::Moves => Ok(self.seek_moves(now, None, legs)),
            Timer::Retry(job) => Ok(Step {
                events: vec![Event::JobRetried { job: job.clone() }],
                owed: vec![(job.clone(), Cause::Retried)],
            }),
        }
    }

    /// Nobody has said that what was due by plan has happened: it happens later, and so does what follows it.
    fn put_off(&self, now: Time, id: &TechnicianId, legs: &dyn Legs) -> Step {
        let (known, technician) = (&self.whereabouts[id], &self.technicians[id]);
        let shift = self.shift_or_left(technician, known.shift);
        let Some(shift) = shift.filter(|_| now - known.heard < SILENT) else {
            let technician = id.clone();
            let events = vec![Event::WhereaboutsSet { technician, whereabouts: None }];
            return Step { events, owed: Vec::new() };
        };
        let duty = self.on_duty(now, now, technician, shift, legs);
        let mut slid = Span(known.slid.0 * 2).max(FIRST).min(LONGEST);
        let mut step = Step::default();
        let mut was = Whereabouts { slid, ..known.clone() };
        let mut left = duty.left(&mut step, &mut was);
        match left.front.last_mut() {
            Some(stop) if stop.arrive <= now && self.overdue_arrival(&stop.errand) => {
                let takes = stop.end - stop.start;
                stop.arrive = now + slid;
                stop.seconds = u32::try_from((stop.arrive - stop.depart).0).unwrap_or(u32::MAX);
                stop.start = stop.start.max(stop.arrive);
                stop.end = stop.start + takes;
            }
            Some(stop) => {
                if let Some(longer) = self.still_to_go(stop, known.slid) {
                    slid = longer;
                    was.slid = longer;
                }
                stop.end = now + slid;
            }
            None => was.free = now + slid,
        }
        duty.resume(left, was, &mut step);
        step
    }

    /// How long work that is overdue still takes, where nobody has said how long: [`STILL`] of what it was planned for.
    fn still_to_go(&self, stop: &Stop, slid: Span) -> Option<Span> {
        let Errand::Visit(job) = &stop.errand else { return None };
        let planned = self.jobs[job].demand.service;
        let still = still(planned);
        (!is_said(planned, stop, slid) && still > FIRST).then_some(still)
    }

    fn overdue_arrival(&self, errand: &Errand) -> bool {
        let Errand::Visit(job) = errand else { return false };
        self.jobs[job].visit.as_ref().is_some_and(|v| v.commitment == Commitment::EnRoute)
    }
}

fn still(planned: Span) -> Span {
    Span(planned.0 * STILL / 1000)
}

/// Whether the end of work is somebody's word: neither so long after its start as was planned, nor put off as overdue
/// work is. `slid` is by how much the plan was last put off.
pub fn is_said(planned: Span, stop: &Stop, slid: Span) -> bool {
    stop.end != stop.start + planned && slid < still(planned)
}
