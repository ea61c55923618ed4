//! ManualService: work by hand.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl manual_service_server::ManualService for Front {
    async fn assign_job(
        &self,
        request: Request<AssignJobRequest>,
    ) -> Result<Response<AssignJobResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn unassign_job(
        &self,
        request: Request<UnassignJobRequest>,
    ) -> Result<Response<UnassignJobResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn reorder_route(
        &self,
        request: Request<ReorderRouteRequest>,
    ) -> Result<Response<ReorderRouteResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn list_locks(
        &self,
        request: Request<ListLocksRequest>,
    ) -> Result<Response<ListLocksResponse>, Status> {
        self.look(&request.into_inner())
    }
}
