//! The services: one line a method. Generated messages are named in signatures only.

mod booking;
mod catalog;
mod clock;
mod coverage;
mod dispatch;
mod eta;
mod fleet;
mod manual;
mod notification;
mod offer;
mod planning;
mod progress;
mod region;
mod stock;
mod watch;

use super::front::Front;
use super::limits;
use crate::wire::v1;
use tonic::service::Routes;

/// All services of the contract with their message limits.
pub fn routes(front: &Front) -> Routes {
    use v1::booking_service_server::BookingServiceServer;
    use v1::catalog_service_server::CatalogServiceServer;
    use v1::clock_service_server::ClockServiceServer;
    use v1::coverage_service_server::CoverageServiceServer;
    use v1::dispatch_service_server::DispatchServiceServer;
    use v1::eta_service_server::EtaServiceServer;
    use v1::fleet_service_server::FleetServiceServer;
    use v1::manual_service_server::ManualServiceServer;
    use v1::notification_service_server::NotificationServiceServer;
    use v1::offer_service_server::OfferServiceServer;
    use v1::planning_service_server::PlanningServiceServer;
    use v1::progress_service_server::ProgressServiceServer;
    use v1::region_service_server::RegionServiceServer;
    use v1::stock_service_server::StockServiceServer;
    use v1::watch_service_server::WatchServiceServer;
    macro_rules! service {
        ($server:ident, $most:expr) => {
            $server::new(front.clone())
                .max_decoding_message_size($most)
                .max_encoding_message_size(limits::ANSWER)
        };
    }
    // what only imports may send is cut down for the others by the size layer
    Routes::new(service!(DispatchServiceServer, limits::MESSAGE))
        .add_service(service!(CatalogServiceServer, limits::IMPORT))
        .add_service(service!(FleetServiceServer, limits::IMPORT))
        .add_service(service!(StockServiceServer, limits::IMPORT))
        .add_service(service!(BookingServiceServer, limits::MESSAGE))
        .add_service(service!(ProgressServiceServer, limits::MESSAGE))
        .add_service(service!(ManualServiceServer, limits::MESSAGE))
        .add_service(service!(OfferServiceServer, limits::MESSAGE))
        .add_service(service!(EtaServiceServer, limits::MESSAGE))
        .add_service(service!(RegionServiceServer, limits::MESSAGE))
        .add_service(service!(ClockServiceServer, limits::MESSAGE))
        .add_service(service!(NotificationServiceServer, limits::MESSAGE))
        .add_service(service!(CoverageServiceServer, limits::IMPORT))
        .add_service(service!(WatchServiceServer, limits::MESSAGE))
        .add_service(service!(PlanningServiceServer, limits::MESSAGE))
}

/// The names of all services of the contract.
pub const SERVICES: [&str; 15] = [
    "callout.v1.BookingService",
    "callout.v1.CatalogService",
    "callout.v1.ClockService",
    "callout.v1.CoverageService",
    "callout.v1.DispatchService",
    "callout.v1.EtaService",
    "callout.v1.FleetService",
    "callout.v1.ManualService",
    "callout.v1.OfferService",
    "callout.v1.ProgressService",
    "callout.v1.NotificationService",
    "callout.v1.PlanningService",
    "callout.v1.RegionService",
    "callout.v1.StockService",
    "callout.v1.WatchService",
];
