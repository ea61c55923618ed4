//! All that will be sent, and when: drawn before the first call, so that sending costs little.

use super::Options;
use crate::city::City;
use crate::city::chance::Chance;
use crate::city::day::{Day, Hour};
use crate::demo::calls::{World, calls};
use crate::demo::fleet;
use crate::demo::names::{Names, seconds};
use crate::wire::v1;

/// The hour of the region's day at which load is made: everybody but the late shift is out.
pub const HOUR: Hour = 10.0;
/// Windows promised begin so many hours from then at the earliest.
const AHEAD: Hour = 1.0;
/// Needs that windows are searched for, in turn.
const NEEDS: usize = 300;

/// One region.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its names.
    pub names: Names,
    /// Its id.
    pub id: String,
    /// Its draws.
    pub chance: Chance,
    /// Its technicians.
    pub technicians: usize,
}

impl Site {
    /// All of them, technicians shared out evenly; `now` is the server's, seconds since 1970.
    pub fn all(options: &Options, now: i64) -> Vec<Site> {
        let share = |n: usize| options.technicians * n / options.regions;
        let one = |n: usize| {
            // a run's regions are its own: what was answered once would be answered again from memory
            let id = format!("load-{}-{now}-{n}", options.seed);
            Site {
                names: Names::new(&id),
                chance: Chance::new(options.seed ^ (n as u64) << 32),
                technicians: share(n + 1) - share(n),
                id,
            }
        };
        (0..options.regions).map(one).collect()
    }

    /// What its day is drawn from.
    pub fn world<'a>(&'a self, city: &'a City, day: &'a Day) -> World<'a> {
        World { city, day, names: &self.names, chance: self.chance, technicians: self.technicians }
    }
}

/// The jobs to create, and the moments of everything.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Created before the load begins.
    pub before: Vec<v1::CreateJobRequest>,
    /// With the seconds after the beginning at which each is meant to be sent.
    pub during: Vec<(f64, v1::CreateJobRequest)>,
    /// When other commands are sent.
    pub mix: Vec<f64>,
    /// What windows are searched for, with the region.
    pub needs: Vec<(String, v1::Need)>,
    /// When arrivals are asked for.
    pub etas: Vec<f64>,
    /// Where each technician starts the day.
    pub homes: Vec<(String, v1::Place)>,
}

impl Plan {
    /// Drawn from the seed.
    pub fn of(options: &Options, city: &City, day: &Day, sites: &[Site]) -> Plan {
        let during = moments(options, "job", options.rate);
        let mut plan = Plan {
            before: Vec::new(),
            during: Vec::with_capacity(during.len()),
            mix: moments(options, "mix", options.mix_rate),
            needs: Vec::new(),
            etas: moments(options, "eta", options.eta_rate),
            homes: Vec::with_capacity(options.technicians),
        };
        let each = during.len().div_ceil(sites.len());
        let wanted = NEEDS.min(plan.mix.len()).div_ceil(sites.len());
        let mut fresh = Vec::new();
        for site in sites {
            let before = site.technicians * options.planned;
            let mut all = to_come(site, city, day, before + wanted + each).into_iter();
            plan.before.extend(all.by_ref().take(before));
            plan.needs
                .extend(all.by_ref().take(wanted).filter_map(|r| Some((r.parent, without_window(r.job?)?))));
            fresh.push(all);
            for n in 0..site.technicians {
                let id = fleet::technician_id(n);
                let home = crate::demo::names::place(city.home(site.chance, &id));
                plan.homes.push((site.names.technician(&id), home));
            }
        }
        for (n, at) in during.into_iter().enumerate() {
            // round the regions: a busy second is busy everywhere
            let turn = n % fresh.len();
            plan.during.extend(fresh[turn].next().map(|request| (at, request)));
        }
        plan
    }
}

/// What somebody asks for who has agreed on no window yet; nothing where no visit is needed.
fn without_window(job: v1::Job) -> Option<v1::Need> {
    let need = job.need.filter(|need| need.kind() != v1::JobKind::Remote)?;
    Some(v1::Need { promised_window: None, ..need })
}

/// So many jobs of a region that are still to be done at the hour: what was promised for earlier is left out.
fn to_come(site: &Site, city: &City, day: &Day, count: usize) -> Vec<v1::CreateJobRequest> {
    let ahead = |request: &v1::CreateJobRequest| {
        let need = request.job.as_ref().and_then(|j| j.need.as_ref());
        let window = need.and_then(|n| n.promised_window.as_ref());
        window.is_none_or(|w| seconds(&w.start) >= day.at(HOUR + AHEAD))
    };
    let world = site.world(city, day);
    // about three in five are ahead
    let drawn = calls(world, count * 2 + 40).into_iter().map(|call| call.request);
    drawn.filter(ahead).take(count).collect()
}

/// Moments of a Poisson stream: gaps between them are exponential.
fn moments(options: &Options, what: &str, rate: f64) -> Vec<f64> {
    let chance = Chance::new(options.seed);
    let mut at = 0.0;
    let next = |n: u32| {
        at += -(1.0 - chance.unit(&n.to_string(), what)).ln() / rate;
        (rate > 0.0 && at < options.seconds).then_some(at)
    };
    (0..).map_while(next).collect()
}
