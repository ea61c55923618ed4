//! Stories of the day as small texts, `tests/stories/*.txt`, told to a real server on a set clock.
//!
//! A line is a moment of the region's wall clock and what somebody does then, or `expect` and what has to be so then.
//! `tests/stories/README.md` tells the words. What goes wrong names the file and the line.

use crate::town::{REGION, config, create_region, entries, entry, place, requirement};
use crate::watch::{facts, told};
use callout::serve::{self, Config, Running};
use callout::wire::v1::catalog_entry::Entry;
use callout::wire::v1::manual_service_client::ManualServiceClient;
use callout::wire::v1::offer_service_client::OfferServiceClient;
use callout::wire::v1::progress_service_client::ProgressServiceClient;
use callout::wire::v1::report_progress_request::Report;
use callout::wire::v1::*;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prost_types::{Duration, Timestamp};
use std::path::Path;
use tempfile::TempDir;
use tonic::{Response, Status};

/// A stream that is followed, with what was heard since it was last asked about.
struct Heard {
    stream: tonic::Streaming<WatchResponse>,
    token: String,
    sequence: i64,
    facts: Vec<String>,
}

/// One story under way.
struct Story {
    zone: TimeZone,
    today: Date,
    server: Option<Running>,
    clients: crate::town::Clients,
    data: TempDir,
    heard: Option<Heard>,
}

type Words<'w> = &'w [&'w str];
type Said = Result<(), String>;

fn at(zoned: &Zoned) -> Timestamp {
    Timestamp { seconds: zoned.timestamp().as_second(), nanos: 0 }
}

fn named(collection: &str, id: &str) -> String {
    format!("{REGION}/{collection}/{id}")
}

fn minutes(said: &str) -> Result<Duration, String> {
    let n: i64 = said.parse().map_err(|_| format!("{said:?} is no number of minutes"))?;
    Ok(Duration { seconds: n * 60, nanos: 0 })
}

/// `EAST,NORTH` in kilometres from the middle of the town.
fn spot(said: &str) -> Result<Place, String> {
    let numbers: Option<Vec<f64>> = said.split(',').map(|n| n.parse().ok()).collect();
    match numbers.as_deref() {
        Some([east, north]) => Ok(place(9.19 + east / 78.1, 45.46 + north / 111.2)),
        _ => Err(format!("{said:?} is no place: write EAST,NORTH in km")),
    }
}

fn paths(path: &str) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask { paths: vec![path.to_owned()] })
}

impl Story {
    /// `in ZONE on DATE at HH:MM`: a server, a region, the town's catalogue, a level for emergencies.
    fn begin(words: Words<'_>) -> Result<Story, String> {
        let ["in", zone, "on", date, "at", time] = words else {
            return Err("a story begins with `in ZONE on DATE at HH:MM`".into());
        };
        let zone = TimeZone::get(zone).map_err(|e| e.to_string())?;
        let today: Date = date.parse().map_err(|e: jiff::Error| e.to_string())?;
        let start = moment(&zone, today, time)?;
        let data = tempfile::tempdir().map_err(|e| e.to_string())?;
        let (server, clients) = serve(data.path(), &start);
        let story = Story { zone, today, server: Some(server), clients, data, heard: None };
        let mut wish = create_region("milan");
        let region = wish.region.as_mut().expect("it has one");
        region.time_zone = story.zone.iana_name().unwrap_or("UTC").into();
        region.policy = Some(Policy { divert: true, ..Default::default() });
        story.ask(story.clients.regions().create_region(wish))?;
        let hour = Some(Duration { seconds: 3600, nanos: 0 });
        let urgent =
            ServiceLevel { response_target: hour, emergency: true, lateness_rate: 8.0, ..Default::default() };
        let mut all = entries();
        all.push(entry("serviceLevels", "urgent", Entry::ServiceLevel(urgent)));
        let import = ImportCatalogRequest { parent: REGION.into(), entries: all, ..Default::default() };
        story.ask(story.clients.catalog().import_catalog(import))?;
        Ok(story)
    }

