//! BookingService: slots, promises, clocks, prices.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl booking_service_server::BookingService for Front {
    async fn search_slots(
        &self,
        request: Request<SearchSlotsRequest>,
    ) -> Result<Response<SearchSlotsResponse>, Status> {
        self.search(request.into_inner()).await
    }

    async fn hold_slot(
        &self,
        request: Request<HoldSlotRequest>,
    ) -> Result<Response<HoldSlotResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn confirm_job(&self, request: Request<ConfirmJobRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn reschedule_job(
        &self,
        request: Request<RescheduleJobRequest>,
    ) -> Result<Response<RescheduleJobResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn file_solution(&self, request: Request<FileSolutionRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn pause_clock(&self, request: Request<PauseClockRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn resume_clock(&self, request: Request<ResumeClockRequest>) -> Result<Response<Job>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn list_escalations(
        &self,
        request: Request<ListEscalationsRequest>,
    ) -> Result<Response<ListEscalationsResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_clock_forecasts(
        &self,
        request: Request<ListClockForecastsRequest>,
    ) -> Result<Response<ListClockForecastsResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn set_price_list(
        &self,
        request: Request<SetPriceListRequest>,
    ) -> Result<Response<PriceList>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_price_list(
        &self,
        request: Request<GetPriceListRequest>,
    ) -> Result<Response<PriceList>, Status> {
        self.look(&request.into_inner())
    }
}
