//! One technician's shifts beside each other on the board: nobody is in two places, overtime ends where the next
//! shift begins, and what is under way can be reported whatever happened to its shift.

use crate::board::{DAY, job, random_days, region, setup, step, technician};
use crate::board_acts::{Act, command, overruns, settle};
use callout::board::catalog::{Entry, ServiceLevel};
use callout::board::command::Command;
use callout::board::decide::Diversion;
use callout::board::decision::Rule;
use callout::board::fleet::{Route, Shift, Window};
use callout::board::id::JobId;
use callout::board::job::JobState;
use callout::board::progress::{Finish, Report};
use callout::board::schedule::Sheet;
use callout::board::{Board, Event, Refusal, audit::audit};
use callout::units::{Span, Time};

const NIGHT: Time = Time(DAY.0 + 9 * 3600);

fn sound(board: &Board, now: Time) {
    assert_eq!(audit(board, now), Vec::<String>::new());
}

fn board() -> Board {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    board
}

fn create(board: &mut Board, now: Time, n: u8) {
    step(board, now, &job(n, (16, 4), 0, 0)).unwrap();
}

/// A job that can be visited in a window only.
fn create_within(board: &mut Board, n: u8, from: Time, to: Time) {
    let Command::CreateJob(mut new) = job(n, (16, 4), 0, 0) else { unreachable!() };
    new.need.promised = None;
    new.need.access = vec![Window::new(from, to).unwrap()];
    step(board, DAY, &Command::CreateJob(new)).unwrap();
}

/// Settles a job in the first or second shift of the third technician, behind what is there.
fn place(board: &mut Board, n: u8, shift: usize) -> Result<Vec<Event>, Refusal> {
    let at = 3 * shift + 2;
    let command = settle(board, DAY, &JobId::from(format!("j{n}").as_str()), &"t2".into(), at, false);
    step(board, DAY, &command.unwrap())
}

fn say(board: &mut Board, now: Time, report: Report) -> Result<Vec<Event>, Refusal> {
    step(board, now, &Command::Report { technician: "t2".into(), at: now, report })
}

fn route(board: &Board, shift: Time) -> Option<&Route> {
    board.route(&"t2".into(), shift)
}

fn state(board: &Board, n: u8) -> JobState {
    board.jobs[&JobId::from(format!("j{n}").as_str())].state
}

#[test]
fn who_sets_out_in_another_shift_has_turned_round() {
    let mut board = board();
    let settle = |n| Act::Settle { n, technician: 1, at: 0, by_depot: false };
    let report = |what, nth| Act::Report { technician: 1, nth, what, ago: 0 };
    let job = |n, spot| Act::Job { n, spot, gas: 0, pumps: 0 };
    // away until three hours from now: what is left of the shift begins then
    let acts = [job(8, (9, 3)), report(12, 1), settle(8), report(3, 0), job(3, (8, 3))];
    for act in acts {
        let command = command(&board, &act, DAY).unwrap();
        step(&mut board, DAY, &command).unwrap();
        sound(&board, DAY);
    }
    assert_eq!(state(&board, 8), JobState::EnRoute);
    let mut changed = technician(1, 1);
    changed.shifts[0].window.end = DAY + Span::hours(3);
    changed.shifts[0].breaks.clear();
    step(&mut board, DAY, &Command::ChangeTechnician { technician: changed, revision: None }).unwrap();
    sound(&board, DAY);
    let settled = command(&board, &settle(3), DAY).unwrap();
    step(&mut board, DAY, &settled).unwrap();
    let report = Report::Departed("j3".into());
    step(&mut board, DAY, &Command::Report { technician: "t1".into(), at: DAY, report }).unwrap();
    sound(&board, DAY);
    assert_eq!((state(&board, 3), state(&board, 8)), (JobState::EnRoute, JobState::Open));
}

#[test]
fn overtime_ends_where_the_next_shift_begins() {
    let mut board = board();
    create_within(&mut board, 1, NIGHT - Span::minutes(20), NIGHT);
    match place(&mut board, 1, 0) {
        Err(Refusal::Breaks { rule: Rule::Overtime, .. }) => {}
        other => panic!("{other:?}"),
    }
    let last = |board: &Board| {
        let (id, technician) = board.technicians.iter().find(|(id, _)| id.as_str() == "t2").unwrap();
        let sheets = technician.shifts.iter().map(|s| {
            let sheet = Sheet::at(board, DAY, technician, s, board.route(id, s.window.start));
            [sheet.allowance, sheet.by_hand().allowance]
        });
        sheets.collect::<Vec<_>>()
    };
    let usual = board.region.policy.overtime_allowance;
    assert_eq!(last(&board), [[Span::ZERO, Span::ZERO], [usual, Span::hours(12)]]);
}

