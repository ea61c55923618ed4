//! FleetService: technicians, and the stream of their positions.

use crate::board::id::RegionId;
use crate::plan::{Position, Reported};
use crate::serve::front::Front;
use crate::serve::limits;
use crate::serve::order::Order;
use crate::serve::took::{Took, instant};
use crate::wire::check::check;
use crate::wire::v1::*;
use crate::wire::{Failure, decode, encode, name};
use tonic::{Request, Response, Status, Streaming};

#[tonic::async_trait]
impl fleet_service_server::FleetService for Front {
    async fn create_technician(
        &self,
        request: Request<CreateTechnicianRequest>,
    ) -> Result<Response<Technician>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_technician(
        &self,
        request: Request<GetTechnicianRequest>,
    ) -> Result<Response<Technician>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_technicians(
        &self,
        request: Request<ListTechniciansRequest>,
    ) -> Result<Response<ListTechniciansResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn update_technician(
        &self,
        request: Request<UpdateTechnicianRequest>,
    ) -> Result<Response<Technician>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn delete_technician(
        &self,
        request: Request<DeleteTechnicianRequest>,
    ) -> Result<Response<DeleteTechnicianResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn batch_import_technicians(
        &self,
        request: Request<BatchImportTechniciansRequest>,
    ) -> Result<Response<BatchImportTechniciansResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_technician_routes(
        &self,
        request: Request<GetTechnicianRoutesRequest>,
    ) -> Result<Response<GetTechnicianRoutesResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn report_position(
        &self,
        request: Request<Streaming<ReportPositionRequest>>,
    ) -> Result<Response<ReportPositionResponse>, Status> {
        let mut stream = request.into_inner();
        let mut tally = Tally::default();
        while let Some(report) = stream.message().await? {
            tally.take(self, &report);
            if tally.waiting.len() >= limits::POSITIONS {
                tally.flush(self).await?;
            }
        }
        tally.flush(self).await?;
        let Tally { accepted, stale, rejected, said, longest, .. } = tally;
        let mut response = Response::new(encode::fleet::reported(accepted, stale, rejected, said));
        longest.tell(response.metadata_mut());
        Ok(response)
    }
}

/// How many rejections are told.
const TOLD: usize = 10;

/// A stream of positions so far. Those that wait are of one region.
#[derive(Default)]
struct Tally {
    seen: u64,
    accepted: u64,
    stale: u64,
    rejected: u64,
    said: Vec<String>,
    /// What the batch took that took longest.
    longest: Took,
    waiting: Vec<(u64, RegionId, (crate::board::id::TechnicianId, Position))>,
}

impl Tally {
    fn take(&mut self, front: &Front, report: &ReportPositionRequest) {
        let number = self.seen;
        self.seen += 1;
        match read(front, report) {
            Ok((region, reported)) => self.waiting.push((number, region, reported)),
            Err(Failure::Malformed(violations)) => {
                let said = violations.iter().map(|v| format!("{}: {}", v.field, v.description));
                self.reject(number, &said.collect::<Vec<_>>().join("; "));
            }
            Err(Failure::Refused(refusal)) => self.reject(number, &refusal.to_string()),
            Err(_) => self.reject(number, "not understood"),
        }
    }

    fn reject(&mut self, number: u64, why: &str) {
        self.rejected += 1;
        if self.said.len() < TOLD {
            self.said.push(format!("{number}: {why}"));
        }
    }

    /// Hands over what waits, region by region, in the order it came.
    async fn flush(&mut self, front: &Front) -> Result<(), Failure> {
        let mut waiting = std::mem::take(&mut self.waiting);
        while let Some((_, region, _)) = waiting.first() {
            let region = region.clone();
            let (these, others) = waiting.into_iter().partition(|(_, of, _)| *of == region);
            waiting = others;
            let these: Vec<(u64, RegionId, _)> = these;
            let numbers: Vec<u64> = these.iter().map(|(number, ..)| *number).collect();
            let reports = these.into_iter().map(|(_, _, report)| report).collect();
            let asked = instant();
            let told = front.order(|answer| Order::Positions { region, asked, reports, answer }).await?;
            if told.took.engine > self.longest.engine {
                self.longest = told.took;
            }
            for (number, reported) in numbers.into_iter().zip(told.reply?) {
                match reported {
                    Reported::Accepted => self.accepted += 1,
                    Reported::Stale => self.stale += 1,
                    Reported::Rejected(why) => self.reject(number, &why),
                }
            }
        }
        Ok(())
    }
}

type Report = (RegionId, (crate::board::id::TechnicianId, Position));

fn read(front: &Front, report: &ReportPositionRequest) -> Result<Report, Failure> {
    let (region, _) = check(|at| {
        name::anywhere(&at.field("technician"), "technicians", &report.technician)
            .map(|(r, id)| (r, id.to_owned()))
    })?;
    let shown = front.shown(&region)?;
    let shown = shown.read();
    let reported = check(|at| decode::fleet::position(at, &shown.desk, front.clock.now(), report))?;
    Ok((region, reported))
}
