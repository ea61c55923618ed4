//! The commands of a day beside new jobs: windows sold, promises, offers, what technicians report, work by hand.
//!
//! Each is due at its moment. A little before, what it is about is chosen and read, as a dispatcher looks before acting;
//! what has changed under it by then the server answers with a no, which is counted as that.

use super::drive::Shared;
use crate::city::chance::Chance;
use crate::demo::call_centre::CallCentre;
use crate::demo::names::{minutes, seconds, span};
use crate::wire::v1;
use crate::wire::v1::report_progress_request::Report;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tonic::{Response, Status};

/// How long before its moment what a command is about is chosen and read.
const LEAD: Duration = Duration::from_millis(200);
/// How far from its moment by plan a technician leaves, in seconds.
const ABOUT: i64 = 600;
/// How many technicians are looked at to find one who is to leave now.
const LEAVERS: u32 = 4;
/// Windows of one search that are held or agreed on afterwards.
const TAKEN: usize = 2;

/// A command. Its name is the method's, with what is reported where that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Search,
    Hold,
    Confirm,
    Reschedule,
    Correct,
    Cancel,
    Lock,
    Unlock,
    Assign,
    Unassign,
    Accept,
    Decline,
    Depart,
    Arrive,
    Finish,
    GiveUp,
    Fall,
}

/// How often each is due, in parts of the sum, and what it is called.
const MIX: [(Deed, u32, &str); 17] = [
    (Deed::Search, 8, "SearchSlots"),
    (Deed::Hold, 7, "HoldSlot"),
    (Deed::Confirm, 14, "ConfirmJob"),
    (Deed::Reschedule, 5, "RescheduleJob"),
    (Deed::Correct, 4, "UpdateJob"),
    (Deed::Cancel, 4, "CancelJob"),
    (Deed::Lock, 5, "LockVisit"),
    (Deed::Unlock, 3, "UnlockVisit"),
    (Deed::Assign, 4, "AssignJob"),
    (Deed::Unassign, 3, "UnassignJob"),
    (Deed::Accept, 8, "AcceptOffer"),
    (Deed::Decline, 3, "DeclineOffer"),
    (Deed::Depart, 12, "ReportProgress departed"),
    (Deed::Arrive, 10, "ReportProgress arrived"),
    (Deed::Finish, 8, "ReportProgress finished"),
    (Deed::GiveUp, 1, "ReportProgress cannot complete"),
    (Deed::Fall, 1, "ReportProgress absent"),
];

/// How far a job has come, as the load knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It has a visit.
    Planned,
    /// Its visit is put to its technician.
    Offered,
    /// A window is kept for it.
    Held,
    /// Its visit is locked.
    Locked,
    /// Somebody is on the way to it.
    UnderWay,
    /// Somebody is there.
    There,
}

/// What commands can be about: names of jobs by how far they are, and windows on offer.
#[derive(Debug, Default)]
pub struct Pool {
    jobs: BTreeMap<Stage, Vec<String>>,
    slots: Vec<(String, v1::Need, v1::Window)>,
    /// Technicians on the way or at work.
    busy: BTreeSet<String>,
}

impl Pool {
    /// A job has come so far.
    pub fn put(&mut self, stage: Stage, job: String) {
        self.jobs.entry(stage).or_default().push(job);
    }

    fn take(&mut self, stage: Stage, draw: u64) -> Option<String> {
        let jobs = self.jobs.get_mut(&stage).filter(|jobs| !jobs.is_empty())?;
        Some(jobs.swap_remove(draw as usize % jobs.len()))
    }

    /// What a command is about: the job, and the window where it takes one.
    fn subject(&mut self, deed: Deed, draw: u64) -> Option<(String, Option<(v1::Need, v1::Window)>)> {
        let stages: &[Stage] = match deed {
            Deed::Search => return None,
            Deed::Hold => {
                let (region, need, window) = self.slots.pop()?;
                return Some((region, Some((need, window))));
            }
            Deed::Reschedule => {
                let job = self.take(Stage::Planned, draw)?;
                let Some(at) = self.slots.iter().position(|(region, ..)| job.starts_with(region)) else {
                    self.put(Stage::Planned, job);
                    return None;
                };
                let (_, need, window) = self.slots.swap_remove(at);
                return Some((job, Some((need, window))));
            }
            Deed::Confirm => &[Stage::Held, Stage::Planned],
            Deed::Depart => return None,
            Deed::Correct | Deed::Cancel | Deed::Lock | Deed::Assign | Deed::Fall => &[Stage::Planned],
            Deed::Unlock | Deed::Unassign => &[Stage::Locked],
            Deed::Accept | Deed::Decline => &[Stage::Offered],
            Deed::Arrive => &[Stage::UnderWay],
            Deed::Finish | Deed::GiveUp => &[Stage::There],
        };
        stages.iter().find_map(|stage| self.take(*stage, draw)).map(|job| (job, None))
    }
}

