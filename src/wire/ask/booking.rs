//! Holding, confirming and rescheduling; clocks, solutions and prices.

use super::dispatch::{free_id, name_customer, told};
use super::{Ask, Done, Write, parent, region_of};
use crate::board::Command;
use crate::board::clocks::ClockKind;
use crate::board::command::NewJob;
use crate::board::fleet::Window;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::job::{Customer, Need};
use crate::board::quote::PriceList;
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// Longest solution.
const SOLUTION_MOST: usize = 2000;

fn job_named(at: &At<'_>, name: &str) -> Option<JobId> {
    name::anywhere(&at.field("name"), "jobs", name).map(|(_, id)| id.into())
}

/// A slot to hold; the id is given when the writer takes it, where the caller gave none.
#[derive(Debug)]
pub struct HoldSlot {
    id: Option<JobId>,
    given: Option<JobId>,
    order_number: Option<String>,
    need: Need,
    customer: Customer,
    technician: Option<TechnicianId>,
    window: Window,
}

impl Ask for v1::HoldSlotRequest {
    const METHOD: &'static str = "HoldSlot";
    type Write = HoldSlot;
    type Reply = v1::HoldSlotResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        parent(&self.parent)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<HoldSlot> {
        let id = decode::job::id(&at.field("job_id"), &self.job_id);
        let window_at = at.field("window");
        let window = window_at.need(&self.window).and_then(|w| decode::window(&window_at, w));
        let technician = decode::booking::technician(&at.field("technician"), desk, &self.technician);
        let job_at = at.field("job");
        let job = job_at.need(&self.job)?;
        let need_at = job_at.field("need");
        let need = need_at.need(&job.need).and_then(|n| {
            let need = v1::Need { promised_window: None, ..n.clone() };
            decode::job::need(&need_at, desk, &need)
        });
        let customer = decode::job::customer(&job_at.field("customer"), &job.customer);
        let order_number = decode::job::order_number(&job_at.field("order_number"), &job.order_number);
        let (id, window, technician) = (id?, window?, technician?);
        let (need, customer, order_number) = (need?, customer?, order_number?);
        let need = Need { promised: Some(window), ..need };
        Some(HoldSlot { id, given: None, order_number, need, customer, technician, window })
    }

    fn complete(reply: &mut v1::HoldSlotResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

impl Write for HoldSlot {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        let id = self.id.clone().unwrap_or_else(|| free_id(desk));
        self.given = Some(id.clone());
        let job = NewJob {
            id,
            order_number: self.order_number.clone(),
            need: self.need.clone(),
            customer: self.customer.clone(),
        };
        let day = desk.day_of(self.window.start);
        Ok(Command::HoldSlot { job, technician: self.technician.clone(), day })
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let id = self.given.as_ref().expect("the command was made");
        let told = told(desk, id, done);
        v1::HoldSlotResponse { job: told.job, visit: told.visit, decision: told.decision }.encode_to_vec()
    }
}

/// Another window for a job.
#[derive(Debug)]
pub struct Reschedule {
    job: JobId,
    window: Window,
    technician: Option<TechnicianId>,
    revision: Option<u64>,
}

impl Ask for v1::RescheduleJobRequest {
    const METHOD: &'static str = "RescheduleJob";
    type Write = Reschedule;
    type Reply = v1::RescheduleJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of("name", "jobs", &self.name)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<Reschedule> {
        let job = job_named(at, &self.name);
        let window_at = at.field("window");
        let window = window_at.need(&self.window).and_then(|w| decode::window(&window_at, w));
        let technician = decode::booking::technician(&at.field("technician"), desk, &self.technician);
        let revision = decode::etag(&at.field("etag"), &self.etag);
        Some(Reschedule { job: job?, window: window?, technician: technician?, revision: revision? })
    }

