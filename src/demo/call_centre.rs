//! The demo's line to the server: the clients of the public API, and the region set up through them.
//!
//! Names nothing of the server's inside: what is done here, any gRPC client can do.

use super::catalog::entries;
use super::fleet;
use super::names::{Names, at, place};
use crate::city::day::Day;
use crate::city::{City, SNAP_CAP_METRES};
use crate::wire::v1;
use crate::wire::v1::booking_service_client::BookingServiceClient;
use crate::wire::v1::catalog_service_client::CatalogServiceClient;
use crate::wire::v1::clock_service_client::ClockServiceClient;
use crate::wire::v1::dispatch_service_client::DispatchServiceClient;
use crate::wire::v1::eta_service_client::EtaServiceClient;
use crate::wire::v1::fleet_service_client::FleetServiceClient;
use crate::wire::v1::manual_service_client::ManualServiceClient;
use crate::wire::v1::offer_service_client::OfferServiceClient;
use crate::wire::v1::progress_service_client::ProgressServiceClient;
use crate::wire::v1::region_service_client::RegionServiceClient;
use crate::wire::v1::stock_service_client::StockServiceClient;
use tonic::Status;
use tonic::transport::{Channel, Endpoint, Error};

/// Lines of one stock adjustment or technicians of one import.
const BATCH: usize = 200;

/// A client of each service that the demo and the load use.
#[derive(Clone, Debug)]
pub struct CallCentre {
    /// Jobs.
    pub dispatch: DispatchServiceClient<Channel>,
    /// Slots and promises.
    pub booking: BookingServiceClient<Channel>,
    /// What technicians report.
    pub progress: ProgressServiceClient<Channel>,
    /// Work by hand.
    pub manual: ManualServiceClient<Channel>,
    /// Offers.
    pub offer: OfferServiceClient<Channel>,
    /// Arrivals.
    pub eta: EtaServiceClient<Channel>,
    /// Technicians.
    pub fleet: FleetServiceClient<Channel>,
    /// Parts.
    pub stock: StockServiceClient<Channel>,
    /// The clock.
    pub clock: ClockServiceClient<Channel>,
    /// The catalogue.
    pub catalog: CatalogServiceClient<Channel>,
    /// Regions.
    pub regions: RegionServiceClient<Channel>,
}

impl CallCentre {
    /// Connects to a server.
    ///
    /// # Errors
    /// Where nobody answers.
    pub async fn dial(address: &str) -> Result<CallCentre, Error> {
        let channel = Endpoint::from_shared(address.to_owned())?.tcp_nodelay(true).connect().await?;
        Ok(CallCentre {
            dispatch: DispatchServiceClient::new(channel.clone()),
            booking: BookingServiceClient::new(channel.clone()),
            progress: ProgressServiceClient::new(channel.clone()),
            manual: ManualServiceClient::new(channel.clone()),
            offer: OfferServiceClient::new(channel.clone()),
            eta: EtaServiceClient::new(channel.clone()),
            fleet: FleetServiceClient::new(channel.clone()),
            stock: StockServiceClient::new(channel.clone()),
            clock: ClockServiceClient::new(channel.clone()),
            catalog: CatalogServiceClient::new(channel.clone()),
            regions: RegionServiceClient::new(channel),
        })
    }

    /// Creates the region `id` with its catalogue, on the roads in `roads_file` or by straight lines.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn open_region(
        &mut self,
        names: &Names,
        id: &str,
        city: &City,
        roads_file: Option<&str>,
    ) -> Result<v1::Region, Status> {
        let kind = match roads_file {
            Some(file) => v1::network::Kind::RoadsFile(file.to_owned()),
            None => v1::network::Kind::Beeline(v1::Beeline {
                center: Some(place(city.busiest())),
                ..Default::default()
            }),
        };
        let network =
            v1::Network { kind: Some(kind), snap_cap_meters: SNAP_CAP_METRES as i32, ..Default::default() };
        let region = v1::Region {
            display_name: city.display_name.clone(),
            time_zone: city.time_zone.clone(),
            network: Some(network),
            ..Default::default()
        };
        let request = v1::CreateRegionRequest {
            region_id: id.to_owned(),
            region: Some(region),
            request_id: format!("demo-region-{id}"),
        };
        let region = self.regions.create_region(request).await?.into_inner();
        let request = v1::ImportCatalogRequest {
            parent: names.region(),
            entries: entries(names),
            request_id: "demo-catalog".to_owned(),
            ..Default::default()
        };
        self.catalog.import_catalog(request).await?;
        Ok(region)
    }

    /// Adds the depots.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn open_depots(
        &mut self,
        names: &Names,
        depots: &[(&str, &str, crate::geo::Point)],
    ) -> Result<(), Status> {
        for (id, display_name, point) in depots {
            let depot = v1::Depot {
                display_name: (*display_name).to_owned(),
                place: Some(place(*point)),
                ..Default::default()
            };
            let request = v1::CreateDepotRequest {
                parent: names.region(),
                depot_id: (*id).to_owned(),
                depot: Some(depot),
                request_id: format!("demo-depot-{id}"),
            };
            self.stock.create_depot(request).await?;
        }
        Ok(())
    }

    /// Imports the technicians, in batches.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn hire(&mut self, names: &Names, all: Vec<v1::TechnicianImport>) -> Result<(), Status> {
        for (n, technicians) in all.chunks(BATCH).enumerate() {
            let request = v1::BatchImportTechniciansRequest {
                parent: names.region(),
                technicians: technicians.to_vec(),
                request_id: format!("demo-hire-{n}"),
                ..Default::default()
            };
            self.fleet.batch_import_technicians(request).await?;
        }
        Ok(())
    }

    /// Fills depots and vans, in batches.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn fill(&mut self, names: &Names, lines: &[v1::StockAdjustment]) -> Result<(), Status> {
        for (n, adjustments) in lines.chunks(BATCH).enumerate() {
            let request = v1::AdjustStockRequest {
                parent: names.region(),
                adjustments: adjustments.to_vec(),
                reason: "opening stock".to_owned(),
                request_id: format!("demo-fill-{n}"),
            };
            self.stock.adjust_stock(request).await?;
        }
        Ok(())
    }

    /// Sets the server's clock.
    ///
    /// # Errors
    /// Where it is not a controlled one.
    pub async fn set_clock(&mut self, seconds: i64) -> Result<(), Status> {
        self.clock.set_clock(v1::SetClockRequest { now: Some(at(seconds)) }).await.map(drop)
    }

    /// Sets up everything that is there before the first call.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn set_up(
        &mut self,
        world: super::calls::World<'_>,
        roads_file: &str,
    ) -> Result<v1::Region, Status> {
        let super::calls::World { city, day, names, chance, technicians } = world;
        let region = self.open_region(names, &city.id, city, Some(roads_file)).await?;
        let depots = fleet::depots(city, chance);
        self.open_depots(names, &depots).await?;
        self.hire(names, fleet::technicians(names, city, day, chance, technicians)).await?;
        let ids: Vec<&str> = depots.iter().map(|d| d.0).collect();
        self.fill(names, &fleet::stock(names, chance, &ids, technicians)).await?;
        Ok(region)
    }
}

/// The hour at which a demo's clock starts: half a day before the day.
pub fn opening_time(day: &Day) -> i64 {
    day.at(-12.0)
}
