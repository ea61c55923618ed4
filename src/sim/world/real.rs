//! Jobs and technicians by name. What a scenario does not tell of a job (its true length, the parts it really takes,
//! whether anybody opens) is drawn as for others.

use super::calls::{blank, kit, told};
use super::{Call, Maker};
use crate::board::Board;
use crate::board::catalog::PartCount;
use crate::board::command::NewJob;
use crate::board::fleet::{Certification, Shift, Technician, Window};
use crate::board::id::{JobId, KitId};
use crate::board::job::{Customer, JobKind, LikelyFault, Need};
use crate::city::catalog::faults::{FAULTS, family_of};
use crate::city::catalog::parts::Trade;
use crate::geo::Point;
use crate::sim::scenario::{RealJob, RealTechnician, certificate, kind, moment};
use crate::sim::truth::lognormal;
use crate::units::{Span, Time};

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
            promised: real.promised.as_ref().map(|p| self.between(p)),
            faults,
            kits,
            service: real.estimate.map(minutes),
            ..blank(kind, point(real.at), &real.level, &real.family)
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
    fn real_parts(&self, real: &RealJob, kind: JobKind) -> (Vec<LikelyFault>, Vec<KitId>, Vec<PartCount>) {
        let said = real.fault.as_ref().and_then(|f| FAULTS.iter().find(|known| known.id == f));
        if let (JobKind::Repair, Some(said)) = (kind, said) {
            return (vec![told(said)], Vec::new(), self.really_takes(&real.id, said));
        }
        let kits = family_of(&real.family).kits;
        let named = match kind {
            JobKind::Install => kits[0],
            JobKind::Maintenance => kits[1],
            JobKind::Repair | JobKind::Inspection | JobKind::Remote => "",
        };
        let (kits, parts) = kit(named).map_or_else(Default::default, |(kit, parts)| (vec![kit], parts));
        (Vec::new(), kits, parts)
    }
}

fn point([lon, lat]: [f64; 2]) -> Point {
    Point::from_degrees(lon, lat).expect("the scenario was checked")
}
