//! CatalogService: catalog entries.

use crate::serve::front::Front;
use crate::wire::v1::*;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl catalog_service_server::CatalogService for Front {
    async fn import_catalog(
        &self,
        request: Request<ImportCatalogRequest>,
    ) -> Result<Response<ImportCatalogResponse>, Status> {
        self.ask(request.into_inner()).await
    }

    async fn get_catalog_entry(
        &self,
        request: Request<GetCatalogEntryRequest>,
    ) -> Result<Response<CatalogEntry>, Status> {
        self.look(&request.into_inner())
    }

    async fn list_catalog_entries(
        &self,
        request: Request<ListCatalogEntriesRequest>,
    ) -> Result<Response<ListCatalogEntriesResponse>, Status> {
        self.look(&request.into_inner())
    }

    async fn delete_catalog_entry(
        &self,
        request: Request<DeleteCatalogEntryRequest>,
    ) -> Result<Response<DeleteCatalogEntryResponse>, Status> {
        self.ask(request.into_inner()).await
    }
}
