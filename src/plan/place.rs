//! Places: where they meet the road, and whether they lie in the region.

use super::Desk;
use crate::board::region::NetworkKind;
use crate::geo::{Cell, Point};

/// Metres beyond the nearest road at which a place is not merely out of reach but elsewhere.
const ELSEWHERE_METRES: u32 = 20_000;

/// Where a place meets the road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snap {
    /// Metres between the two; where it is out of reach, to the nearest road (`u32::MAX` where there is none).
    pub gap_metres: u32,
    /// Whether that is near enough.
    pub reachable: bool,
}

impl Desk {
    /// Why no road reaches a place, where that is so.
    pub(super) fn unreached(&self, place: Point) -> Option<String> {
        self.travel().spot(place).err().map(|u| unreached(u.nearest_metres, u.cap_metres))
    }

    /// Where a place meets the road.
    pub fn snap(&self, place: Point) -> Snap {
        match self.travel().spot(place) {
            Ok(spot) => Snap { gap_metres: spot.gap_metres(), reachable: true },
            Err(u) => Snap { gap_metres: u.nearest_metres.unwrap_or(u32::MAX), reachable: false },
        }
    }

    /// Whether a place can be meant to lie in this region.
    ///
    /// # Errors
    /// Why not, in words; also where longitude and latitude look swapped.
    pub fn in_region(&self, place: Point) -> Result<(), String> {
        let Some(away) = self.outside_by(place) else { return Ok(()) };
        let swapped = Point::from_degrees(place.lat_deg(), place.lon_deg());
        let hint = match swapped.filter(|p| self.outside_by(*p).is_none()) {
            Some(_) => "; longitude and latitude look swapped",
            None => "",
        };
        Err(format!("lies {away} outside the region{hint}"))
    }

    fn outside_by(&self, place: Point) -> Option<String> {
        if let NetworkKind::Beeline { centre, radius_metres, .. } = &self.board().region.network.kind {
            let beyond = centre.metres_to(place) - f64::from(*radius_metres);
            return (beyond > 0.0).then(|| distance(beyond as u32));
        }
        let nearest = self.travel().spot(place).err()?.nearest_metres;
        match nearest {
            Some(metres) => (metres > ELSEWHERE_METRES).then(|| distance(metres)),
            None => Some("far".into()),
        }
    }

    /// The region's grid cell of a place.
    pub fn cell(&self, place: Point) -> Cell {
        Cell::of(place, self.board().region.grid_resolution)
    }
}

fn distance(metres: u32) -> String {
    if metres < 1000 { format!("{metres} m") } else { format!("{} km", metres / 1000) }
}

fn unreached(nearest: Option<u32>, cap: u32) -> String {
    match nearest {
        Some(metres) => format!("the place is {metres} m from the nearest road, the limit is {cap} m"),
        None => "there is no road at all".into(),
    }
}