/// Sends all commands at their moments; hands back those under way.
pub fn commands(
    moments: Vec<f64>,
    needs: Vec<(String, v1::Need)>,
    seed: u64,
    lines: &[CallCentre],
    shared: &Arc<Shared>,
) -> JoinHandle<Vec<JoinHandle<()>>> {
    let (lines, shared, chance) = (lines.to_vec(), shared.clone(), Chance::new(seed));
    tokio::spawn(async move {
        let mut under_way = Vec::with_capacity(moments.len());
        for (n, after) in moments.into_iter().enumerate() {
            let meant = shared.moment(after);
            sleep_until(meant.checked_sub(LEAD).unwrap_or(meant)).await;
            let (line, shared) = (lines[n % lines.len()].clone(), shared.clone());
            let draw = chance.draw(&n.to_string(), "subject");
            let need = needs.get(n % needs.len().max(1)).cloned();
            let drawn = chance.weigh(&n.to_string(), "deed", &MIX, |(_, weight, _)| f64::from(*weight));
            let turn = Turn { line, shared, meant, draw };
            under_way.push(tokio::spawn(async move { turn.play(MIX[drawn].0, need).await }));
        }
        under_way
    })
}

/// One command at its moment.
struct Turn {
    line: CallCentre,
    shared: Arc<Shared>,
    meant: Instant,
    draw: u64,
}

/// What was read of a job.
struct Read {
    job: v1::Job,
    technician: String,
}

impl Turn {
    /// The command drawn; where there is nothing that it could be about, a confirmation instead.
    async fn play(mut self, deed: Deed, need: Option<(String, v1::Need)>) {
        if deed == Deed::Search {
            if let Some((parent, need)) = need {
                self.search(parent, need).await;
            }
            return;
        }
        if deed == Deed::Depart
            && let Some(read) = self.leaving().await
        {
            let name = read.job.name.clone();
            let next = self.report(deed, read).await;
            return next.into_iter().for_each(|stage| self.shared.pool.lock().put(stage, name.clone()));
        }
        let chosen = {
            let mut pool = self.shared.pool.lock();
            let first = pool.subject(deed, self.draw).map(|subject| (deed, subject));
            first.or_else(|| Some((Deed::Confirm, pool.subject(Deed::Confirm, self.draw)?)))
        };
        let Some((deed, (name, slot))) = chosen else { return };
        match slot {
            Some((need, window)) if deed == Deed::Hold => self.hold(name, need, window).await,
            slot => {
                // a job that has lost its visit is none to act on
                let Some(read) = self.read(&name).await else { return };
                self.act(deed, read, slot.map(|(_, window)| window)).await;
            }
        }
    }

    async fn search(&mut self, parent: String, need: v1::Need) {
        let request =
            v1::SearchSlotsRequest { parent: parent.clone(), need: Some(need.clone()), ..Default::default() };
        let call = self.line.booking.search_slots(request);
        let Some(answer) = sent(&self.shared, Deed::Search, self.meant, call).await else { return };
        let windows = answer.slots.into_iter().filter_map(|s| s.window).take(TAKEN);
        self.shared.pool.lock().slots.extend(windows.map(|w| (parent.clone(), need.clone(), w)));
    }

    async fn hold(&mut self, parent: String, need: v1::Need, window: v1::Window) {
        let job = Some(v1::Job { need: Some(need), ..Default::default() });
        let request = v1::HoldSlotRequest { parent, job, window: Some(window), ..Default::default() };
        let call = self.line.booking.hold_slot(request);
        if let Some(held) = sent(&self.shared, Deed::Hold, self.meant, call).await.and_then(|a| a.job) {
            self.shared.pool.lock().put(Stage::Held, held.name);
        }
    }

