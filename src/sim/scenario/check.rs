//! What makes no sense in a scenario, field by field.

use super::{Scenario, Trouble};
use crate::city::catalog::LEVELS;
use crate::city::catalog::faults::FAMILIES;
use crate::city::catalog::parts::PARTS;
use crate::geo::{Cell, Point};

impl Scenario {
    /// All that makes no sense, as field and what.
    #[allow(clippy::too_many_lines, reason = "a line a field")]
    pub fn wrong(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut check = |field: &str, fine: bool, what: &str| {
            if !fine {
                wrong.push((field.to_owned(), what.to_owned()));
            }
        };
        let id = !self.name.is_empty() && self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        check("name", id, "has to be letters, digits and hyphens");
        check("days", (1..=14).contains(&self.days), "is not in 1..14");
        let f = &self.fleet;
        check("fleet.technicians", (1..=20_000).contains(&f.technicians), "is not in 1..20000");
        check("fleet.depots", (1..=20).contains(&f.depots), "is not in 1..20");
        check("fleet.hours", (1.0..=16.0).contains(&f.hours), "is not in 1..16");
        for (field, hour) in [("fleet.early_start", f.early_start), ("fleet.late_start", f.late_start)] {
            check(field, (0.0..24.0).contains(&hour), "is not an hour of the day");
        }
        let trades = [f.cold, f.white, f.gas, f.fitter];
        check(
            "fleet.cold",
            trades.iter().all(|t| *t >= 0.0) && trades.iter().sum::<f64>() > 0.0,
            "trades have no shares",
        );
        let d = &self.demand;
        check("demand.jobs", d.jobs <= 100_000, "is over 100000");
        check("demand.by_hour", d.by_hour.len() == 24, "has to have 24 rates");
        let rates =
            d.by_hour.iter().all(|r| r.is_finite() && *r >= 0.0) && d.by_hour.iter().sum::<f64>() > 0.0;
        check("demand.by_hour", rates, "rates have to be numbers from 0, some over 0");
        check(
            "demand.booked",
            d.emergency + d.urgent + d.booked <= 1.0,
            "emergency, urgent and booked sum to more than 1",
        );
        check(
            "demand.install",
            d.install + d.maintenance <= 1.0,
            "install and maintenance sum to more than 1",
        );
        let shares = [
            ("fleet.masters", f.masters),
            ("fleet.late", f.late),
            ("demand.emergency", d.emergency),
            ("demand.urgent", d.urgent),
            ("demand.booked", d.booked),
            ("demand.install", d.install),
            ("demand.maintenance", d.maintenance),
            ("demand.clustered", d.clustered),
            ("demand.cancelled", d.cancelled),
            ("stock.van_fill", self.stock.van_fill),
            ("truth.absent_customer", self.truth.absent_customer),
            ("truth.misdiagnosed", self.truth.misdiagnosed),
            ("fleet.brands", f.brands),
            ("demand.rescheduled", d.rescheduled),
            ("demand.branded", d.branded),
        ];
        for (field, share) in shares {
            check(field, (0.0..=1.0).contains(&share), "is not a share of 0..1");
        }
        let t = &self.truth;
        let laws = [
            ("travel_cv", t.travel_cv, 0.0),
            ("travel_mean", t.travel_mean, 0.2),
            ("service_cv", t.service_cv, 0.0),
            ("service_mean", t.service_mean, 0.2),
        ];
        for (field, value, least) in laws {
            check(
                &format!("truth.{field}"),
                (least..=5.0).contains(&value),
                &format!("is not in {least}..5"),
            );
        }
        check("stock.depot", (0.0..=100.0).contains(&self.stock.depot), "is not in 0..100");
        let p = &self.policy;
        let rates = [
            p.lateness_margin,
            p.lateness_factor,
            p.travel_rate,
            p.response_rate,
            p.waiting_rate,
            p.coverage_factor,
            p.move_drive,
        ];
        check(
            "policy",
            rates.iter().flatten().all(|r| (0.0..=240.0).contains(r)),
            "has a rate that is not in 0..240",
        );
        let family = |id: &String| FAMILIES.iter().any(|f| f.id == id);
        for (id, weight) in &d.families {
            let field = format!("demand.families.{id}");
            check(&field, family(id), "is no appliance family");
            check(&field, weight.is_finite() && *weight >= 0.0, "is not a weight from 0");
        }
        wrong.extend(self.wrong_more());
        wrong.extend(self.wrong_real());
        for (i, trouble) in self.event.iter().enumerate() {
            if let Some((field, what)) = trouble.wrong(&family) {
                wrong.push((format!("event[{i}].{field}"), what.to_owned()));
            }
        }
        wrong
    }
}

