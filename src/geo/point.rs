//! A point on the Earth in WGS-84, and the two Chinese datums it may arrive in.
//!
//! Callers tag coordinates with their datum; they are converted once, here, and are WGS-84 ever after.
//! The GCJ-02 transform is the published one used by every map vendor in mainland China; BD-09 adds a
//! second rotation on top of it. Outside the mainland's bounding box (and in Hong Kong, Macau and
//! Taiwan, whose maps are WGS-84) GCJ-02 equals WGS-84.

use geo::{Distance, Haversine};
use serde::{Deserialize, Serialize};

/// Which geodetic datum a pair of coordinates is given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Datum {
    /// GPS and OpenStreetMap.
    Wgs84,
    /// Mainland China's obfuscated datum (Amap, Tencent).
    Gcj02,
    /// Baidu's datum on top of GCJ-02.
    Bd09,
}

/// A WGS-84 point in units of 1e-7 degree (about 1 cm): exact, hashable, never NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Longitude in 1e-7 degrees, -180e7..=180e7.
    pub lon: i32,
    /// Latitude in 1e-7 degrees, -90e7..=90e7.
    pub lat: i32,
}

/// Mean Earth radius in metres (IUGG), as `geo` uses it.
const EARTH: f64 = 6_371_008.8;

impl Point {
    /// A WGS-84 point from degrees; `None` where a value is not finite or off the globe.
    pub fn from_degrees(lon: f64, lat: f64) -> Option<Point> {
        let fits = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
        fits.then(|| Point { lon: (lon * 1e7).round() as i32, lat: (lat * 1e7).round() as i32 })
    }

    /// A point given in `datum`, converted to WGS-84; `None` as for [`Point::from_degrees`].
    pub fn from_datum(lon: f64, lat: f64, datum: Datum) -> Option<Point> {
        Point::from_degrees(lon, lat)?;
        let (lon, lat) = match datum {
            Datum::Wgs84 => (lon, lat),
            Datum::Gcj02 => gcj_to_wgs(lon, lat),
            Datum::Bd09 => {
                let (lon, lat) = bd_to_gcj(lon, lat);
                gcj_to_wgs(lon, lat)
            }
        };
        Point::from_degrees(lon, lat)
    }

    /// Longitude in degrees.
    pub fn lon_deg(self) -> f64 {
        f64::from(self.lon) / 1e7
    }

    /// Latitude in degrees.
    pub fn lat_deg(self) -> f64 {
        f64::from(self.lat) / 1e7
    }

    /// Great-circle distance in metres.
    pub fn metres_to(self, other: Point) -> f64 {
        let p = |q: Point| geo::Point::new(q.lon_deg(), q.lat_deg());
        Haversine.distance(p(self), p(other))
    }

    /// Whether another point is less than so many metres away, told without trigonometry where latitude tells.
    pub fn is_within(self, metres: f64, other: Point) -> bool {
        let north = (f64::from(self.lat) - f64::from(other.lat)).abs() / 1e7 * EARTH.to_radians();
        // a millimetre for rounding
        north < metres + 1e-3 && self.metres_to(other) < metres
    }

    /// Metres east and north of `origin` on a plane touching the Earth there: good to 0.1 % over a city.
    pub fn plane_from(self, origin: Point) -> [f64; 2] {
        let per_deg = EARTH.to_radians();
        let x = (f64::from(self.lon) - f64::from(origin.lon)) / 1e7
            * per_deg
            * origin.lat_deg().to_radians().cos();
        let y = (f64::from(self.lat) - f64::from(origin.lat)) / 1e7 * per_deg;
        [x, y]
    }
}

/// Whether the GCJ-02 offset applies: mainland China, by the vendors' box less Hong Kong, Macau and Taiwan.
fn in_mainland(lon: f64, lat: f64) -> bool {
    let within = |w: f64, s: f64, e: f64, n: f64| (w..=e).contains(&lon) && (s..=n).contains(&lat);
    let hong_kong = within(113.835, 22.153, 114.43, 22.505) && lat < 22.44 + (lon - 113.835) * 0.2;
    let macau = within(113.528, 22.1, 113.61, 22.2135);
    let taiwan = within(119.9, 21.8, 122.1, 25.4);
    within(72.004, 0.8293, 137.8347, 55.8271) && !hong_kong && !macau && !taiwan
}

