//! ProgressService: what technicians report.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl progress_service_server::ProgressService for Front {
    async fn report_progress(
        &self,
        request: Request<ReportProgressRequest>,
    ) -> Result<Response<ReportProgressResponse>, Status> {
        self.ask(request.into_inner()).await
    }
}
