//! StockService: depots and stock.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl stock_service_server::StockService for Front {
    async fn create_depot(&self, request: Request<CreateDepotRequest>) -> Result<Response<Depot>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_depot(&self, request: Request<GetDepotRequest>) -> Result<Response<Depot>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_depots(
        &self,
        request: Request<ListDepotsRequest>,
    ) -> Result<Response<ListDepotsResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn adjust_stock(
        &self,
        request: Request<AdjustStockRequest>,
    ) -> Result<Response<AdjustStockResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn list_stock(
        &self,
        request: Request<ListStockRequest>,
    ) -> Result<Response<ListStockResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_reservations(
        &self,
        request: Request<ListReservationsRequest>,
    ) -> Result<Response<ListReservationsResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn transfer_stock(
        &self,
        request: Request<TransferStockRequest>,
    ) -> Result<Response<TransferStockResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn create_delivery(
        &self,
        request: Request<CreateDeliveryRequest>,
    ) -> Result<Response<Delivery>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn cancel_delivery(
        &self,
        request: Request<CancelDeliveryRequest>,
    ) -> Result<Response<CancelDeliveryResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn recall_part(
        &self,
        request: Request<RecallPartRequest>,
    ) -> Result<Response<RecallPartResponse>, Status> {
        self.ask(request.into_inner()).await
    }
}