    /// Somebody whose plan says to leave about now, with the visit that is next.
    async fn leaving(&mut self) -> Option<Read> {
        for n in 0..LEAVERS {
            let job = self.shared.pool.lock().take(Stage::Planned, self.draw.rotate_left(7 * n))?;
            let read = self.read(&job).await;
            self.shared.pool.lock().put(Stage::Planned, job);
            let Some(Read { technician, .. }) = read else { continue };
            let request = v1::GetTechnicianRoutesRequest { name: technician.clone() };
            let routes = self.line.fleet.get_technician_routes(request).await.ok()?.into_inner().routes;
            let now = self.shared.time(self.meant);
            let next = routes.iter().flat_map(|r| &r.stops).find(|s| seconds(&s.end_time) > now);
            let leaves = |s: &v1::RouteStop| seconds(&s.arrive_time) - span(&s.travel_duration) as i64;
            let next = next.filter(|s| !s.visit.is_empty() && (leaves(s) - now).abs() < ABOUT);
            if let Some(stop) = next {
                let job = v1::Job { name: stop.job.clone(), visit: stop.visit.clone(), ..Default::default() };
                return Some(Read { job, technician });
            }
        }
        None
    }

    async fn read(&mut self, name: &str) -> Option<Read> {
        let job =
            self.line.dispatch.get_job(v1::GetJobRequest { name: name.to_owned() }).await.ok()?.into_inner();
        let visit = v1::GetVisitRequest { name: job.visit.clone() };
        let visit = self.line.dispatch.get_visit(visit).await.ok()?.into_inner();
        Some(Read { job, technician: visit.technician })
    }

    /// Sends the command; the job goes on to where it leads.
    async fn act(&mut self, deed: Deed, read: Read, window: Option<v1::Window>) {
        let name = read.job.name.clone();
        let next = match deed {
            Deed::Search | Deed::Hold => None,
            Deed::Confirm | Deed::Reschedule | Deed::Correct | Deed::Cancel => {
                self.book(deed, read, window).await
            }
            Deed::Lock | Deed::Unlock | Deed::Assign | Deed::Unassign => self.by_hand(deed, read).await,
            Deed::Accept | Deed::Decline => self.answer(deed, read).await,
            Deed::Depart | Deed::Arrive | Deed::Finish | Deed::GiveUp | Deed::Fall => {
                self.report(deed, read).await
            }
        };
        next.into_iter().for_each(|stage| self.shared.pool.lock().put(stage, name.clone()));
    }

    async fn book(&mut self, deed: Deed, read: Read, window: Option<v1::Window>) -> Option<Stage> {
        let (shared, meant, name) = (&self.shared, self.meant, read.job.name.clone());
        match deed {
            Deed::Confirm => {
                let request = v1::ConfirmJobRequest { name, ..Default::default() };
                sent(shared, deed, meant, self.line.booking.confirm_job(request)).await?;
            }
            Deed::Reschedule => {
                let request = v1::RescheduleJobRequest { name, window, ..Default::default() };
                sent(shared, deed, meant, self.line.booking.reschedule_job(request)).await;
            }
            Deed::Correct => {
                let need = read.job.need.map(|n| v1::Need { service_duration: Some(minutes(50)), ..n });
                let job = Some(v1::Job { name, need, ..Default::default() });
                let update_mask =
                    Some(prost_types::FieldMask { paths: vec!["need.service_duration".into()] });
                let request = v1::UpdateJobRequest { job, update_mask, ..Default::default() };
                sent(shared, deed, meant, self.line.dispatch.update_job(request)).await;
            }
            _ => {
                let reason = "the customer called it off".to_owned();
                let request = v1::CancelJobRequest { name, reason, ..Default::default() };
                sent(shared, deed, meant, self.line.dispatch.cancel_job(request)).await;
                return None;
            }
        }
        Some(Stage::Planned)
    }

    async fn by_hand(&mut self, deed: Deed, read: Read) -> Option<Stage> {
        let (shared, meant, job) = (self.shared.clone(), self.meant, read.job.name.clone());
        match deed {
            Deed::Lock => {
                let request = v1::LockVisitRequest { name: read.job.visit, ..Default::default() };
                sent(&shared, deed, meant, self.line.dispatch.lock_visit(request)).await?;
                Some(Stage::Locked)
            }
            Deed::Unlock => {
                let request = v1::UnlockVisitRequest { name: read.job.visit, ..Default::default() };
                sent(&shared, deed, meant, self.line.dispatch.unlock_visit(request)).await?;
                Some(Stage::Planned)
            }
            Deed::Assign => {
                // to whoever does another job that is known: now and then one who may not do this one
                let other = self.shared.pool.lock().take(Stage::Planned, self.draw.rotate_left(17))?;
                let region = job.split("/jobs/").next().unwrap_or_default();
                let near = self.read(&other).await;
                self.shared.pool.lock().put(Stage::Planned, other);
                let technician = near.map(|o| o.technician).filter(|t| t.starts_with(region))?;
                let request = v1::AssignJobRequest { job, technician, ..Default::default() };
                sent(&shared, deed, meant, self.line.manual.assign_job(request)).await?;
                Some(Stage::Locked)
            }
            _ => {
                let reason = "for somebody else".to_owned();
                let request = v1::UnassignJobRequest { job, reason, replan: true, ..Default::default() };
                sent(&shared, deed, meant, self.line.manual.unassign_job(request)).await?;
                Some(Stage::Planned)
            }
        }
    }

