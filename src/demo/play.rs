//! Plays the script against the server and keeps what it answered.
//!
//! One call after the other, so that a seed has one outcome. Time on the server is the script's; the
//! stopwatch, lent by the caller, only measures how long calls take.

use super::call_centre::CallCentre;
use super::calls::{Call, World};
use super::names::{at, id, seconds};
use super::script::{Act, Deed};
use crate::wire::v1;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Status;

/// Tells how long something has been going on.
pub type Stopwatch<'a> = &'a dyn Fn() -> Duration;

/// Told how far the day is: acts done, acts in all, the hour.
pub type Progress<'a> = &'a dyn Fn(usize, usize, &str);

/// One call with its answer.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What was asked.
    pub call: Call,
    /// What the server answered.
    pub answer: v1::CreateJobResponse,
    /// How long the call took, from here.
    pub round_trip: Duration,
}

/// All that happened.
#[derive(Debug, Default)]
pub struct Played {
    /// Calls in the order of time.
    pub taken: Vec<Taken>,
    /// Jobs corrected.
    pub corrected: usize,
    /// Jobs called off.
    pub cancelled: usize,
    /// Stock adjustments.
    pub adjusted: usize,
    /// Positions taken.
    pub positions: i64,
    /// What the server would not do between calls, in words.
    pub declined: Vec<String>,
    /// Every job as it stands at the end.
    pub jobs: BTreeMap<String, v1::Job>,
    /// Every planned route at the end.
    pub routes: Vec<v1::Route>,
    /// Every technician.
    pub technicians: Vec<v1::Technician>,
    /// Every depot.
    pub depots: Vec<v1::Depot>,
}

/// A stretch that a technician is at a job.
struct OnSite {
    from: i64,
    until: i64,
    place: v1::Place,
}

/// Plays the script and reads what came of it.
///
/// # Errors
/// A call for a job that is answered with an error: the script holds none that should be.
pub async fn play(
    centre: &mut CallCentre,
    world: World<'_>,
    script: Vec<Act>,
    watch: Stopwatch<'_>,
    progress: Progress<'_>,
) -> Result<Played, Status> {
    let mut played = Played::default();
    let mut on_site: BTreeMap<String, Vec<OnSite>> = BTreeMap::new();
    let (all, mut now) = (script.len(), i64::MIN);
    for (done, act) in script.into_iter().enumerate() {
        progress(done, all, &world.day.clock(act.at));
        if act.at > now {
            centre.set_clock(act.at).await?;
            now = act.at;
        }
        match act.deed {
            Deed::Call(call) => {
                let taken = take(centre, *call, watch).await?;
                note(&mut on_site, &taken);
                played.taken.push(taken);
            }
            Deed::Correct(request) => match centre.dispatch.update_job(*request).await {
                Ok(_) => played.corrected += 1,
                Err(status) => played.declined.push(status.message().to_owned()),
            },
            Deed::Cancel(request) => match centre.dispatch.cancel_job(request).await {
                Ok(_) => played.cancelled += 1,
                Err(status) => played.declined.push(status.message().to_owned()),
            },
            Deed::Stock(request) => match centre.stock.adjust_stock(request).await {
                Ok(_) => played.adjusted += 1,
                Err(status) => played.declined.push(status.message().to_owned()),
            },
            Deed::Positions => played.positions += report(centre, now, &on_site).await?,
        }
    }
    progress(all, all, "done");
    read_back(centre, world, &mut played).await?;
    Ok(played)
}

async fn take(centre: &mut CallCentre, call: Call, watch: Stopwatch<'_>) -> Result<Taken, Status> {
    let before = watch();
    let answer = centre.dispatch.create_job(call.request.clone()).await?.into_inner();
    Ok(Taken { call, answer, round_trip: watch() - before })
}

fn note(on_site: &mut BTreeMap<String, Vec<OnSite>>, taken: &Taken) {
    let Some(visit) = &taken.answer.visit else { return };
    let Some(place) = taken.call.request.job.as_ref().and_then(|j| j.need.as_ref()?.place) else { return };
    let (from, until) = (seconds(&visit.start_time), seconds(&visit.end_time));
    on_site.entry(visit.technician.clone()).or_default().push(OnSite { from, until, place });
}

/// Devices of technicians at a job report, in one stream.
async fn report(
    centre: &mut CallCentre,
    now: i64,
    on_site: &BTreeMap<String, Vec<OnSite>>,
) -> Result<i64, Status> {
    let here =
        |stretches: &Vec<OnSite>| stretches.iter().find(|s| s.from <= now && now < s.until).map(|s| s.place);
    let reports: Vec<v1::ReportPositionRequest> = on_site
        .iter()
        .filter_map(|(technician, stretches)| {
            let position = v1::Position {
                place: Some(here(stretches)?),
                device_time: Some(at(now - 20)),
                accuracy_meters: 15.0,
                age: None,
            };
            Some(v1::ReportPositionRequest { technician: technician.clone(), position: Some(position) })
        })
        .collect();
    let answer = centre.fleet.report_position(tokio_stream::iter(reports)).await?;
    Ok(answer.into_inner().accepted_count)
}

/// Reads technicians, depots, jobs and routes as they are at the end of the day.
async fn read_back(centre: &mut CallCentre, world: World<'_>, played: &mut Played) -> Result<(), Status> {
    let parent = world.names.region();
    let mut page_token = String::new();
    loop {
        let request =
            v1::ListJobsRequest { parent: parent.clone(), page_size: 200, page_token, ..Default::default() };
        let page = centre.dispatch.list_jobs(request).await?.into_inner();
        played.jobs.extend(page.jobs.into_iter().map(|job| (id(&job.name).to_owned(), job)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    loop {
        let request = v1::ListTechniciansRequest { parent: parent.clone(), page_size: 200, page_token };
        let page = centre.fleet.list_technicians(request).await?.into_inner();
        played.technicians.extend(page.technicians);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    for technician in &played.technicians {
        let request = v1::GetTechnicianRoutesRequest { name: technician.name.clone() };
        played.routes.extend(centre.fleet.get_technician_routes(request).await?.into_inner().routes);
    }
    let request = v1::ListDepotsRequest { parent, ..Default::default() };
    played.depots = centre.stock.list_depots(request).await?.into_inner().depots;
    Ok(())
}
