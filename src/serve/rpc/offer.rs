//! OfferService: visits put to technicians.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl offer_service_server::OfferService for Front {
    async fn list_offers(
        &self,
        request: Request<ListOffersRequest>,
    ) -> Result<Response<ListOffersResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn accept_offer(&self, request: Request<AcceptOfferRequest>) -> Result<Response<Offer>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn decline_offer(&self, request: Request<DeclineOfferRequest>) -> Result<Response<Offer>, Status> {
        self.ask(request.into_inner()).await
    }
}
