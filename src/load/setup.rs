//! Regions with their catalogue, depots, people, stock and the jobs that are planned before load begins.

use super::plan::Site;
use super::{LoadError, Options, Progress};
use crate::city::City;
use crate::city::day::Day;
use crate::demo::call_centre::CallCentre;
use crate::demo::names::id;
use crate::demo::{catalog, fleet};
use crate::wire::v1;
use crate::wire::v1::catalog_entry::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tonic::Status;

/// Calls under way at a time while setting up.
const AT_ONCE: usize = 32;
/// Service levels whose visits are put to their technicians while load is made.
pub const ASKED_FIRST: [&str; 2] = ["emergency", "urgent"];

/// Sets everything up; the names of the visits that were planned.
///
/// # Errors
/// What the server refuses.
pub async fn set_up(
    options: &Options,
    city: &City,
    day: &Day,
    sites: &[Site],
    before: Vec<v1::CreateJobRequest>,
    lines: &[CallCentre],
    progress: Progress<'_>,
) -> Result<Vec<String>, LoadError> {
    for (n, site) in sites.iter().enumerate() {
        progress(n as u64, sites.len() as u64, "setting up regions");
        let mut line = lines[n % lines.len()].clone();
        let refused = |what: String| move |status| LoadError::Refused { what, status: Box::new(status) };
        open(options, city, day, site, &mut line)
            .await
            .map_err(refused(format!("to set up region {}", site.id)))?;
    }
    let visits = book(before, lines, progress).await;
    for (n, site) in sites.iter().enumerate().filter(|_| options.mix_rate > 0.0) {
        let line = &mut lines[n % lines.len()].clone();
        let refused = |status| LoadError::Refused { what: "offers".into(), status: Box::new(status) };
        ask_first(site, line).await.map_err(refused)?;
    }
    Ok(visits)
}

/// From now on technicians are asked before they have an urgent visit; what was planned before needs no answer.
async fn ask_first(site: &Site, line: &mut CallCentre) -> Result<(), Status> {
    let asked = |mut entry: v1::CatalogEntry| {
        let Some(Entry::ServiceLevel(level)) = &mut entry.entry else { return None };
        level.offers = true;
        ASKED_FIRST.contains(&id(&entry.name)).then_some(entry)
    };
    let entries = catalog::entries(&site.names).into_iter().filter_map(asked).collect();
    let parent = site.names.region();
    let request = v1::ImportCatalogRequest { parent, entries, ..Default::default() };
    line.catalog.import_catalog(request).await.map(drop)
}

async fn open(
    options: &Options,
    city: &City,
    day: &Day,
    site: &Site,
    line: &mut CallCentre,
) -> Result<(), Status> {
    let names = &site.names;
    line.open_region(names, &site.id, city, options.roads_file.as_deref()).await?;
    let depots = fleet::depots(city, site.chance);
    line.open_depots(names, &depots).await?;
    line.hire(names, fleet::technicians(names, city, day, site.chance, site.technicians)).await?;
    let ids: Vec<&str> = depots.iter().map(|d| d.0).collect();
    line.fill(names, &fleet::stock(names, site.chance, &ids, site.technicians)).await
}

/// Creates the jobs planned before, so many at a time; a job that is refused is left out.
async fn book(jobs: Vec<v1::CreateJobRequest>, lines: &[CallCentre], progress: Progress<'_>) -> Vec<String> {
    let jobs = Arc::new(jobs);
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    let worker = |n: usize| {
        let (jobs, next, done) = (jobs.clone(), next.clone(), done.clone());
        let mut line = lines[n % lines.len()].clone();
        tokio::spawn(async move {
            let mut visits = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = line.dispatch.create_job(job.clone()).await;
                visits.extend(answer.ok().and_then(|a| a.into_inner().visit).map(|v| v.name));
                done.fetch_add(1, Ordering::Relaxed);
            }
            visits
        })
    };
    let workers: Vec<_> = (0..AT_ONCE).map(worker).collect();
    let mut visits = Vec::new();
    for worker in workers {
        while !worker.is_finished() {
            progress(done.load(Ordering::Relaxed), jobs.len() as u64, "planning the day so far");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        visits.extend(worker.await.unwrap_or_default());
    }
    visits
}
