//! Jobs and technicians by name. What a scenario does not tell of a job (its true length, the parts it really takes,
//! whether anybody opens) is drawn as for others.

use super::{Call, Maker};
use crate::board::Board;
use crate::board::catalog::PartCount;
use crate::board::command::NewJob;
use crate::board::fleet::{Certification, Shift, Technician, Window};
use crate::board::id::{JobId, PartId};
use crate::board::job::{Customer, JobKind, LikelyFault, Need};
use crate::city::catalog::faults::{FAULTS, family_of};
use crate::city::catalog::parts::{KITS, Trade};
use crate::geo::Point;
use crate::sim::scenario::{RealJob, RealTechnician, certificate, kind, moment};
use crate::sim::truth::lognormal;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

impl Maker<'_> {
    fn local(&self, said: &str) -> Time {
        Time(moment(said, self.place.day.zone()).expect("the scenario was checked"))
    }

    /// The window between two moments.
    fn between(&self, [from, until]: &[String; 2]) -> Window {
        Window { start: self.local(from), end: self.local(until) }
    }

    pub(super) fn real_technician(&self, real: &RealTechnician) -> Technician {
        let held = |said: &String| {
            let (kind, level) = certificate(said).expect("the scenario was checked");
            Certification { kind: kind.into(), level, valid_from: Time::MIN, valid_to: Time::MAX }
        };
        let mut certifications: Vec<Certification> = real.certificates.iter().map(held).collect();
        certifications.sort();
        certifications.dedup_by(|a, b| a.kind == b.kind);
        let mut shifts: Vec<Shift> = real.shifts.iter().map(|s| self.with_meal(self.between(s))).collect();
        shifts.sort_by_key(|s| s.window.start);
        let home = point(real.at);
        Technician {
            id: real.id.as_str().into(),
            display_name: real.id.clone(),
            certifications,
            shifts,
            start: home,
            end: home,
            overtime_allowance: None,
            traits: Default::default(),
            revision: 1,
        }
    }

    /// What somebody with these certificates mostly works on: it says what the van carries.
    pub(super) fn real_trade(real: &RealTechnician) -> Trade {
        let holds = |kind: &str| real.certificates.iter().any(|c| c.split(':').next() == Some(kind));
        match (holds("refrigerant"), holds("gas-fitter")) {
            (true, true) => Trade::Fitter,
            (true, false) => Trade::Cold,
            (false, true) => Trade::Gas,
            (false, false) => Trade::White,
        }
    }

    pub(super) fn real_call(&self, board: &Board, real: &RealJob) -> Call {
        let (chance, law, id) = (self.chance, &self.scenario.truth, real.id.as_str());
        let at = self.local(&real.called);
        let kind = kind(&real.kind).expect("the scenario was checked");
        let minutes = |m: f64| Span((m * 60.0).round() as i64);
        let (faults, kits, parts) = self.real_parts(real, kind);
        let need = Need {
            kind,
            place: point(real.at),
            level: real.level.as_str().into(),
            access: Vec::new(),
            promised: real.promised.as_ref().map(|p| self.between(p)),
            family: Some(real.family.as_str().into()),
            faults,
            requirements: Vec::new(),
            parts: Vec::new(),
            kits,
            service: real.estimate.map(minutes),
            inspect_only: false,
            warranty: false,
            wishes: Default::default(),
            excluded: Vec::new(),
        };
        let demand =
            crate::board::decide::resolve(board, &need, at).expect("the catalogue holds what is named");
        let mean = Span((demand.service.0 as f64 * law.service_mean) as i64);
        let drawn = lognormal(chance, id, "service", mean, law.service_cv);
        Call {
            at,
            job: NewJob { id: JobId::from(id), order_number: None, need, customer: Customer::default() },
            service: real.took.map_or(drawn, minutes),
            parts,
            absent: chance.hits(id, "nobody home", law.absent_customer),
            cancelled: real.cancelled.as_ref().map(|c| self.local(c)),
            moved: None,
        }
    }

    /// What is told of faults and kits, and the parts that it really takes.
    #[allow(clippy::type_complexity, reason = "three lists")]
    fn real_parts(
        &self,
        real: &RealJob,
        kind: JobKind,
    ) -> (Vec<LikelyFault>, Vec<crate::board::id::KitId>, Vec<PartCount>) {
        let mut really: BTreeMap<PartId, u32> = BTreeMap::new();
        let said = real.fault.as_ref().and_then(|f| FAULTS.iter().find(|known| known.id == f));
        if let (JobKind::Repair, Some(said)) = (kind, said) {
            let others: Vec<_> =
                FAULTS.iter().filter(|f| f.family == said.family && f.weight > 0.0).collect();
            let wrong = self.chance.hits(&real.id, "misdiagnosed", self.scenario.truth.misdiagnosed);
            let truly = match wrong && !others.is_empty() {
                true => others[self.chance.weigh(&real.id, "other fault", &others, |f| f.weight)],
                false => said,
            };
            for (part, count, odds) in truly.odds {
                if self.chance.hits(&real.id, part, *odds) {
                    really.insert((*part).into(), *count as u32);
                }
            }
            let parts = really.into_iter().map(|(part, count)| PartCount { part, count }).collect();
            return (vec![LikelyFault { fault: said.id.into(), ppm: 850_000 }], Vec::new(), parts);
        }
        let kits = family_of(&real.family).kits;
        let kit = match kind {
            JobKind::Install => kits[0],
            JobKind::Maintenance => kits[1],
            JobKind::Repair | JobKind::Inspection | JobKind::Remote => "",
        };
        let Some((kit, _, contents)) = KITS.iter().find(|k| k.0 == kit) else {
            return (Vec::new(), Vec::new(), Vec::new());
        };
        let part = |(part, n): &(&str, i32)| PartCount { part: (*part).into(), count: *n as u32 };
        let mut parts: Vec<PartCount> = contents.iter().map(part).collect();
        parts.sort();
        (Vec::new(), vec![(*kit).into()], parts)
    }
}

fn point([lon, lat]: [f64; 2]) -> Point {
    Point::from_degrees(lon, lat).expect("the scenario was checked")
}