    async fn answer(&mut self, deed: Deed, read: Read) -> Option<Stage> {
        let (shared, meant, visit) = (&self.shared, self.meant, read.job.visit);
        if deed == Deed::Accept {
            let request = v1::AcceptOfferRequest { visit, ..Default::default() };
            sent(shared, deed, meant, self.line.offer.accept_offer(request)).await?;
            return Some(Stage::Planned);
        }
        let reason = "too far".to_owned();
        let request = v1::DeclineOfferRequest { visit, reason, ..Default::default() };
        sent(shared, deed, meant, self.line.offer.decline_offer(request)).await?;
        // whoever is next is asked
        Some(Stage::Offered)
    }

    async fn report(&mut self, deed: Deed, read: Read) -> Option<Stage> {
        let (visit, technician) = (read.job.visit, read.technician);
        if deed == Deed::Depart && !self.shared.pool.lock().busy.insert(technician.clone()) {
            return Some(Stage::Planned);
        }
        let report = match deed {
            Deed::Depart => Report::Departed(v1::Departed { visit }),
            Deed::Arrive => Report::Arrived(v1::Arrived { visit }),
            Deed::Finish => Report::Finished(v1::Finished { visit, ..Default::default() }),
            Deed::GiveUp => {
                let hindrance = v1::Hindrance::NoAccess.into();
                Report::CannotComplete(v1::CannotComplete { visit, hindrance, ..Default::default() })
            }
            _ => Report::Absent(v1::Absent::default()),
        };
        let report = Some(report);
        let request =
            v1::ReportProgressRequest { technician: technician.clone(), report, ..Default::default() };
        let call = self.line.progress.report_progress(request);
        let taken = sent(&self.shared, deed, self.meant, call).await.is_some();
        if !taken || matches!(deed, Deed::Finish | Deed::GiveUp) {
            self.shared.pool.lock().busy.remove(&technician);
        }
        match deed {
            _ if !taken => None,
            Deed::Depart => Some(Stage::UnderWay),
            Deed::Arrive => Some(Stage::There),
            Deed::GiveUp | Deed::Fall => Some(Stage::Planned),
            _ => None,
        }
    }
}

/// Sends the call at its moment and notes what became of it; the answer where it is OK.
async fn sent<T>(
    shared: &Shared,
    deed: Deed,
    meant: Instant,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Option<T> {
    let name = MIX.iter().find(|(of, ..)| *of == deed).map_or("", |(.., name)| name);
    sleep_until(meant).await;
    shared.ledger.lock().sent(name, meant.elapsed());
    shared.note(name, meant, call.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_of_the_right_stage_and_is_there_once() {
        let mut pool = Pool::default();
        let job = |n: u32| format!("regions/a/jobs/{n}");
        pool.put(Stage::Planned, job(1));
        pool.put(Stage::Held, job(2));
        assert_eq!(pool.subject(Deed::Arrive, 7), None);
        assert_eq!(pool.subject(Deed::Reschedule, 7), None, "no window was found yet");
        assert_eq!(pool.subject(Deed::Confirm, 7), Some((job(2), None)), "who holds is confirmed first");
        let elsewhere = ("regions/b".to_owned(), v1::Need::default(), v1::Window::default());
        pool.slots.push(elsewhere);
        assert_eq!(pool.subject(Deed::Reschedule, 7), None, "another region's window is of no use");
        pool.slots.push(("regions/a".to_owned(), v1::Need::default(), v1::Window::default()));
        assert_eq!(pool.subject(Deed::Reschedule, 7).map(|s| s.0), Some(job(1)));
        assert_eq!(pool.subject(Deed::Confirm, 7), None);
    }
}
