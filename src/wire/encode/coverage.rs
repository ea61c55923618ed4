//! Coverage: as it is, as a day's shifts make it, and what staffing it takes.

use super::{int, job, place, span, time};
use crate::board::Board;
use crate::board::calls::WHOLE;
use crate::board::catalog::{Catalog, Requirement};
use crate::board::id::RegionId;
use crate::coverage::odds::ONE;
use crate::coverage::staffing::field::BUSY;
use crate::coverage::staffing::report::{AtTarget, CurvePoint, Plan};
use crate::coverage::staffing::worth::{self, Worth};
use crate::coverage::staffing::{Fleet, Pattern};
use crate::coverage::{CALL, Class, Cover, Demand, Grid, demand, words};
use crate::geo::Cell;
use crate::plan::Desk;
use crate::units::{Span, Time};
use crate::wire::{name, v1};
use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The date of a day that begins at `midnight` by a clock that is `offset` ahead then.
pub fn date(midnight: Time, offset: i64) -> String {
    let days = (midnight.0 + 43_200 + offset).div_euclid(86_400);
    EPOCH.checked_add(jiff::Span::new().days(days)).map_or_else(|_| String::new(), |date| date.to_string())
}

fn share(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

fn calls(rate: u64) -> f64 {
    rate as f64 / CALL as f64
}

fn class(region: &RegionId, catalog: &Catalog, number: usize, class: &Class) -> v1::DemandClass {
    v1::DemandClass {
        number: int(number),
        display_name: words::name(catalog, class),
        certifications: job::requirements(region, &class.requirements),
        target: Some(span(class.target)),
    }
}

/// What is covered now.
pub fn coverage(desk: &Desk, now: Time, (thin_ppm, thin): (u32, usize), cells: bool) -> v1::Coverage {
    let (board, cover) = (desk.board(), desk.coverage(now));
    let measure = cover.measure();
    let of_class = |(number, c): (usize, &Class)| v1::ClassCoverage {
        demand_class: Some(class(&board.region.id, &board.catalog, number, c)),
        calls_per_hour: calls(measure.rates().total(number)),
        share: measure.share_of(number).map(share),
    };
    let most = (u64::from(thin_ppm) * u64::from(ONE) / 1_000_000) as u32;
    v1::Coverage {
        region: name::of(&board.region.id),
        as_of_time: Some(time(cover.minute())),
        share: measure.share().map(share),
        classes: cover.classes().iter().enumerate().map(of_class).collect(),
        thin_cells: thin_cells(board, &cover, most, thin),
        cells: if cells { now_cells(&cover) } else { Vec::new() },
        technicians: int(measure.units().iter().flatten().count()),
        travel_model: desk.travel_model().to_owned(),
    }
}

fn thin_cells(board: &Board, cover: &Cover, share: u32, most: usize) -> Vec<v1::ThinCell> {
    let thin = cover.thin(board, share, most).into_iter();
    let one = |t: crate::coverage::words::Thin| v1::ThinCell {
        cell: t.cell.to_string(),
        class_number: int(t.class),
        chance: f64::from(t.chance) / f64::from(ONE),
        calls_per_hour: calls(t.rate),
        description: t.words,
    };
    thin.map(one).collect()
}

fn now_cells(cover: &Cover) -> Vec<v1::CellCoverage> {
    let (measure, classes) = (cover.measure(), 0..cover.classes().len());
    let of = |(number, cell): (u16, &Cell)| v1::CellCoverage {
        cell: cell.to_string(),
        chances: classes.clone().map(|c| measure.chance(c, number) as f32 / ONE as f32).collect(),
        calls_per_hour: classes
            .clone()
            .map(|c| calls(measure.rates().of(c)[usize::from(number)].into()) as f32)
            .collect(),
    };
    (0u16..).zip(cover.grid().cells()).map(of).collect()
}

/// Where a rate comes from.
pub fn explained(
    board: &Board,
    demand: &Demand,
    number: usize,
    cell: u16,
    slot: demand::Slot,
) -> v1::DemandExplanation {
    let known = demand.known(number, cell, slot);
    let of = &demand.classes()[number];
    let at = demand.grid().cells()[usize::from(cell)];
    let whole = f64::from(WHOLE);
    let given = known.origin == demand::Origin::Given;
    let day = if slot.weekend { "weekends" } else { "weekdays" };
    let (seen, hours) = (known.seen as f64 / whole, known.hours as f64 / whole);
    let said = if given {
        format!("given by a planner: {:.3} calls an hour", calls(known.rate))
    } else {
        format!(
            "{seen:.1} calls seen in {hours:.1} such hours; {:.2} an hour in the region after smoothing over hours, of \
             which this cell has {:.2} % after smoothing over its neighbours: {:.4} calls an hour",
            calls(known.class_rate),
            f64::from(known.share_ppm) / 1e4,
            calls(known.rate)
        )
    };
    let what = words::name(&board.catalog, of);
    v1::DemandExplanation {
        demand_class: Some(class(&board.region.id, &board.catalog, number, of)),
        cell: at.to_string(),
        calls_seen: seen,
        hours_seen: hours,
        region_calls_per_hour: calls(known.class_rate),
        cell_share: f64::from(known.share_ppm) / 1e6,
        calls_per_hour: calls(known.rate),
        given,
        description: format!("{what} in {at}, {:02}:00 on {day}: {said}", slot.hour),
    }
}

/// What a day's shifts cover.
pub fn forecast(region: &RegionId, fleet: &Fleet, date: String, cells: bool) -> v1::CoverageForecast {
    let (basis, field) = (&fleet.basis, &fleet.field);
    let ground = field.ground();
    let classes = basis.demand.classes();
    let rate = |layer: usize| ground.all_of(layer) as f64 / (CALL as f64 * f64::from(ONE));
    let of_class = |number: usize, calls_per_hour: f64, ppm: Option<u32>| v1::ClassCoverage {
        demand_class: Some(class(region, &basis.catalog, number, &classes[number])),
        calls_per_hour,
        share: ppm.map(share),
    };
    let of_hour = |(at, hour): (usize, &u8)| {
        let layer = |class: usize| at * classes.len() + class;
        let all = 0..classes.len();
        let one = |c: usize| of_class(c, rate(layer(c)), field.share_of(std::iter::once(layer(c))));
        v1::HourCoverage {
            hour: i32::from(*hour),
            share: field.share_of(all.clone().map(layer)).map(share),
            calls_per_hour: all.clone().map(|c| rate(layer(c))).sum(),
            technicians: int(basis.members.iter().filter(|m| m.unit.hours >> hour & 1 == 1).count()),
            classes: all.map(one).collect(),
            cells: if cells { hour_cells(fleet, at) } else { Vec::new() },
        }
    };
    let hours = ground.hours().len() as f64;
    let whole = |c: usize| {
        of_class(c, fleet.layers_of(c).map(rate).sum::<f64>() / hours, field.share_of(fleet.layers_of(c)))
    };
    let middles = basis.demand.grid().middles();
    v1::CoverageForecast {
        region: name::of(region),
        date,
        share: share(field.share().unwrap_or(0)),
        classes: (0..classes.len()).map(whole).collect(),
        hours: ground.hours().iter().enumerate().map(of_hour).collect(),
        technicians: int(basis.members.len()),
        busy_share: f64::from(fleet.busy) / f64::from(BUSY),
        posts: basis.members.iter().map(|m| place(middles[usize::from(m.unit.cell)])).collect(),
    }
}

fn hour_cells(fleet: &Fleet, at: usize) -> Vec<v1::CellCoverage> {
    let (field, ground) = (&fleet.field, fleet.field.ground());
    let layers = at * ground.classes()..(at + 1) * ground.classes();
    let of = |(number, cell): (usize, &Cell)| v1::CellCoverage {
        cell: cell.to_string(),
        chances: layers.clone().map(|l| field.chance(l, number) as f32 / ONE as f32).collect(),
        calls_per_hour: layers
            .clone()
            .map(|l| calls(ground.layers()[l].rates[number].into()) as f32)
            .collect(),
    };
    fleet.basis.demand.grid().cells().iter().enumerate().map(of).collect()
}

fn position(
    region: &RegionId,
    grid: &Grid,
    (cell, pattern, held): (Cell, &Pattern, &[Requirement]),
    count: usize,
) -> v1::AddedPosition {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    let minutes = pattern.minutes;
    let kinds: Vec<String> = held
        .iter()
        .map(|r| if r.min_level > 1 { format!("{}-{}", r.kind, r.min_level) } else { r.kind.to_string() })
        .collect();
    let who = if kinds.is_empty() { "no certificate".to_owned() } else { kinds.join(" + ") };
    v1::AddedPosition {
        cell: cell.to_string(),
        place: grid.number(cell).map(|n| place(grid.middles()[usize::from(n)])),
        shift_start: Some(span(Span::minutes(pattern.start.into()))),
        shift_duration: Some(span(Span::minutes(minutes.into()))),
        certifications: job::requirements(region, held),
        description: format!(
            "{who}, from {} for {}:{:02} h, at {cell}",
            clock(pattern.start),
            minutes / 60,
            minutes % 60
        ),
        count: int(count),
    }
}

/// What an addition is worth.
pub fn addition(region: &RegionId, fleet: &Fleet, worth: &Worth) -> v1::Addition {
    use v1::addition::What;
    let (basis, grid) = (&fleet.basis, fleet.basis.demand.grid());
    let who = |id: &crate::board::id::TechnicianId| {
        let member = basis.members.iter().find(|m| m.id == *id);
        member.map_or(id.as_str(), |m| &m.name).to_owned()
    };
    let (what, description) = match &worth.what {
        worth::Addition::Technician { cell, pattern, certificates } => {
            let one = position(region, grid, (*cell, pattern, certificates), 1);
            let said = one.description.clone();
            (What::Position(one), said)
        }
        worth::Addition::Certificate { technician, certificate } => {
            let certification = job::requirements(region, std::slice::from_ref(certificate)).pop();
            let technician_name = name::of_technician(region, technician);
            let said =
                format!("{} level {} for {}", certificate.kind, certificate.min_level, who(technician));
            (What::Certificate(v1::AddedCertificate { technician: technician_name, certification }), said)
        }
        worth::Addition::Kit { technician, class } => {
            let of = words::name(&basis.catalog, &basis.demand.classes()[*class]);
            let technician_name = name::of_technician(region, technician);
            let said = format!("all parts for \"{of}\" on the van of {}", who(technician));
            (What::Kit(v1::AddedKit { technician: technician_name, class_number: int(*class) }), said)
        }
        worth::Addition::Depot { cell } => {
            let at = grid.number(*cell).map(|n| place(grid.middles()[usize::from(n)]));
            (What::Depot(v1::AddedDepot { cell: cell.to_string(), place: at }), format!("a depot at {cell}"))
        }
    };
    let all = fleet.field.ground().all();
    v1::Addition {
        share_gain: worth.gain as f64 / all as f64,
        calls_per_day: Fleet::calls(worth.gain),
        description,
        what: Some(what),
    }
}

/// A staffing plan.
pub fn plan(region: &RegionId, grid: &Grid, plan: &Plan) -> v1::StaffingPlan {
    let thousandth = |n: u64| n as f64 / 1000.0;
    let positions = plan.groups.iter().filter_map(|group| {
        let worth::Addition::Technician { cell, pattern, certificates } = &group.what else { return None };
        Some(position(region, grid, (*cell, pattern, certificates), group.count))
    });
    let point = |p: &CurvePoint| v1::StaffingPoint {
        technicians: int(p.technicians),
        share: share(p.share_ppm),
        share_limit: share(p.most_ppm),
    };
    let target = |t: &AtTarget| v1::TargetStaffing {
        target: Some(span(t.target)),
        present_share: share(t.share_ppm),
        technicians: int(t.technicians),
        reached: t.reached,
        technicians_limit: int(t.least),
    };
    v1::StaffingPlan {
        reached: plan.reached,
        share: share(plan.share_ppm),
        present_share: share(plan.present_ppm),
        present_technicians: int(plan.present),
        technicians: int(plan.technicians),
        cost: thousandth(plan.cost),
        technicians_limit: int(plan.bound.technicians),
        cost_limit: thousandth(plan.bound.cost),
        gap: thousandth(plan.gap_permille()),
        positions: positions.collect(),
        curve: plan.curve.iter().map(point).collect(),
        targets: plan.targets.iter().map(target).collect(),
        busy_share: f64::from(plan.busy) / f64::from(BUSY),
        places: int(plan.places),
        cut_short: plan.stopped,
    }
}
