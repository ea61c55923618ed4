//! WatchService: streams of what happens.

use crate::serve::front::Front;
use crate::serve::watch::{self, Etas, Pull, Stream};
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl watch_service_server::WatchService for Front {
    type WatchRegionStream = Pull<Stream>;
    type WatchJobStream = Pull<Stream>;
    type WatchTechnicianStream = Pull<Stream>;
    type WatchEtaStream = Pull<Etas>;

    async fn watch_region(
        &self,
        request: Request<WatchRegionRequest>,
    ) -> Result<Response<Self::WatchRegionStream>, Status> {
        watch::open(self, request.into_inner()).await
    }

    async fn watch_job(
        &self,
        request: Request<WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        watch::open(self, request.into_inner()).await
    }

    async fn watch_technician(
        &self,
        request: Request<WatchTechnicianRequest>,
    ) -> Result<Response<Self::WatchTechnicianStream>, Status> {
        watch::open(self, request.into_inner()).await
    }

    async fn watch_eta(
        &self,
        request: Request<WatchEtaRequest>,
    ) -> Result<Response<Self::WatchEtaStream>, Status> {
        watch::follow(self, &request.into_inner())
    }
}
