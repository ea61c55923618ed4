//! CoverageService: what is covered, what demand rests on, who waits elsewhere for it, what staffing it takes.

use crate::serve::front::Front;
use crate::serve::watch::{self, Covered, Pull};
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl coverage_service_server::CoverageService for Front {
    type WatchCoverageStream = Pull<Covered>;

    async fn get_coverage(&self, request: Request<GetCoverageRequest>) -> Result<Response<Coverage>, Status> {
        self.look_over(&request.into_inner()).await
    }

    async fn watch_coverage(
        &self,
        request: Request<WatchCoverageRequest>,
    ) -> Result<Response<Self::WatchCoverageStream>, Status> {
        watch::cover(self, &request.into_inner())
    }

    async fn explain_demand(
        &self,
        request: Request<ExplainDemandRequest>,
    ) -> Result<Response<DemandExplanation>, Status> {
        self.look_over(&request.into_inner()).await
    }

    async fn get_demand(&self, request: Request<GetDemandRequest>) -> Result<Response<DemandRates>, Status> {
        self.look_over(&request.into_inner()).await
    }

    async fn set_demand(&self, request: Request<SetDemandRequest>) -> Result<Response<DemandRates>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn forecast_coverage(
        &self,
        request: Request<ForecastCoverageRequest>,
    ) -> Result<Response<CoverageForecast>, Status> {
        self.study(request.into_inner()).await
    }

    async fn rank_additions(
        &self,
        request: Request<RankAdditionsRequest>,
    ) -> Result<Response<RankAdditionsResponse>, Status> {
        self.study(request.into_inner()).await
    }

    async fn plan_staffing(
        &self,
        request: Request<PlanStaffingRequest>,
    ) -> Result<Response<StaffingPlan>, Status> {
        self.study(request.into_inner()).await
    }

    async fn list_moves(
        &self,
        request: Request<ListMovesRequest>,
    ) -> Result<Response<ListMovesResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn accept_move(&self, request: Request<AcceptMoveRequest>) -> Result<Response<Move>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn decline_move(&self, request: Request<DeclineMoveRequest>) -> Result<Response<Move>, Status> {
        self.ask(request.into_inner()).await
    }
}
