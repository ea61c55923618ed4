//! EtaService: arrivals.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl eta_service_server::EtaService for Front {
    async fn get_eta(&self, request: Request<GetEtaRequest>) -> Result<Response<Eta>, Status> {
        self.look(&request.into_inner())
    }

    async fn estimate_arrival(
        &self,
        request: Request<EstimateArrivalRequest>,
    ) -> Result<Response<EstimateArrivalResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_duration_estimates(
        &self,
        request: Request<ListDurationEstimatesRequest>,
    ) -> Result<Response<ListDurationEstimatesResponse>, Status> {
        self.look(&request.into_inner())
    }
}
