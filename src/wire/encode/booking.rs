//! Promises, prices, clocks, slots.

use super::{int, span, time, window};
use crate::board::Board;
use crate::board::booking::{Promise, Solution};
use crate::board::clocks::{Clock, ClockKind, ClockState, Escalation};
use crate::board::id::{JobId, PartId, RegionId};
use crate::board::job::Job;
use crate::board::quote::{Charge, Micros, PriceList, Quote, QuoteLine};
use crate::board::refusal::Refusal;
use crate::plan::{Forecast, Mark, Slot, Slots, Withheld};
use crate::wire::{name, v1};

/// What a job costs: as promised, as held, or else by the list as it is now.
pub fn price(board: &Board, job: &Job) -> Option<Quote> {
    let booking = &job.booking;
    match (&booking.promise, &booking.hold) {
        (Some(promise), _) => promise.quote.clone(),
        (None, Some(hold)) if hold.quote.is_some() => hold.quote.clone(),
        (None, _) => board.quote(&job.need, &job.demand),
    }
}

/// An amount.
pub fn money(currency: &str, micros: Micros) -> v1::Money {
    let (units, rest) = (micros / 1_000_000, micros % 1_000_000);
    v1::Money { currency_code: currency.to_owned(), units, nanos: int(rest * 1000) }
}

/// A price with its lines.
pub fn quote(region: &RegionId, q: &Quote) -> v1::Quote {
    let part = |id: &PartId| format!("regions/{region}/parts/{id}");
    let line = |l: &QuoteLine| v1::QuoteLine {
        charge: match l.charge {
            Charge::VisitFee => v1::Charge::VisitFee,
            Charge::Labour => v1::Charge::Labour,
            Charge::Part(_) => v1::Charge::Part,
            Charge::Haulage => v1::Charge::Haulage,
        }
        .into(),
        part: if let Charge::Part(id) = &l.charge { part(id) } else { String::new() },
        count: int(l.count),
        price: Some(money(&q.currency, l.price)),
        amount: Some(money(&q.currency, l.amount)),
        waived: l.waived,
    };
    v1::Quote {
        lines: q.lines.iter().map(line).collect(),
        total: Some(money(&q.currency, q.total)),
        unpriced_parts: q.unpriced.iter().map(part).collect(),
    }
}

/// What the customer was told.
pub fn promise(region: &RegionId, p: &Promise) -> v1::Promise {
    let technician = p.technician.as_ref().map(|t| name::of_technician(region, t));
    v1::Promise {
        window: Some(window(p.window)),
        technician: technician.unwrap_or_default(),
        quote: p.quote.as_ref().map(|q| quote(region, q)),
        told_time: Some(time(p.told)),
        narrowed_window: p.narrowed.map(window),
    }
}

/// A kind of clock.
pub fn kind(kind: ClockKind) -> v1::ClockKind {
    match kind {
        ClockKind::Confirmed => v1::ClockKind::Confirmed,
        ClockKind::Solution => v1::ClockKind::Solution,
        ClockKind::Closed => v1::ClockKind::Closed,
    }
}

/// A clock.
pub fn clock(c: &Clock) -> v1::JobClock {
    let (state, paused) = match &c.state {
        ClockState::Running => (v1::ClockState::Running, None),
        ClockState::Paused { since, reason } => (v1::ClockState::Paused, Some((*since, reason))),
        ClockState::Met => (v1::ClockState::Met, None),
        ClockState::Breached => (v1::ClockState::Breached, None),
        ClockState::Dropped => (v1::ClockState::Dropped, None),
    };
    v1::JobClock {
        kind: kind(c.kind).into(),
        state: state.into(),
        target: Some(span(c.target)),
        due_time: Some(time(c.due)),
        met_time: c.met.map(time),
        pause_time: paused.map(|(since, _)| time(since)),
        pause_reason: paused.map(|(_, reason)| reason.clone()).unwrap_or_default(),
    }
}