#[test]
fn what_overruns_a_shift_puts_off_the_next_and_can_still_be_finished() {
    let mut board = board();
    create_within(&mut board, 1, NIGHT - Span::minutes(60), NIGHT);
    create(&mut board, DAY, 2);
    place(&mut board, 1, 0).unwrap();
    place(&mut board, 2, 1).unwrap();
    let arrived = route(&board, DAY).unwrap().stop_of(&"j1".into()).unwrap().1.arrive;
    say(&mut board, arrived, Report::Arrived("j1".into())).unwrap();
    let had = route(&board, NIGHT).unwrap().stops[0].start;
    say(&mut board, arrived, Report::Remaining("j1".into(), Span::hours(3))).unwrap();
    sound(&board, arrived);
    let home = route(&board, DAY).unwrap().home.arrive;
    assert!(home > NIGHT + Span::hours(1), "{home:?}");
    let put_off = route(&board, NIGHT).unwrap().stops[0].clone();
    assert!(put_off.depart >= home && put_off.start > had, "{put_off:?} {had:?}");

    // what is settled in the next shift now begins after it as well
    create(&mut board, arrived, 4);
    let sheet = {
        let technician = &board.technicians[&"t2".into()];
        Sheet::at(&board, arrived, technician, &technician.shifts[1], None)
    };
    assert_eq!(sheet.origin.free, home);

    // the next shift has begun: setting out there is refused while work goes on here, and its end is taken
    let now = NIGHT + Span::minutes(30);
    match say(&mut board, now, Report::Departed("j2".into())) {
        Err(Refusal::WrongState { job, state: JobState::OnSite }) => assert_eq!(job, "j1"),
        other => panic!("{other:?}"),
    }
    say(&mut board, now, Report::Finished("j1".into(), Finish::default())).unwrap();
    sound(&board, now);
    assert_eq!(state(&board, 1), JobState::Done);
    say(&mut board, now, Report::Departed("j2".into())).unwrap();
    sound(&board, now);
    assert_eq!(state(&board, 2), JobState::EnRoute);
}

#[test]
fn a_shift_that_cannot_begin_so_late_is_handed_on() {
    let mut board = board();
    create_within(&mut board, 1, NIGHT - Span::minutes(60), NIGHT);
    create_within(&mut board, 2, NIGHT, NIGHT + Span::minutes(90));
    place(&mut board, 1, 0).unwrap();
    place(&mut board, 2, 1).unwrap();
    let arrived = route(&board, DAY).unwrap().stop_of(&"j1".into()).unwrap().1.arrive;
    say(&mut board, arrived, Report::Arrived("j1".into())).unwrap();
    say(&mut board, arrived, Report::Remaining("j1".into(), Span::hours(4))).unwrap();
    sound(&board, arrived);
    assert_eq!((state(&board, 2), route(&board, NIGHT)), (JobState::Open, None));
}

#[test]
fn work_is_finished_in_a_shift_that_is_no_more() {
    let mut board = board();
    create(&mut board, DAY, 1);
    create(&mut board, DAY, 2);
    place(&mut board, 1, 0).unwrap();
    place(&mut board, 2, 0).unwrap();
    let first = route(&board, DAY).unwrap().jobs().next().unwrap().clone();
    say(&mut board, DAY, Report::Arrived(first.clone())).unwrap();
    let mut moved = board.technicians[&"t2".into()].clone();
    let window = Window::new(DAY + Span::hours(1), NIGHT).unwrap();
    moved.shifts = vec![Shift { window, breaks: vec![] }];
    step(&mut board, DAY, &Command::ChangeTechnician { technician: moved, revision: None }).unwrap();
    sound(&board, DAY);
    let now = DAY + Span::minutes(15);
    say(&mut board, now, Report::Remaining(first.clone(), Span::minutes(10))).unwrap();
    sound(&board, now);
    say(&mut board, now, Report::Finished(first.clone(), Finish::default())).unwrap();
    sound(&board, now);
    assert_eq!(board.jobs[&first].state, JobState::Done);
}

#[test]
fn nothing_begins_while_what_is_left_of_a_lost_shift_is_under_way() {
    let mut board = board();
    let job = |n, spot| Act::Job { n, spot, gas: 0, pumps: 0 };
    let mut act = |now, act: &Act| {
        let command = command(&board, act, now).unwrap();
        step(&mut board, now, &command).unwrap();
        sound(&board, now);
    };
    let now = DAY + Span::minutes(91);
    act(now, &job(0, (0, 6)));
    act(now, &Act::Report { technician: 0, nth: 1, what: 12, ago: 0 });
    act(now, &Act::Settle { n: 0, technician: 0, at: 3, by_depot: false });
    act(now, &Act::Report { technician: 0, nth: 0, what: 3, ago: 0 });
    let now = now + Span::minutes(7);
    act(now, &Act::Change { technician: 0, levels: 0, hours: 5 });
    act(now, &job(5, (0, 0)));
    act(now, &Act::Place { n: 5, technician: 0, at: 1, by_depot: false, locked: false });
    act(now, &Act::Report { technician: 0, nth: 0, what: 1, ago: 2 });
    let routes: Vec<&Route> = board.routes[&"t0".into()].values().collect();
    assert!(routes.len() == 2 && routes[0].stops[0].depart >= routes[1].home.arrive, "{routes:?}");
}

