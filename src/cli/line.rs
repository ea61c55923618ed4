//! The line from the command line to a running server: connecting, and what its refusals say.

use super::Error;
use crate::geo::Point;
use crate::wire::v1;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Where the server is.
#[derive(Debug, Clone, clap::Args)]
pub struct Line {
    /// The server's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7070", global = true)]
    server: String,
}

impl Line {
    /// Connects and works; blocks until done.
    ///
    /// # Errors
    /// [`Error::Unusable`] where nobody answers, [`Error::No`] with every violation where the server refuses.
    pub fn work<T>(&self, work: impl AsyncFnOnce(Channel) -> Result<T, Status>) -> Result<T, Error> {
        let url =
            if self.server.contains("://") { self.server.clone() } else { format!("http://{}", self.server) };
        let unreachable =
            |why: String| Error::Unusable(format!("{url}: {why}; is `callout serve` running there?"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(Error::unusable)?.block_on(async {
            let endpoint = Endpoint::from_shared(url.clone()).map_err(|e| unreachable(e.to_string()))?;
            let channel = endpoint.connect().await.map_err(|_| unreachable("no server answers".into()))?;
            work(channel).await.map_err(|status| refusal(&status))
        })
    }
}

/// A refusal in words: message, reason, and a line for each field that is wrong.
pub(super) fn refusal(status: &Status) -> Error {
    let details = status.get_error_details();
    let mut said = status.message().to_owned();
    if let Some(info) = details.error_info() {
        said.push_str(&format!(" ({})", info.reason));
        if let Some(token) = info.metadata.get("resume_token") {
            said.push_str(&format!("; go on with --resume {token}"));
        }
    }
    for violation in details.bad_request().iter().flat_map(|b| &b.field_violations) {
        said.push_str(&format!("\n  {}: {}", violation.field, violation.description));
    }
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Internal | Code::Unknown => Error::Unusable(said),
        _ => Error::No(said),
    }
}

/// The zone of a region, for telling times.
///
/// # Errors
/// What the server refuses.
pub async fn zone_of(channel: &Channel, region: &str) -> Result<TimeZone, Status> {
    let mut client = v1::region_service_client::RegionServiceClient::new(channel.clone());
    let request = v1::GetRegionRequest { name: region.to_owned() };
    let region = client.get_region(request).await?.into_inner();
    Ok(TimeZone::get(&region.time_zone).unwrap_or(TimeZone::UTC))
}

/// A moment as people say it in a zone.
pub fn moment(time: &Option<prost_types::Timestamp>, zone: &TimeZone) -> String {
    let known = time.as_ref().and_then(|t| Timestamp::from_second(t.seconds).ok());
    known.map_or("-".to_owned(), |t| t.to_zoned(zone.clone()).strftime("%a %d %b %H:%M %Z").to_string())
}

/// A moment for programs: RFC 3339, in UTC.
pub fn stamp(time: &Option<prost_types::Timestamp>) -> Option<String> {
    time.as_ref().and_then(|t| Timestamp::from_second(t.seconds).ok()).map(|t| t.to_string())
}

/// `LON,LAT` in degrees.
pub fn place(text: &str) -> Result<Point, String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some([lon, lat]) => {
            Point::from_degrees(*lon, *lat).ok_or("is off the globe: write LON,LAT".to_owned())
        }
        _ => Err("write LON,LAT in degrees, such as -71.25,-29.9".to_owned()),
    }
}

/// `START/END`, both RFC 3339 with an offset or Z.
pub fn window(text: &str) -> Result<v1::Window, String> {
    let said = "write START/END, such as 2026-11-24T10:00-03:00/2026-11-24T12:00-03:00";
    let (start, end) = text.split_once('/').ok_or(said)?;
    let read = |t: &str| instant(t).map_err(|e| format!("{t:?}: {e}; {said}"));
    Ok(v1::Window { start: Some(read(start)?), end: Some(read(end)?) })
}

/// A moment, RFC 3339 with an offset or Z.
pub fn instant(text: &str) -> Result<prost_types::Timestamp, String> {
    let at =
        text.parse::<Timestamp>().map_err(|e| format!("{e}; write it such as 2026-11-24T10:00-03:00"))?;
    Ok(prost_types::Timestamp { seconds: at.as_second(), nanos: 0 })
}

/// `ID` or `ID=VALUE`.
pub fn pair(text: &str) -> Result<(String, Option<f64>), String> {
    match text.split_once('=') {
        None => Ok((text.to_owned(), None)),
        Some((id, value)) => {
            let value =
                value.parse().map_err(|_| format!("{value:?} is not a number: write ID or ID=NUMBER"))?;
            Ok((id.to_owned(), Some(value)))
        }
    }
}