    fn complete(reply: &mut v1::RescheduleJobResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

impl Write for Reschedule {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        let (job, window, revision) = (self.job.clone(), self.window, self.revision);
        let (technician, day) = (self.technician.clone(), desk.day_of(window.start));
        Ok(Command::Reschedule { job, window, technician, day, revision })
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let told = told(desk, &self.job, done);
        v1::RescheduleJobResponse { job: told.job, visit: told.visit, decision: told.decision }
            .encode_to_vec()
    }
}

/// A command about one job that is answered with the job.
#[derive(Debug)]
pub struct OnJob {
    job: JobId,
    revision: Option<u64>,
    what: What,
}

#[derive(Debug)]
enum What {
    Confirm { customer: Option<Customer>, order_number: Option<String>, named: bool },
    Solution { text: String, closes: bool },
    Clock { clock: ClockKind, paused: Option<String> },
}

impl Write for OnJob {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (job, revision) = (self.job.clone(), self.revision);
        Ok(match &self.what {
            What::Confirm { customer, order_number, named } => Command::Confirm {
                job,
                window: None,
                named: *named,
                customer: customer.clone(),
                order_number: order_number.clone(),
                revision,
            },
            What::Solution { text, closes } => {
                Command::FileSolution { job, text: text.clone(), closes: *closes, revision }
            }
            What::Clock { clock, paused } => {
                Command::SetClock { job, clock: *clock, paused: paused.clone(), revision }
            }
        })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        encode::job::bare(desk, &desk.board().jobs[&self.job]).encode_to_vec()
    }
}

impl What {
    fn confirm(at: &At<'_>, said: &v1::ConfirmJobRequest) -> Option<What> {
        let customer = match &said.customer {
            None => Some(None),
            given => decode::job::customer(&at.field("customer"), given).map(Some),
        };
        let order_number = decode::job::order_number(&at.field("order_number"), &said.order_number);
        Some(What::Confirm { customer: customer?, order_number: order_number?, named: said.name_technician })
    }

    fn solution(at: &At<'_>, said: &v1::FileSolutionRequest) -> Option<What> {
        let text_at = at.field("text");
        let text = match said.text.trim() {
            "" => text_at.no("has to be set"),
            _ => decode::text(&text_at, &said.text, SOLUTION_MOST),
        };
        Some(What::Solution { text: text?, closes: said.closes })
    }

    fn pause(at: &At<'_>, said: &v1::PauseClockRequest) -> Option<What> {
        let clock = decode::booking::clock(&at.field("clock"), said.clock);
        let reason = decode::label(&at.field("reason"), &said.reason);
        Some(What::Clock { clock: clock?, paused: Some(reason?) })
    }

    fn resume(at: &At<'_>, said: &v1::ResumeClockRequest) -> Option<What> {
        let clock = decode::booking::clock(&at.field("clock"), said.clock);
        Some(What::Clock { clock: clock?, paused: None })
    }
}

macro_rules! on_job {
    ($request:ident, $method:literal, $what:ident) => {
        impl Ask for v1::$request {
            const METHOD: &'static str = $method;
            type Write = OnJob;
            type Reply = v1::Job;

            fn region(&self) -> Result<RegionId, Failure> {
                region_of("name", "jobs", &self.name)
            }

            fn request_id(&self) -> &str {
                &self.request_id
            }

            fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<OnJob> {
                let job = job_named(at, &self.name);
                let revision = decode::etag(&at.field("etag"), &self.etag);
                let what = What::$what(at, self);
                Some(OnJob { job: job?, revision: revision?, what: what? })
            }

            fn complete(reply: &mut v1::Job, desk: &Desk) {
                name_customer(reply, desk);
            }
        }
    };
}

on_job!(ConfirmJobRequest, "ConfirmJob", confirm);
on_job!(FileSolutionRequest, "FileSolution", solution);
on_job!(PauseClockRequest, "PauseClock", pause);
on_job!(ResumeClockRequest, "ResumeClock", resume);

/// A price list to set.
#[derive(Debug)]
pub struct SetPrices {
    prices: PriceList,
    revision: Option<u64>,
}

impl Ask for v1::SetPriceListRequest {
    const METHOD: &'static str = "SetPriceList";
    type Write = SetPrices;
    type Reply = v1::PriceList;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| {
            let at = at.field("price_list");
            name::region(&at.field("name"), &at.need(&self.price_list)?.name)
        })
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<SetPrices> {
        let at = at.field("price_list");
        let said = at.need(&self.price_list)?;
        let revision = decode::etag(&at.field("etag"), &said.etag);
        let prices = decode::booking::prices(&at, desk, said);
        Some(SetPrices { prices: prices?, revision: revision? })
    }
}

impl Write for SetPrices {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::SetPrices { prices: self.prices.clone(), revision: self.revision })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let prices = board.prices.as_ref().expect("it was set");
        encode::booking::prices(&board.region.id, prices).encode_to_vec()
    }
}