    fn ask<T>(&self, call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, String> {
        let refused = |s: Status| format!("the server refused it: {} ({:?})", s.message(), s.code());
        self.clients.rt.block_on(call).map(Response::into_inner).map_err(refused)
    }

    fn time(&self, said: &str) -> Result<Zoned, String> {
        moment(&self.zone, self.today, said)
    }

    /// `HH:MM-HH:MM`.
    fn window(&self, said: &str) -> Result<Window, String> {
        let (start, end) = said.split_once('-').ok_or(format!("{said:?} is no window: write HH:MM-HH:MM"))?;
        Ok(Window { start: Some(at(&self.time(start)?)), end: Some(at(&self.time(end)?)) })
    }

    fn set_clock(&self, said: &str) -> Said {
        let now = Some(at(&self.time(said)?));
        self.ask(self.clients.clock().set_clock(SetClockRequest { now })).map(drop)
    }

    /// What somebody does.
    fn act(&mut self, words: Words<'_>) -> Said {
        match words {
            ["technician", id, "lives", "at", home, "works", shift, rest @ ..] => {
                self.technician(id, home, shift, rest)
            }
            ["van", id, "gets", count, part] => self.stock(id, count, part),
            ["job", id, "comes", "at", there, rest @ ..] => self.job(id, there, rest),
            ["dispatcher", "locks", id] => {
                let ask = LockVisitRequest { name: self.get(id)?.visit, ..Default::default() };
                self.ask(self.clients.jobs().lock_visit(ask)).map(drop)
            }
            ["dispatcher", "gives", id, "to", who] => {
                let technician = named("technicians", who);
                let ask = AssignJobRequest { job: named("jobs", id), technician, ..Default::default() };
                let mut client = ManualServiceClient::new(self.clients.channel.clone());
                self.ask(client.assign_job(ask)).map(drop)
            }
            ["dispatcher", "asks", who] => self.asks(who),
            ["dispatcher", "corrects", id, "takes", length] => {
                let need = Some(Need { service_duration: Some(minutes(length)?), ..Default::default() });
                let job = Some(Job { name: named("jobs", id), need, ..Default::default() });
                let update_mask = paths("need.service_duration");
                let ask = UpdateJobRequest { job, update_mask, ..Default::default() };
                self.ask(self.clients.jobs().update_job(ask)).map(drop)
            }
            ["part", part, "is", "recalled"] => {
                let ask = RecallPartRequest { part: named("parts", part), ..Default::default() };
                self.ask(self.clients.stock().recall_part(ask)).map(drop)
            }
            ["server", "restarts"] => self.restart(),
            ["somebody", "watches"] => self.listen(String::new()),
            ["somebody", "reconnects"] => {
                let token = self.heard.as_ref().ok_or("nobody watched")?.token.clone();
                self.listen(token)
            }
            [who, what @ ..] => self.report(who, what),
            [] => Err("says nothing".into()),
        }
    }

    /// What has to be so.
    fn expect(&mut self, words: Words<'_>) -> Said {
        match words {
            ["job", id, state, "with", who, "at", times] => {
                self.state(id, state)?;
                let visit = self.visit(id)?;
                same("technician", &named("technicians", who), &visit.technician)?;
                let inside = self.window(times)?;
                let there = visit.start_time.map_or(0, |t| t.seconds);
                let [from, to] = [inside.start, inside.end].map(|t| t.map_or(0, |t| t.seconds));
                let begins = jiff::Timestamp::from_second(there).map_err(|e| e.to_string())?;
                let begins = begins.to_zoned(self.zone.clone()).strftime("%H:%M").to_string();
                same("work begins in that time", &true, &(from <= there && there <= to))
                    .map_err(|why| format!("{why}: it begins at {begins}"))
            }
            ["job", id, state, "with", who] => {
                self.state(id, state)?;
                same("technician", &named("technicians", who), &self.visit(id)?.technician)
            }
            ["job", id, "told", "nothing"] => {
                same("the part told", &None, &self.promise(id)?.narrowed_window)
            }
            ["job", id, "told", part] => {
                same("the part told", &Some(self.window(part)?), &self.promise(id)?.narrowed_window)
            }
            ["job", id, "lasts", length] => {
                let window = self.promise(id)?.window.unwrap_or_default();
                let [from, to] = [window.start, window.end].map(|t| t.map_or(0, |t| t.seconds));
                same("the promised window's length", &minutes(length)?.seconds, &(to - from))
            }
            ["job", id, "promised", window] => {
                same("the promise", &Some(self.window(window)?), &self.promise(id)?.window)
            }
            ["job", id, "because", why @ ..] => self.because(id, &why.join(" ")),
            ["job", id, "visit", nth] => {
                same("visit", &format!("{}/visits/{nth}", named("jobs", id)), &self.get(id)?.visit)
            }
            ["job", id, state] => self.state(id, state),
            ["heard", what @ ..] => self.heard(what),
            _ => Err(format!("{:?} cannot be expected", words.join(" "))),
        }
    }

    fn technician(&self, id: &str, home: &str, shift: &str, rest: Words<'_>) -> Said {
        let mut certification =
            Certification { kind: named("certificationKinds", "gas"), level: 3, ..Default::default() };
        match rest {
            [] => {}
            ["certified", "until", end] => certification.valid_to = Some(at(&self.time(end)?)),
            _ => return Err(format!("{:?} is nothing of a technician", rest.join(" "))),
        }
        let technician = Technician {
            display_name: id.into(),
            start_place: Some(spot(home)?),
            certifications: vec![certification],
            shifts: vec![Shift { window: Some(self.window(shift)?), breaks: vec![] }],
            ..Default::default()
        };
        let ask = CreateTechnicianRequest {
            parent: REGION.into(),
            technician_id: id.into(),
            technician: Some(technician),
            ..Default::default()
        };
        self.ask(self.clients.fleet().create_technician(ask)).map(drop)
    }

    fn stock(&self, id: &str, count: &str, part: &str) -> Said {
        let delta = count.parse().map_err(|_| format!("{count:?} is no number"))?;
        let (location, part) = (named("technicians", id), named("parts", part));
        let adjustments = vec![StockAdjustment { location, part, delta }];
        let reason = "a story".to_owned();
        let ask = AdjustStockRequest { parent: REGION.into(), adjustments, reason, ..Default::default() };
        self.ask(self.clients.stock().adjust_stock(ask)).map(drop)
    }

    fn job(&self, id: &str, there: &str, mut rest: Words<'_>) -> Said {
        let mut need = Need {
            kind: JobKind::Repair.into(),
            place: Some(spot(there)?),
            service_level: named("serviceLevels", "standard"),
            service_duration: Some(minutes("30")?),
            ..Default::default()
        };
        while let [word, value, more @ ..] = rest {
            match *word {
                "promised" => need.promised_window = Some(self.window(value)?),
                "access" => need.access_windows.push(self.window(value)?),
                "takes" => need.service_duration = Some(minutes(value)?),
                "level" => need.service_level = named("serviceLevels", value),
                "without" => need.excluded_technicians.push(named("technicians", value)),
                "certificate" => {
                    let level = value.parse().map_err(|_| format!("{value:?} is no level"))?;
                    need.required_certifications.push(requirement(level));
                }
                "part" => need.parts.push(PartCount { part: named("parts", value), count: 1 }),
                _ => return Err(format!("{word:?} is nothing of a job")),
            }
            rest = more;
        }
        let job = Some(Job { need: Some(need), ..Default::default() });
        let ask = CreateJobRequest { parent: REGION.into(), job_id: id.into(), job, ..Default::default() };
        self.ask(self.clients.jobs().create_job(ask)).map(drop)
    }

    /// Whether technicians are asked before they have a visit.
    fn asks(&self, who: &str) -> Said {
        let offers = match who {
            "everybody" => Offering::Everybody,
            "nobody" => Offering::Never,
            _ => return Err(format!("{who:?} cannot be asked: write everybody or nobody")),
        };
        let policy = Some(Policy { offers: offers.into(), ..Default::default() });
        let region = Some(Region { name: REGION.into(), policy, ..Default::default() });
        let ask = UpdateRegionRequest { region, update_mask: paths("policy.offers"), ..Default::default() };
        self.ask(self.clients.regions().update_region(ask)).map(drop)
    }

    /// What a technician says.
    fn report(&self, who: &str, what: Words<'_>) -> Said {
        let visit = |id: &str| self.get(id).map(|job| job.visit);
        if let ["declines", id] = what {
            let ask = DeclineOfferRequest { visit: visit(id)?, ..Default::default() };
            let mut client = OfferServiceClient::new(self.clients.channel.clone());
            return self.ask(client.decline_offer(ask)).map(drop);
        }
        let report = match what {
            ["starts", "work"] => Report::ShiftStarted(ShiftStarted {}),
            ["leaves", "for", id] => Report::Departed(Departed { visit: visit(id)? }),
            ["arrives", "at", id] => Report::Arrived(Arrived { visit: visit(id)? }),
            ["works", "on", id] => Report::WorkStarted(WorkStarted { visit: visit(id)? }),
            ["needs", more, "more", "for", id] => {
                Report::RemainingTime(RemainingTime { visit: visit(id)?, remaining: Some(minutes(more)?) })
            }
            ["finishes", id] => Report::Finished(Finished { visit: visit(id)?, end: None }),
            ["finds", "nobody", "at", id] => Report::CannotComplete(CannotComplete {
                visit: visit(id)?,
                hindrance: Hindrance::NoAccess.into(),
                ..Default::default()
            }),
            ["falls", "ill"] => Report::Absent(Absent { until: None }),
            _ => return Err(format!("nobody does {:?}", what.join(" "))),
        };
        let technician = named("technicians", who);
        let ask = ReportProgressRequest { technician, report: Some(report), ..Default::default() };
        let mut client = ProgressServiceClient::new(self.clients.channel.clone());
        self.ask(client.report_progress(ask)).map(drop)
    }

    fn restart(&mut self) -> Said {
        let clock = self.ask(self.clients.clock().get_clock(GetClockRequest {}))?;
        let now =
            jiff::Timestamp::from_second(clock.now.map_or(0, |t| t.seconds)).map_err(|e| e.to_string())?;
        self.server.take().ok_or("there is no server")?.shutdown();
        let (server, clients) = serve(self.data.path(), &now.to_zoned(self.zone.clone()));
        (self.server, self.clients) = (Some(server), clients);
        Ok(())
    }

    /// Watches the region, from the token on where there is one; what was heard and not asked about is kept.
    fn listen(&mut self, token: String) -> Said {
        let c = &self.clients;
        let ask = WatchRegionRequest { parent: REGION.into(), filter: None, resume_token: token.clone() };
        let mut stream = self.ask(c.watch().watch_region(ask))?;
        let kept = self.heard.take().filter(|_| !token.is_empty());
        let (token, sequence, facts) = match kept {
            Some(had) => (had.token, had.sequence, had.facts),
            None => {
                let first = told(c, &mut stream);
                (first.resume_token, first.sequence, Vec::new())
            }
        };
        self.heard = Some(Heard { stream, token, sequence, facts });
        Ok(())
    }

    /// `heard FACT [ID]` since this was last asked, `heard` alone: each record once, up to the last.
    fn heard(&mut self, what: Words<'_>) -> Said {
        let last = self.clients.summary().sequence;
        let heard = self.heard.as_mut().ok_or("nobody watches")?;
        while heard.sequence < last {
            let message = told(&self.clients, &mut heard.stream);
            same("the next record", &(heard.sequence + 1), &message.sequence)?;
            (heard.token, heard.sequence) = (message.resume_token.clone(), message.sequence);
            heard.facts.extend(facts(&message).iter().map(|fact| format!("{fact:?}")));
        }
        let [kind, about @ ..] = what else { return Ok(()) };
        let is = |fact: &&String| {
            let named = fact.split('(').next().unwrap_or_default().to_lowercase();
            named == kind.replace('_', "") && about.iter().all(|id| fact.contains(&format!("/{id}\"")))
        };
        let found = heard.facts.iter().position(|fact| is(&fact));
        let kinds =
            || heard.facts.iter().map(|f| f.split('(').next().unwrap_or_default()).collect::<Vec<_>>();
        let place = found.ok_or_else(|| format!("it was not; what was: {:?}", kinds()))?;
        heard.facts.drain(..=place);
        Ok(())
    }

    fn get(&self, id: &str) -> Result<Job, String> {
        self.ask(self.clients.jobs().get_job(GetJobRequest { name: named("jobs", id) }))
    }

    fn promise(&self, id: &str) -> Result<Promise, String> {
        self.get(id)?.promise.ok_or_else(|| format!("nothing is promised about {id}"))
    }

    fn visit(&self, id: &str) -> Result<Visit, String> {
        let name = self.get(id)?.visit;
        if name.is_empty() {
            return Err(format!("nobody goes to {id}"));
        }
        self.ask(self.clients.jobs().get_visit(GetVisitRequest { name }))
    }

    fn state(&self, id: &str, state: &str) -> Said {
        let stands = self.get(id)?.state().as_str_name().trim_start_matches("JOB_STATE_").to_lowercase();
        same("state", &state.to_owned(), &stands)
    }

    /// What caused the last decision, or a rule that kept somebody out.
    fn because(&self, id: &str, why: &str) -> Said {
        let ask = ExplainJobRequest { name: named("jobs", id) };
        let told = self.ask(self.clients.jobs().explain_job(ask))?.decisions;
        let last = told.first().ok_or("nothing was decided")?;
        let rules = last.rejections.iter().map(|r| r.rule().as_str_name().trim_start_matches("RULE_"));
        let rules: Vec<String> = rules.map(|rule| rule.to_lowercase().replace('_', " ")).collect();
        let known = last.cause == why || rules.iter().any(|rule| rule == why);
        if known { Ok(()) } else { Err(format!("the cause is {:?}, rules kept out: {rules:?}", last.cause)) }
    }
}

fn serve(data: &Path, start: &Zoned) -> (Running, crate::town::Clients) {
    let clock_start = Some(start.timestamp().as_second());
    let mut config = Config { clock_start, ..config(data) };
    config.improver.enabled = Some(true);
    let running = serve::start(&config).expect("a server on port 0");
    let clients = crate::town::Clients::to(running.addr);
    (running, clients)
}

/// `HH:MM` of the day, `+1:HH:MM` of the next.
fn moment(zone: &TimeZone, today: Date, said: &str) -> Result<Zoned, String> {
    let (days, clock) = match said.strip_prefix('+').and_then(|s| s.split_once(':')) {
        Some((days, clock)) => (days.parse().map_err(|_| format!("{said:?} is no day"))?, clock),
        None => (0_i64, said),
    };
    let wrong = || format!("{said:?} is no time: write HH:MM, or +1:HH:MM for the next day");
    let (hour, minute) = clock.split_once(':').ok_or_else(wrong)?;
    let (hour, minute): (i8, i8) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
    let day = today.checked_add(jiff::Span::new().days(days)).map_err(|e| e.to_string())?;
    day.at(hour, minute, 0, 0).to_zoned(zone.clone()).map_err(|e| e.to_string())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, is: &T) -> Said {
    if wanted == is { Ok(()) } else { Err(format!("{what}: {wanted:?} was expected, it is {is:?}")) }
}

/// Plays a story; what goes wrong with the number of the line.
fn play(text: &str) -> Result<usize, (usize, String)> {
    let mut story: Option<Story> = None;
    let mut expected = 0;
    for (n, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let done = match (&mut story, &words[..]) {
            (_, []) => Ok(()),
            (None, words) | (_, words @ ["in", ..]) => Story::begin(words).map(|begun| story = Some(begun)),
            (Some(story), ["expect", rest @ ..]) => {
                expected += 1;
                story.expect(rest)
            }
            (Some(story), [time, rest @ ..]) if time.contains(':') => {
                story.set_clock(time).and_then(|()| story.act(rest))
            }
            (Some(story), words) => story.act(words),
        };
        done.map_err(|why| (n + 1, why))?;
    }
    Ok(expected)
}

#[test]
fn every_story_is_as_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let files = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path());
    let mut files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "txt")).collect();
    files.sort();
    assert!(files.len() >= 11, "stories are missing: {files:?}");
    let mut wrong = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        match play(&std::fs::read_to_string(file).unwrap()) {
            Ok(0) => wrong.push(format!("tests/stories/{name}: expects nothing")),
            Ok(_) => {}
            Err((line, why)) => wrong.push(format!("tests/stories/{name}:{line}: {why}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_story_that_is_wrong_names_its_line() {
    let begin = "in Europe/Rome on 2026-11-23 at 08:00\n";
    let of = |rest: &str| play(&format!("{begin}{rest}")).unwrap_err();
    assert_eq!(of("# a word\nexpect job a planned").0, 3);
    assert!(of("job a comes at 1,1 wearing red").1.contains("\"wearing\" is nothing of a job"));
    assert!(of("07:00 server restarts").1.contains("refused"), "clocks do not go back");
    assert!(of("job a comes at 1,1\nexpect job a planned").1.contains("\"planned\" was expected"));
}