/// Changes the third technician's first shift, which is another one where it begins at another time.
fn change(board: &mut Board, now: Time, start: Time, end: Time) {
    let mut changed = board.technicians[&"t2".into()].clone();
    changed.shifts[0] = Shift { window: Window::new(start, end).unwrap(), breaks: vec![] };
    step(board, now, &Command::ChangeTechnician { technician: changed, revision: None }).unwrap();
    sound(board, now);
}

/// What falls due until then, each at its moment.
fn wait(board: &mut Board, until: Time) {
    while let Some((due, _)) = board.timers.first().filter(|(due, _)| *due <= until) {
        let now = board.whereabouts.get(&"t2".into()).map_or(due, |w| due.max(w.heard));
        step(board, now, &Command::Wake).unwrap();
        sound(board, now);
    }
}

fn home(board: &Board, shift: Time) -> Time {
    route(board, shift).unwrap().home.arrive
}

/// The first job is worked at in the first shift, from the moment returned on.
fn at_work(board: &mut Board) -> Time {
    create(board, DAY, 1);
    place(board, 1, 0).unwrap();
    let arrived = route(board, DAY).unwrap().stop_of(&"j1".into()).unwrap().1.arrive;
    say(board, arrived, Report::Arrived("j1".into())).unwrap();
    arrived
}

#[test]
fn work_is_put_off_though_its_shift_was_changed_away() {
    let mut board = board();
    let arrived = at_work(&mut board);
    change(&mut board, arrived, arrived + Span::hours(1), NIGHT);
    create(&mut board, arrived, 2);
    place(&mut board, 2, 0).unwrap();
    let begins = arrived + Span::hours(1);
    let had = route(&board, begins).unwrap().stops.last().unwrap().start;
    let later = arrived + Span::minutes(150);
    wait(&mut board, later);
    assert!(home(&board, DAY) > later, "what nobody said is over goes on");
    let stop = route(&board, begins).unwrap().stops[0].clone();
    assert!(stop.depart >= home(&board, DAY) && stop.start > had, "{stop:?}");
    say(&mut board, later, Report::Remaining("j1".into(), Span::hours(1))).unwrap();
    sound(&board, later);
    assert!(route(&board, begins).unwrap().stops[0].depart >= home(&board, DAY));
}

#[test]
fn beginning_the_next_shift_early_ends_no_work() {
    let mut board = board();
    let arrived = at_work(&mut board);
    create(&mut board, DAY, 2);
    place(&mut board, 2, 1).unwrap();
    let early = NIGHT - Span::hours(3);
    say(&mut board, arrived, Report::Remaining("j1".into(), early - arrived)).unwrap();
    say(&mut board, early, Report::ShiftStarted).unwrap();
    sound(&board, early);
    let later = early + Span::hours(2);
    wait(&mut board, later);
    assert!(home(&board, DAY) > later, "what nobody said is over goes on");
    match say(&mut board, later, Report::Departed("j2".into())) {
        Err(Refusal::WrongState {
            state: JobState::OnSite | JobState::Promised | JobState::Planned, ..
        }) => {}
        other => panic!("{other:?}"),
    }
    say(&mut board, later, Report::Finished("j1".into(), Finish::default())).unwrap();
    sound(&board, later);
    assert_eq!(state(&board, 1), JobState::Done);
}

#[test]
fn who_is_on_the_way_is_called_away_though_the_shift_was_changed_away() {
    let mut board = board();
    let level = board.catalog.levels[&"standard".into()].clone();
    let urgent = ServiceLevel { emergency: true, ..level };
    step(&mut board, DAY, &Command::Import(vec![Entry::Level("now".into(), urgent)])).unwrap();
    create(&mut board, DAY, 1);
    place(&mut board, 1, 0).unwrap();
    say(&mut board, DAY, Report::Departed("j1".into())).unwrap();
    change(&mut board, DAY, DAY + Span::hours(1), NIGHT);
    let Command::CreateJob(mut emergency) = job(2, (9, 9), 0, 0) else { unreachable!() };
    emergency.need.level = "now".into();
    step(&mut board, DAY, &Command::CreateJob(emergency)).unwrap();
    let spot = crate::board::place(15, 4);
    let wish = Diversion { technician: "t2".into(), from: "j1".into(), to: "j2".into(), place: spot };
    step(&mut board, DAY, &Command::Divert(wish)).unwrap();
    sound(&board, DAY);
    assert_eq!((state(&board, 1), route(&board, DAY)), (JobState::Open, None));
}

