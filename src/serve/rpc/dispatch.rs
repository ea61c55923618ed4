//! DispatchService: jobs.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl dispatch_service_server::DispatchService for Front {
    async fn create_job(
        &self,
        request: Request<CreateJobRequest>,
    ) -> Result<Response<CreateJobResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn update_job(
        &self,
        request: Request<UpdateJobRequest>,
    ) -> Result<Response<UpdateJobResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_visit(&self, request: Request<GetVisitRequest>) -> Result<Response<Visit>, Status> {
        self.look(&request.into_inner())
    }

    async fn explain_job(
        &self,
        request: Request<ExplainJobRequest>,
    ) -> Result<Response<ExplainJobResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn lock_visit(&self, request: Request<LockVisitRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn unlock_visit(&self, request: Request<UnlockVisitRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn evaluate_job(
        &self,
        request: Request<EvaluateJobRequest>,
    ) -> Result<Response<EvaluateJobResponse>, Status> {
        self.evaluate(&request.into_inner())
    }
}

impl Front {
    /// As any read, and says how long deciding took.
    fn evaluate(&self, request: &EvaluateJobRequest) -> Result<Response<EvaluateJobResponse>, Status> {
        let began = instant();
        let reply = self.look(request)?.into_inner();
        Ok(Response::new(reply.took(began.elapsed())))
    }
}

#[allow(clippy::disallowed_methods, reason = "measures how long deciding takes; decides nothing")]
fn instant() -> std::time::Instant {
    std::time::Instant::now()
}