/// The offset in degrees that GCJ-02 adds to a WGS-84 point in the mainland.
fn gcj_offset(lon: f64, lat: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    const A: f64 = 6_378_245.0; // Krasovsky 1940
    const EE: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |v: f64, k: f64| (v * k * PI).sin();
    let common = 20.0 * wave(x, 6.0) + 20.0 * wave(x, 2.0);
    let dy = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + (common + 20.0 * wave(y, 1.0) + 40.0 * wave(y, 1.0 / 3.0)) * 2.0 / 3.0
        + (160.0 * wave(y, 1.0 / 12.0) + 320.0 * wave(y, 1.0 / 30.0)) * 2.0 / 3.0;
    let dx = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + (common + 20.0 * wave(x, 1.0) + 40.0 * wave(x, 1.0 / 3.0)) * 2.0 / 3.0
        + (150.0 * wave(x, 1.0 / 12.0) + 300.0 * wave(x, 1.0 / 30.0)) * 2.0 / 3.0;
    let phi = lat.to_radians();
    let magic = 1.0 - EE * phi.sin() * phi.sin();
    let dlat = dy.to_degrees() / (A * (1.0 - EE) / (magic * magic.sqrt()));
    let dlon = dx.to_degrees() / (A / magic.sqrt() * phi.cos());
    (dlon, dlat)
}

/// Inverts GCJ-02 by fixed-point iteration; the map is a near-identity, so eight rounds reach 1e-9 degree.
fn gcj_to_wgs(lon: f64, lat: f64) -> (f64, f64) {
    if !in_mainland(lon, lat) {
        return (lon, lat);
    }
    (0..8).fold((lon, lat), |(x, y), _| {
        let (dx, dy) = gcj_offset(x, y);
        (lon - dx, lat - dy)
    })
}

/// Baidu's published rotation, undone.
fn bd_to_gcj(lon: f64, lat: f64) -> (f64, f64) {
    const K: f64 = std::f64::consts::PI * 3000.0 / 180.0;
    let (x, y) = (lon - 0.0065, lat - 0.006);
    let z = x.hypot(y) - 0.000_02 * (y * K).sin();
    let theta = y.atan2(x) - 0.000_003 * (x * K).cos();
    (z * theta.cos(), z * theta.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_is_no_point() {
        for (lon, lat) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (181.0, 0.0), (0.0, -90.1)] {
            assert_eq!(Point::from_degrees(lon, lat), None);
        }
    }

    #[test]
    fn chinese_datums_come_back_to_wgs84() {
        // Tiananmen, the pair of published values for the three datums agree to a metre.
        let wgs = Point::from_degrees(116.391_265, 39.907_333).unwrap();
        let gcj = Point::from_datum(116.397_507, 39.908_736, Datum::Gcj02).unwrap();
        let shift = Point::from_degrees(116.397_507, 39.908_736).unwrap().metres_to(gcj);
        assert!((286.0..=605.0).contains(&shift), "offset {shift} m");
        assert!(wgs.metres_to(gcj) < 5.0, "{} m", wgs.metres_to(gcj));
    }

    #[test]
    fn the_offset_is_undone_exactly_all_over_the_mainland() {
        for i in 0..200 {
            let (lon, lat) = (80.0 + f64::from(i % 20) * 2.0, 25.0 + f64::from(i / 20) * 2.0);
            let (dx, dy) = gcj_offset(lon, lat);
            let back = gcj_to_wgs(lon + dx, lat + dy);
            assert!((back.0 - lon).abs() < 1e-8 && (back.1 - lat).abs() < 1e-8, "{lon},{lat}");
        }
    }

    #[test]
    fn hong_kong_macau_and_taipei_are_left_alone() {
        for (lon, lat) in [(114.1694, 22.3193), (113.5439, 22.1987), (121.5654, 25.0330)] {
            assert_eq!(Point::from_datum(lon, lat, Datum::Gcj02), Point::from_degrees(lon, lat));
        }
    }

    #[test]
    fn the_plane_agrees_with_the_sphere_over_a_city() {
        let (a, b) = (Point::from_degrees(9.19, 45.46).unwrap(), Point::from_degrees(9.35, 45.55).unwrap());
        let [x, y] = b.plane_from(a);
        assert!((x.hypot(y) / a.metres_to(b) - 1.0).abs() < 2e-3);
    }
}