impl Scenario {
    /// What makes no sense of quarters, parts, levels, policies and seeds.
    fn wrong_more(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut check = |field: String, fine: bool, what: &str| {
            if !fine {
                wrong.push((field, what.to_owned()));
            }
        };
        check("fleet.pace_cv".into(), (0.0..=1.0).contains(&self.fleet.pace_cv), "is not in 0..1");
        let minutes = self.truth.positions;
        check(
            "truth.positions".into(),
            minutes == 0.0 || (0.5..=120.0).contains(&minutes),
            "is not 0 or in 0.5..120",
        );
        let quarters = &self.demand.quarter;
        let shares: f64 = quarters.iter().map(|q| q.share).sum();
        check("demand.quarter".into(), shares <= 1.0 + 1e-9, "shares sum to more than 1");
        for (i, q) in quarters.iter().enumerate() {
            let at = |field: &str| format!("demand.quarter[{i}].{field}");
            check(at("share"), (0.0..=1.0).contains(&q.share), "is not a share of 0..1");
            let cell = q.cell.as_ref().is_none_or(|c| c.parse::<Cell>().is_ok());
            check(at("cell"), cell, "is no H3 cell");
            let place = q.at.is_none_or(|[lon, lat]| Point::from_degrees(lon, lat).is_some());
            check(at("at"), place, "is no longitude and latitude");
            check(
                at("cell"),
                q.cell.is_none() || q.at.is_none() && q.to_km.is_none(),
                "stands beside a ring",
            );
            let ring = q.from_km >= 0.0 && q.to_km.is_none_or(|to| to > q.from_km && to <= 1_000.0);
            check(at("from_km"), ring, "from_km and to_km are not in order from 0");
        }
        for (id, share) in &self.stock.parts {
            let field = || format!("stock.parts.{id}");
            check(field(), PARTS.iter().any(|p| p.id == id), "is no part of the catalogue");
            check(field(), (0.0..=1.0).contains(share), "is not in 0..1");
        }
        for (i, hour) in self.stock.replenish.iter().enumerate() {
            check(format!("stock.replenish[{i}]"), (0.0..24.0).contains(hour), "is not an hour of the day");
        }
        for (id, terms) in &self.level {
            let at = |field: &str| format!("level.{id}.{field}");
            check(format!("level.{id}"), LEVELS.iter().any(|l| l.0 == id), "is no service level");
            check(at("minutes"), (0.0..=20_160.0).contains(&terms.minutes), "is not in 0..20160");
            let rate = terms.lateness_rate.is_none_or(|r| (0.0..=1_000.0).contains(&r));
            check(at("lateness_rate"), rate, "is not in 0..1000");
        }
        for (i, name) in self.policies.iter().enumerate() {
            check(format!("policies[{i}]"), crate::sim::policy::named(name).is_some(), "is no policy");
        }
        check("seeds".into(), self.seeds.len() <= 1_000, "are over 1000");
        wrong
    }
}

impl Trouble {
    fn wrong(&self, family: &dyn Fn(&String) -> bool) -> Option<(&'static str, &'static str)> {
        let hour = |h: &f64| (0.0..=24.0).contains(h);
        let share = |s: &f64| (0.0..=1.0).contains(s);
        match self {
            Trouble::Surge { from, to, .. } | Trouble::PositionsLost { from, to, .. }
                if !hour(from) || !hour(to) || from >= to =>
            {
                Some(("from", "from and to are not hours in order"))
            }
            Trouble::Surge { factor, .. } if !(1.0..=20.0).contains(factor) => {
                Some(("factor", "is not in 1..20"))
            }
            Trouble::Surge { family: id, .. } if !family(id) => Some(("family", "is no appliance family")),
            Trouble::Storm { at, .. } | Trouble::Illness { at, .. } | Trouble::Recall { at, .. }
                if !hour(at) =>
            {
                Some(("at", "is not an hour of the day"))
            }
            Trouble::Storm { calls, .. } if *calls > 10_000 => Some(("calls", "is over 10000")),
            Trouble::Absence { share: s }
            | Trouble::Illness { share: s, .. }
            | Trouble::PositionsLost { share: s, .. }
                if !share(s) =>
            {
                Some(("share", "is not a share of 0..1"))
            }
            Trouble::Recall { part, .. } if !PARTS.iter().any(|p| p.id == part) => {
                Some(("part", "is no part of the catalogue"))
            }
            _ => None,
        }
    }
}
