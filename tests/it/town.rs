//! A small town on straight lines, behind a real server on port 0, for tests that speak gRPC.

use callout::journal;
use callout::serve::clock::Source;
use callout::serve::{self, Config, OpenError, Running, StartError};
use callout::wire::v1::catalog_entry::Entry;
use callout::wire::v1::catalog_service_client::CatalogServiceClient;
use callout::wire::v1::clock_service_client::ClockServiceClient;
use callout::wire::v1::dispatch_service_client::DispatchServiceClient;
use callout::wire::v1::eta_service_client::EtaServiceClient;
use callout::wire::v1::fleet_service_client::FleetServiceClient;
use callout::wire::v1::notification_service_client::NotificationServiceClient;
use callout::wire::v1::planning_service_client::PlanningServiceClient;
use callout::wire::v1::region_service_client::RegionServiceClient;
use callout::wire::v1::stock_service_client::StockServiceClient;
use callout::wire::v1::watch_service_client::WatchServiceClient;
use callout::wire::v1::*;
use prost_types::{Duration, Timestamp};
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

/// Monday 2026-11-23, 08:00 in Milan.
pub const NOW: i64 = 1_795_417_200;
pub const REGION: &str = "regions/milan";

/// A server in this process, its data, and clients of it.
pub struct Town {
    pub running: Option<Running>,
    pub data: TempDir,
    pub clients: Clients,
}

/// Clients of every service, with a runtime of their own.
pub struct Clients {
    pub rt: Runtime,
    pub channel: Channel,
}

macro_rules! client {
    ($name:ident, $client:ident) => {
        pub fn $name(&self) -> $client<Channel> {
            $client::new(self.channel.clone()).max_decoding_message_size(64 << 20)
        }
    };
}

impl Clients {
    pub fn to(addr: SocketAddr) -> Clients {
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = Channel::from_shared(format!("http://{addr}")).unwrap().tcp_nodelay(true);
        let channel = rt.block_on(endpoint.connect()).unwrap();
        Clients { rt, channel }
    }

    client!(jobs, DispatchServiceClient);
    client!(catalog, CatalogServiceClient);
    client!(fleet, FleetServiceClient);
    client!(stock, StockServiceClient);
    client!(planning, PlanningServiceClient);
    client!(eta, EtaServiceClient);
    client!(regions, RegionServiceClient);
    client!(clock, ClockServiceClient);
    client!(watch, WatchServiceClient);
    client!(notifications, NotificationServiceClient);

    pub fn summary(&self) -> RegionSummary {
        let ask = GetRegionSummaryRequest { name: REGION.into() };
        self.rt.block_on(self.regions().get_region_summary(ask)).unwrap().into_inner()
    }

    pub fn create(&self, request: CreateJobRequest) -> Result<CreateJobResponse, tonic::Status> {
        self.rt.block_on(self.jobs().create_job(request)).map(tonic::Response::into_inner)
    }
}

pub fn config(data: &Path) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: data.to_owned(),
        clock: Source::Controlled,
        clock_start: Some(NOW),
        ..Config::default()
    }
}

impl Town {
    /// A server without any region.
    pub fn empty() -> Town {
        let data = tempfile::tempdir().unwrap();
        let running = serve::start(&config(data.path())).unwrap();
        let clients = Clients::to(running.addr);
        Town { running: Some(running), data, clients }
    }

    /// A server with a region, its catalogue, three technicians, a depot and stock.
    pub fn new() -> Town {
        let town = Town::empty();
        furnish(&town.clients);
        town
    }

    /// Stops the server and starts it again on the same data.
    pub fn restart(&mut self) {
        self.running.take().unwrap().shutdown();
        self.restart_stopped();
    }

    /// Starts a server that was stopped again on the same data. A process that another test has just forked holds all
    /// of this one's files, its locks among them, until it has become another program: that is waited for.
    pub fn restart_stopped(&mut self) {
        let start = || serve::start(&config(self.data.path()));
        let in_use = |started: &Result<Running, StartError>| {
            matches!(started, Err(StartError::Open(OpenError::Journal(journal::Fault::InUse { .. }))))
        };
        let mut started = start();
        for _ in 0..100 {
            if !in_use(&started) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            started = start();
        }
        let running = started.unwrap();
        self.clients = Clients::to(running.addr);
        self.running = Some(running);
    }
}