#[test]
fn a_visit_under_way_by_plan_alone_is_reported_in_the_shift_it_had() {
    let mut board = board();
    create(&mut board, DAY, 1);
    place(&mut board, 1, 0).unwrap();
    let now = route(&board, DAY).unwrap().stop_of(&"j1".into()).unwrap().1.start + Span::minutes(1);
    let begins = now + Span::hours(1);
    change(&mut board, now, begins, NIGHT);
    create(&mut board, now, 2);
    let in_between = settle(&board, now, &"j2".into(), &"t2".into(), 0, false).unwrap();
    step(&mut board, now, &in_between).unwrap();
    let later = now + Span::minutes(5);
    say(&mut board, later, Report::Remaining("j1".into(), Span::hours(3))).unwrap();
    sound(&board, later);
    assert_eq!(state(&board, 1), JobState::OnSite);
    assert!(route(&board, begins).unwrap().stops[0].depart >= home(&board, DAY));
    // over by plan in the shift before, the next one on
    let mut board = self::board();
    create_within(&mut board, 1, NIGHT - Span::minutes(60), NIGHT);
    place(&mut board, 1, 0).unwrap();
    let now = NIGHT + Span::minutes(10);
    say(&mut board, now, Report::Started("j1".into())).unwrap();
    sound(&board, now);
    assert_eq!(state(&board, 1), JobState::OnSite);
}

#[test]
fn of_what_follows_an_overrun_as_much_stays_as_fits() {
    let mut board = board();
    let arrived = at_work(&mut board);
    create_within(&mut board, 2, NIGHT, NIGHT + Span::minutes(90));
    create(&mut board, DAY, 4);
    place(&mut board, 2, 1).unwrap();
    place(&mut board, 4, 1).unwrap();
    let until = NIGHT + Span::hours(2);
    say(&mut board, arrived, Report::Remaining("j1".into(), until - arrived)).unwrap();
    sound(&board, arrived);
    assert_eq!(state(&board, 2), JobState::Open);
    let left: Vec<&JobId> = route(&board, NIGHT).unwrap().jobs().collect();
    assert_eq!(left, [&JobId::from("j4")]);
}

#[test]
fn what_was_put_off_waits_no_longer_than_the_work_before_it() {
    let mut board = board();
    let arrived = at_work(&mut board);
    create(&mut board, DAY, 2);
    place(&mut board, 2, 1).unwrap();
    let had = route(&board, NIGHT).cloned();
    let until = NIGHT + Span::hours(2);
    say(&mut board, arrived, Report::Remaining("j1".into(), until - arrived)).unwrap();
    assert_ne!(route(&board, NIGHT).cloned(), had);
    let now = arrived + Span::minutes(10);
    say(&mut board, now, Report::Finished("j1".into(), Finish::default())).unwrap();
    sound(&board, now);
    assert_eq!(route(&board, NIGHT).cloned(), had);
}

#[test]
fn who_leaves_during_an_overrun_leaves_it_too() {
    let overrun = || {
        let mut board = board();
        let arrived = at_work(&mut board);
        create(&mut board, DAY, 2);
        place(&mut board, 2, 1).unwrap();
        let until = NIGHT + Span::hours(1);
        say(&mut board, arrived, Report::Remaining("j1".into(), until - arrived)).unwrap();
        board
    };
    let now = NIGHT + Span::minutes(20);
    let mut ill = overrun();
    say(&mut ill, now, Report::Absent(None)).unwrap();
    sound(&ill, now);
    assert_eq!((state(&ill, 1), state(&ill, 2)), (JobState::FollowUp, JobState::Open));
    assert!(!ill.routes.contains_key(&"t2".into()));
    // the shift that ends is the one reported of, not the one that has begun by the clock
    let mut over = overrun();
    say(&mut over, now, Report::ShiftEnded).unwrap();
    sound(&over, now);
    assert_eq!(state(&over, 1), JobState::FollowUp);
    let start = route(&over, NIGHT).unwrap().stops[0].start;
    assert!(start < NIGHT + Span::hours(1), "it waits for the other no longer: {start:?}");
}

#[test]
fn whatever_overruns_nobody_is_in_two_places() {
    let happened = random_days(1500, overruns());
    assert!(happened.get("an overrun").is_some_and(|n| *n >= 100), "{happened:?}");
}
