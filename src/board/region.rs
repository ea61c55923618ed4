//! A region as its operator describes it: roads, grid, zone, policy.

use super::id::RegionId;
use super::offer::Offering;
use crate::geo::Point;
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};

/// A region's fixed facts and its policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// What people call it.
    pub display_name: String,
    /// The operator it belongs to.
    pub tenant: String,
    /// IANA name of its zone.
    pub time_zone: String,
    /// How travel is measured.
    pub network: Network,
    /// H3 resolution of the grid, 6..=10.
    pub grid_resolution: u8,
    /// Exchange rates.
    pub policy: Policy,
    /// When it was created.
    pub created: Time,
    /// Rises by one with each change of the region's own facts.
    pub revision: u64,
}

/// How travel is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The model.
    pub kind: NetworkKind,
    /// Metres to the nearest road beyond which a place is out of reach.
    pub snap_cap_metres: u32,
    /// Overrides of the built-in hour-by-class profile.
    pub dayparts: Vec<DaypartMultiplier>,
}

/// The two models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkKind {
    /// A `.roads` or `.osm.pbf` file in the roads directory.
    Roads {
        /// Its name there.
        file: String,
    },
    /// A straight line with a factor and a speed around a centre.
    Beeline {
        /// Road metres per straight metre in thousandths.
        detour_permille: u32,
        /// Metres an hour.
        speed_metres_per_hour: u32,
        /// The middle of the area served.
        centre: Point,
        /// Its radius in metres.
        radius_metres: u32,
    },
}

/// How much longer than its base time a class of road takes in one hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaypartMultiplier {
    /// 0..=23 in the region's zone.
    pub hour: u8,
    /// OpenStreetMap's highway class; every class where `None`.
    pub road_class: Option<String>,
    /// Thousandths of the base time, 500..=5000.
    pub permille: u32,
}

/// Exchange rates: what each thing is worth in paid technician time. See the field docs for units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Thousandths of a paid second a second of travel.
    pub travel_permille: u32,
    /// Thousandths by which a service level's lateness rate is multiplied.
    pub lateness_permille: u32,
    /// Thousandths of a paid second a second of overtime.
    pub overtime_permille: u32,
    /// Thousandths of a paid second a second that a technician waits for a window.
    pub waiting_permille: u32,
    /// For each promise that is changed.
    pub promise_change: Span,
    /// For spending the only holder of a certificate on a job that does not need it.
    pub scarcity: Span,
    /// For a stop at a depot besides travel and handling.
    pub depot_stop: Span,
    /// Longest overtime that may be planned.
    pub overtime_allowance: Span,
    /// How far ahead a job without a window may be planned.
    pub horizon: Span,
    /// Thousandths of a paid second a second between call and arrival, for levels with a response target.
    pub response_permille: u32,
    /// How far a planned start may be off either way, evenly; see [`super::cost::risk`].
    pub lateness_margin: Span,
    /// How long a slot is held.
    #[serde(default = "usual_hold")]
    pub hold: Span,
    /// Thousandths of a day's technician time that is not sold to levels that are not for emergencies.
    #[serde(default = "usual_reserve")]
    pub urgent_reserve_permille: u32,
    /// For sending somebody else than a technician whom the customer prefers.
    pub preference: Span,
    /// For sending somebody who does not speak the customer's language.
    pub language: Span,
    /// For sending somebody who is not patient to an elderly customer.
    pub patience: Span,
    /// Thousandths that work at an elderly customer's takes of the usual time.
    pub elderly_permille: u32,
    /// Thousandths at which a partner's price of a visit counts.
    pub partner_permille: u32,
    /// Partners are only looked at where nobody of one's own could start within this of the call; where `None`,
    /// they are weighed by their price alone.
    pub partner_after: Option<Span>,
    /// Who is asked before a visit counts as taken on.
    pub offers: Offering,
    /// How long an offer can be taken.
    pub offer_timeout: Span,
    /// How long who declined, or was taken off, is not asked for the same job.
    pub decline_cooldown: Span,
    /// How long who let an offer time out is not asked for anything.
    pub timeout_pause: Span,
    /// How soon somebody is to be at a call that counts for coverage, wherever it comes from.
    #[serde(default = "usual_target")]
    pub coverage_target: Span,
    /// Thousandths at which what a visit takes from coverage counts; 0 where it does not.
    #[serde(default)]
    pub coverage_permille: u32,
    /// How many technicians at most are asked to wait elsewhere, or do, at a time; 0 where nobody is.
    #[serde(default)]
    pub moves_at_once: u32,
    /// The longest way that somebody is sent to wait elsewhere.
    #[serde(default = "usual_move_drive")]
    pub move_drive: Span,
    /// How long the part of a promised window is at least that is told once the technician is on the way; zero where
    /// none is.
    #[serde(default = "usual_narrowed")]
    pub narrowed: Span,
    /// Whether who is on the way may be called away for an emergency that nobody else reaches in time.
    #[serde(default)]
    pub divert: bool,
}

fn usual_target() -> Span {
    Policy::default().coverage_target
}

fn usual_move_drive() -> Span {
    Policy::default().move_drive
}

fn usual_narrowed() -> Span {
    Policy::default().narrowed
}

fn usual_hold() -> Span {
    Policy::default().hold
}

fn usual_reserve() -> u32 {
    Policy::default().urgent_reserve_permille
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            travel_permille: 1000,
            lateness_permille: 1000,
            overtime_permille: 500,
            waiting_permille: 200,
            promise_change: Span::minutes(30),
            scarcity: Span::minutes(15),
            depot_stop: Span::minutes(2),
            overtime_allowance: Span::minutes(30),
            horizon: Span::hours(72),
            response_permille: 200,
            lateness_margin: Span::minutes(45),
            hold: Span::minutes(5),
            urgent_reserve_permille: 100,
            preference: Span::minutes(15),
            language: Span::minutes(20),
            patience: Span::minutes(10),
            elderly_permille: 1300,
            partner_permille: 1000,
            partner_after: None,
            offers: Offering::Never,
            offer_timeout: Span(60),
            decline_cooldown: Span::hours(4),
            timeout_pause: Span::minutes(10),
            coverage_target: Span::minutes(30),
            coverage_permille: 0,
            moves_at_once: 0,
            move_drive: Span::minutes(18),
            narrowed: Span::minutes(30),
            divert: false,
        }
    }
}
