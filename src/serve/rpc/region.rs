//! RegionService: regions, their policy and counts.

use crate::serve::front::Front;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::v1::*;
use crate::wire::{Failure, encode};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl region_service_server::RegionService for Front {
    async fn create_region(&self, request: Request<CreateRegionRequest>) -> Result<Response<Region>, Status> {
        self.found(request.into_inner()).await
    }

    async fn get_region(&self, request: Request<GetRegionRequest>) -> Result<Response<Region>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_regions(
        &self,
        request: Request<ListRegionsRequest>,
    ) -> Result<Response<ListRegionsResponse>, Status> {
        Ok(Response::new(self.list(&request.into_inner())?))
    }

    async fn update_region(&self, request: Request<UpdateRegionRequest>) -> Result<Response<Region>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_region_summary(
        &self,
        request: Request<GetRegionSummaryRequest>,
    ) -> Result<Response<RegionSummary>, Status> {
        self.look(&request.into_inner())
    }
}

impl Front {
    fn list(&self, request: &ListRegionsRequest) -> Result<ListRegionsResponse, Failure> {
        let list = format!("regions {}", request.tenant);
        let page = check(|at| Page::read(at, request.page_size, &request.page_token, &list))?;
        let told = self.shelf.ids().into_iter().filter_map(|id| {
            if page.after.as_deref().is_some_and(|after| id.as_str() <= after) {
                return None;
            }
            let shown = self.shelf.region(&id).ok()?;
            let shown = shown.read();
            let meant = request.tenant.is_empty() || shown.desk.board().region.tenant == request.tenant;
            meant.then(|| (id.to_string(), encode::region::region(&shown.desk)))
        });
        let (regions, next_page_token) = page.take(told, |(id, _)| id.clone());
        let regions = regions.into_iter().map(|(_, region)| region).collect();
        Ok(ListRegionsResponse { regions, next_page_token })
    }
}