pub fn furnish(c: &Clients) {
    let rt = &c.rt;
    rt.block_on(c.regions().create_region(create_region("milan"))).unwrap();
    let import = ImportCatalogRequest { parent: REGION.into(), entries: entries(), ..Default::default() };
    rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let technicians = (1..=3)
        .map(|n| TechnicianImport { technician_id: format!("t{n}"), technician: Some(technician(n)) })
        .collect();
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    rt.block_on(c.fleet().batch_import_technicians(import)).unwrap();
    let depot = Depot { display_name: "North".into(), place: Some(place(9.20, 45.50)), ..Default::default() };
    let depot = CreateDepotRequest {
        parent: REGION.into(),
        depot_id: "north".into(),
        depot: Some(depot),
        ..Default::default()
    };
    rt.block_on(c.stock().create_depot(depot)).unwrap();
    let line = |location: &str, delta| StockAdjustment {
        location: format!("{REGION}/{location}"),
        part: format!("{REGION}/parts/pump"),
        delta,
    };
    let adjustments = vec![line("depots/north", 5), line("technicians/t1", 2)];
    let adjust = AdjustStockRequest {
        parent: REGION.into(),
        adjustments,
        reason: "opening".into(),
        ..Default::default()
    };
    rt.block_on(c.stock().adjust_stock(adjust)).unwrap();
}

pub fn create_region(id: &str) -> CreateRegionRequest {
    let beeline = Beeline { center: Some(place(9.19, 45.46)), radius_meters: 30_000, ..Default::default() };
    let network = Network { kind: Some(network::Kind::Beeline(beeline)), ..Default::default() };
    let region = Region {
        display_name: "Milan".into(),
        time_zone: "Europe/Rome".into(),
        network: Some(network),
        ..Default::default()
    };
    CreateRegionRequest { region_id: id.into(), region: Some(region), ..Default::default() }
}

pub fn place(longitude: f64, latitude: f64) -> Place {
    Place { latitude, longitude, datum: Datum::Wgs84.into() }
}

pub fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: NOW + seconds, nanos: 0 })
}

pub fn lasting(minutes: i64) -> Option<Duration> {
    Some(Duration { seconds: minutes * 60, nanos: 0 })
}

pub fn window(from: i64, to: i64) -> Window {
    Window { start: at(from), end: at(to) }
}

pub fn entry(collection: &str, id: &str, entry: Entry) -> CatalogEntry {
    let name = format!("{REGION}/{collection}/{id}");
    CatalogEntry { name, display_name: id.to_uppercase(), entry: Some(entry) }
}

pub fn requirement(min_level: i32) -> CertificationRequirement {
    CertificationRequirement { kind: format!("{REGION}/certificationKinds/gas"), min_level }
}

pub fn entries() -> Vec<CatalogEntry> {
    let pump = || PartCount { part: format!("{REGION}/parts/pump"), count: 1 };
    let gas = CertificationKind { max_level: 3, issuer: "CIG".into() };
    let boiler = ApplianceFamily { required_certifications: vec![requirement(1)], ..Default::default() };
    let leak = Fault {
        appliance_family: format!("{REGION}/applianceFamilies/boiler"),
        repair_duration: lasting(45),
        part_odds: vec![PartOdds { part: pump().part, count: 1, probability: 0.8 }],
        ..Default::default()
    };
    let standard = ServiceLevel { response_target: lasting(240), ..Default::default() };
    vec![
        // the fault comes before what it refers to, on purpose
        entry("faults", "leak", Entry::Fault(leak)),
        entry("certificationKinds", "gas", Entry::CertificationKind(gas)),
        entry("parts", "pump", Entry::Part(Part { sku: "P-1".into() })),
        entry("kits", "first", Entry::Kit(Kit { parts: vec![pump()] })),
        entry("applianceFamilies", "boiler", Entry::ApplianceFamily(boiler)),
        entry("serviceLevels", "standard", Entry::ServiceLevel(standard)),
    ]
}

/// The n-th technician: level n, at work from 08:00 to 17:00 with a break at noon.
pub fn technician(n: i32) -> Technician {
    let rest = Break { window: Some(window(4 * 3600, 6 * 3600)), duration: lasting(30) };
    Technician {
        display_name: format!("Technician {n}"),
        certifications: vec![Certification {
            kind: format!("{REGION}/certificationKinds/gas"),
            level: n.min(3),
            ..Default::default()
        }],
        shifts: vec![Shift { window: Some(window(0, 9 * 3600)), breaks: vec![rest] }],
        start_place: Some(place(9.15 + f64::from(n) * 0.02, 45.46)),
        ..Default::default()
    }
}

pub fn need() -> Need {
    Need {
        kind: JobKind::Repair.into(),
        place: Some(place(9.19, 45.47)),
        service_level: format!("{REGION}/serviceLevels/standard"),
        appliance_family: format!("{REGION}/applianceFamilies/boiler"),
        faults: vec![LikelyFault { fault: format!("{REGION}/faults/leak"), probability: 0.0 }],
        ..Default::default()
    }
}

pub fn customer() -> Customer {
    Customer {
        customer_id: "c-1".into(),
        display_name: "Ada Rossi".into(),
        phone: "+390212345678".into(),
        address: "Via Roma 1".into(),
        access_note: "ring twice".into(),
    }
}

pub fn create_job(id: &str) -> CreateJobRequest {
    let job = Job { need: Some(need()), customer: Some(customer()), ..Default::default() };
    CreateJobRequest { parent: REGION.into(), job_id: id.into(), job: Some(job), request_id: String::new() }
}
