//! Every method over real gRPC.

use crate::town::*;
use callout::wire::v1::*;
use tonic::Code;
use tonic_types::StatusExt;

#[test]
fn a_job_is_taken_in_assigned_and_read_back() {
    let mut town = Town::new();
    let c = &town.clients;
    let created = c.create(create_job("j1")).unwrap();
    let decision = created.decision.as_ref().unwrap();
    assert_eq!(decision.outcome(), Outcome::Assigned, "{decision:#?}");
    let chosen = decision.chosen.as_ref().unwrap();
    let visit = created.visit.as_ref().unwrap();
    assert_eq!(chosen.technician, visit.technician);
    assert_eq!(chosen.cost_terms.iter().map(|t| t.millis).sum::<i64>(), chosen.total_cost_millis);
    assert_eq!(visit.reservations.len(), 1);
    let job = created.job.unwrap();
    assert_eq!(job.state(), JobState::Planned);
    assert_eq!(job.customer, Some(customer()));
    let before = c.summary();
    let read = c.rt.block_on(c.jobs().get_job(GetJobRequest { name: job.name.clone() })).unwrap().into_inner();
    assert_eq!(read, job);
    town.restart();
    let c = &town.clients;
    assert_eq!(c.summary(), before);
    let read = c.rt.block_on(c.jobs().get_job(GetJobRequest { name: job.name.clone() })).unwrap().into_inner();
    assert_eq!(read, job);
    let missing = c.rt.block_on(c.jobs().get_job(GetJobRequest { name: format!("{REGION}/jobs/no") }));
    let status = missing.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_details_error_info().unwrap().reason, "JOB_NOT_FOUND");
    town.running.take().unwrap().shutdown();
}
