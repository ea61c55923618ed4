//! What may befall a running service, tried on a simulated one: it is killed between and amid requests and comes
//! back from its snapshot and records; requests come twice; what is said makes no sense; its clock stands still
//! and jumps; two requests come in the wrong order. Whatever happens, the day has to go on as if nothing had: all but restarts is tried on a twin.

use crate::board::audit::audit;
use crate::board::event::Event;
use crate::board::id::{JobId, TechnicianId};
use crate::board::progress::{Finish, Hindrance, Report};
use crate::board::{Board, Command};
use crate::city::chance::Chance;
use crate::plan::Desk;
use crate::units::{Span, Time};

/// How often each thing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// Killed between two requests.
    pub kills: u32,
    /// Killed amid a request, which is then repeated.
    pub torn: u32,
    /// A request came twice.
    pub repeats: u32,
    /// Something senseless was said.
    pub nonsense: u32,
    /// The clock stood still and jumped.
    pub jumps: u32,
    /// Two requests came the wrong way round.
    pub swaps: u32,
}

/// One request in so many meets each mishap.
const ONE_IN: usize = 12;
/// Records between two snapshots.
const SNAPSHOT: usize = 40;

/// Fate: what happens to which request, and what is on the disk.
#[derive(Clone, Debug)]
pub struct Fate {
    chance: Chance,
    count: u64,
    snapshot: Vec<u8>,
    records: Vec<(Time, Event)>,
    /// A request that is late, and the region as it was before it.
    late: Option<(Desk, Command)>,
    /// What has happened so far.
    pub told: Mishaps,
}

impl Fate {
    /// The fate of a seed, for a region as it stands.
    pub fn new(seed: u64, desk: &Desk) -> Fate {
        let chance = Chance::new(seed ^ 0x6d69_7368_6170);
        Fate {
            chance,
            count: 0,
            snapshot: stored(desk.board()),
            records: Vec::new(),
            late: None,
            told: Mishaps::default(),
        }
    }

    /// Events reach the disk.
    pub fn record(&mut self, now: Time, events: &[Event], desk: &Desk) {
        self.records.extend(events.iter().map(|e| (now, e.clone())));
        if self.records.len() >= SNAPSHOT {
            (self.snapshot, self.records) = (stored(desk.board()), Vec::new());
        }
    }

    fn meets(&self, what: &str) -> bool {
        self.chance.below(&self.count.to_string(), what, ONE_IN) == 0
    }

    /// Before a request.
    pub fn before(&mut self, desk: &mut Desk, now: Time, command: &Command) {
        self.count += 1;
        if let Some((twin, late)) = self.late.take() {
            self.told.swaps += 1;
            swapped(twin, now, command, &late);
        }
        if self.meets("swap") {
            self.late = Some((desk.clone(), command.clone()));
        }
        if self.meets("kill") {
            self.told.kills += 1;
            self.restart(desk);
        }
        if self.meets("torn") {
            self.told.torn += 1;
            let mut lost = desk.clone();
            let said = lost.take(now, command);
            self.restart(desk);
            let mut again = desk.clone();
            assert_eq!(again.take(now, command), said, "a request that was lost goes as it went");
        }
        if self.meets("nonsense") {
            self.told.nonsense += 1;
            let mut twin = desk.clone();
            for n in 0..4 {
                if let Some(report) = self.nonsense(twin.board(), now, n) {
                    let _ = twin.take(now, &report);
                    sound(&twin, now);
                }
            }
        }
        if self.meets("jump") {
            self.told.jumps += 1;
            let mut twin = desk.clone();
            let late = now + Span::minutes(self.chance.between(&self.count.to_string(), "by", 1, 180));
            wake(&mut twin, late);
        }
    }

    /// Behind a request.
    pub fn after(&mut self, desk: &Desk, now: Time, command: &Command) {
        if !self.meets("repeat") {
            return;
        }
        self.told.repeats += 1;
        let mut twin = desk.clone();
        let again = twin.take(now, command);
        sound(&twin, now);
        match command {
            Command::CreateJob(job) => assert!(again.is_err(), "job {} was taken in twice", job.id),
            Command::CancelJob { .. } => assert_eq!(twin.digest(), desk.digest(), "called off twice"),
            _ => {}
        }
    }

    /// The process is gone; another one reads the disk.
    fn restart(&self, desk: &mut Desk) {
        let mut board: Board = serde_json::from_slice(&self.snapshot).expect("a snapshot reads back");
        self.records.iter().for_each(|(at, event)| board.apply(event, *at));
        let back = Desk::open(board, desk.travel().clone());
        assert_eq!(back.digest(), desk.digest(), "the disk tells another region than the one that ran");
        assert!(desk.is_in_step(), "what is derived is not what a fresh desk derives");
        *desk = back;
    }

    /// A report that nobody should make: any technician, any job, anything.
    fn nonsense(&self, board: &Board, now: Time, n: u32) -> Option<Command> {
        let id = format!("{}/{n}", self.count);
        let pick = |what: &str, of: usize| (of > 0).then(|| self.chance.below(&id, what, of));
        let technician: TechnicianId =
            board.technicians.keys().nth(pick("who", board.technicians.len())?)?.clone();
        let job: JobId = board.jobs.keys().nth(pick("job", board.jobs.len())?)?.clone();
        let none = || Finish { used: Some(Vec::new()), note: String::new() };
        let report = match pick("what", 9)? {
            0 => Report::Departed(job),
            1 => Report::Arrived(job),
            2 => Report::Started(job),
            3 => Report::Remaining(job, Span::minutes(7)),
            4 => Report::Finished(job, none()),
            5 => Report::CannotComplete(job, Hindrance::WrongSkill, none(), Vec::new()),
            6 => Report::BreakEnded,
            7 => Report::ShiftEnded,
            _ => Report::Absent(None),
        };
        let at = now - Span(self.chance.between(&id, "ago", 0, 4_000));
        Some(Command::Report { technician, at, report })
    }
}

fn stored(board: &Board) -> Vec<u8> {
    serde_json::to_vec(board).expect("a board has a serde form")
}

/// What falls due until then is done, each thing found sound.
fn wake(twin: &mut Desk, until: Time) {
    for _ in 0..1_000 {
        let Some(_) = twin.wake(until) else { break };
        sound(twin, until);
    }
}

/// A request comes before the one that was sent before it. Neither is lost: a job that is called in is there, whatever
/// came of what was said about it too soon, and what was refused too soon is taken when it is said again.
fn swapped(mut twin: Desk, now: Time, first: &Command, late: &Command) {
    wake(&mut twin, now);
    let early = twin.take(now, first);
    sound(&twin, now);
    let said = twin.take(now, late);
    sound(&twin, now);
    for (command, answer) in [(first, &early), (late, &said)] {
        if let Command::CreateJob(job) = command {
            let there = twin.board().jobs.contains_key(&job.id);
            assert_eq!(there, answer.is_ok(), "job {} is there where its call was taken", job.id);
        }
    }
    if let (Err(_), Command::CancelJob { job, .. }, Command::CreateJob(new)) = (&early, first, late) {
        assert!(*job != new.id || twin.take(now, first).is_ok(), "job {job} cannot be called off any more");
    }
}

fn sound(desk: &Desk, now: Time) {
    let wrong = audit(desk.board(), now);
    assert!(wrong.is_empty(), "{wrong:?}");
}