/// What was raised.
pub fn escalation(region: &RegionId, job: &JobId, e: &Escalation) -> v1::Escalation {
    v1::Escalation {
        job: name::of_job(region, job),
        clock: kind(e.clock).into(),
        breach: e.breach,
        due_time: Some(time(e.due)),
        raise_time: Some(time(e.at)),
    }
}

/// What was found to be done.
pub fn solution(s: &Solution) -> v1::Solution {
    v1::Solution { text: s.text.clone(), file_time: Some(time(s.filed)) }
}

/// A breach to come.
pub fn forecast(region: &RegionId, f: &Forecast) -> v1::ClockForecast {
    v1::ClockForecast {
        job: name::of_job(region, &f.job),
        clock: kind(f.clock).into(),
        due_time: Some(time(f.due)),
        expect_time: f.expected.map(time),
        certain: f.certain,
    }
}

/// Windows on offer.
pub fn slots(region: &RegionId, s: &Slots) -> v1::SearchSlotsResponse {
    let day = |(day, sale): &(crate::board::fleet::Window, crate::board::booking::DayTime)| v1::DaySale {
        day: Some(window(*day)),
        technician_time: Some(span(sale.capacity)),
        sold: Some(span(sale.sold)),
        sellable: Some(span(sale.sellable)),
    };
    v1::SearchSlotsResponse {
        slots: s.slots.iter().map(|s| slot(region, s)).collect(),
        withheld: s.withheld.iter().map(withheld).collect(),
        days: s.days.iter().map(day).collect(),
        quote: s.quote.as_ref().map(|q| quote(region, q)),
    }
}

fn slot(region: &RegionId, s: &Slot) -> v1::Slot {
    let mark = |m: &Mark| match m {
        Mark::Cheapest => v1::SlotMark::Cheapest,
        Mark::Soonest => v1::SlotMark::Soonest,
        Mark::Preferred => v1::SlotMark::PreferredTechnician,
    };
    v1::Slot {
        window: Some(window(s.window)),
        candidate: Some(super::decision::candidate(region, &s.candidate)),
        marks: s.marks.iter().map(|m| mark(m).into()).collect(),
    }
}

fn withheld(w: &Withheld) -> v1::WithheldSlot {
    let reason = match w.reason {
        Refusal::KeptForUrgent { .. } => "KEPT_FOR_URGENT",
        _ => "NOBODY_FITS",
    };
    v1::WithheldSlot {
        window: Some(window(w.window)),
        reason: reason.to_owned(),
        description: w.reason.to_string(),
    }
}

/// A price list.
pub fn prices(region: &RegionId, list: &PriceList) -> v1::PriceList {
    let amount = |micros: Micros| Some(money(&list.currency, micros));
    let entry = |collection: &str, id: &str, price: Micros| v1::EntryPrice {
        entry: format!("regions/{region}/{collection}/{id}"),
        price: amount(price),
    };
    let tier = |t: &crate::board::quote::Tier| v1::HaulageTier {
        up_to_meters: int(t.up_to_metres),
        price: amount(t.price),
    };
    let levels = list.visit_fees.iter().map(|(id, p)| entry("serviceLevels", id.as_str(), *p));
    let families = list.labours.iter().map(|(id, p)| entry("applianceFamilies", id.as_str(), *p));
    v1::PriceList {
        name: name::of(region),
        currency_code: list.currency.clone(),
        visit_fee: amount(list.visit_fee),
        level_visit_fees: levels.collect(),
        labour_quarter_hour: amount(list.labour),
        family_labour_quarter_hours: families.collect(),
        part_prices: list.parts.iter().map(|(id, p)| entry("parts", id.as_str(), *p)).collect(),
        large_families: list
            .large
            .iter()
            .map(|f| format!("regions/{region}/applianceFamilies/{f}"))
            .collect(),
        haulage_tiers: list.haulage.iter().map(tier).collect(),
        etag: list.revision.to_string(),
    }
}
