//! Wishes for slots, clocks, price lists.

use super::{Scope, number, span, time};
use crate::board::catalog::EntryId;
use crate::board::clocks::ClockKind;
use crate::board::id::TechnicianId;
use crate::board::quote::{Micros, PriceList, Tier};
use crate::plan::{Desk, SlotWish};
use crate::units::{Span, Time};
use crate::wire::check::At;
use crate::wire::{name, v1};
use std::collections::BTreeMap;

/// How far ahead slots are looked for where the caller does not say.
const AHEAD: Span = Span::hours(24 * 5);
/// How far ahead they are looked for at most.
const AHEAD_MOST: Span = Span::hours(24 * 31);
/// The dearest price, in whole units.
const PRICE_MOST: i64 = 1_000_000;

/// What slots are wished for; `now` is the earliest.
pub fn wish(at: &At<'_>, desk: &Desk, now: Time, said: &v1::SearchSlotsRequest) -> Option<SlotWish> {
    let instant = |field: &'static str, t: &Option<prost_types::Timestamp>, usual: Time| match t {
        None => Some(usual),
        Some(t) => time(&at.field(field), t),
    };
    let from = instant("from_time", &said.from_time, now).map(|t| t.max(now));
    let until_at = at.field("until_time");
    let until = from.and_then(|from| {
        let until = instant("until_time", &said.until_time, from + AHEAD)?;
        match until - from {
            ahead if ahead <= Span::ZERO => until_at.no("does not lie after from_time and now"),
            ahead if ahead > AHEAD_MOST => until_at.no("lies more than 31 days after from_time"),
            _ => Some(until),
        }
    });
    let length = match &said.slot_duration {
        None => Some(None),
        Some(d) => span(&at.field("slot_duration"), d, 900, 43_200).map(Some),
    };
    let count = number(&at.field("count"), said.count, 4, 1..=10);
    let preferred_at = at.field("preferred_technicians");
    let preferred =
        preferred_at.each(&said.preferred_technicians, 10, |at, name| technician_there(at, desk, name));
    Some(SlotWish {
        from: from?,
        until: until?,
        length: length?,
        count: count? as usize,
        preferred: preferred?,
    })
}

fn technician_there(at: &At<'_>, desk: &Desk, said: &str) -> Option<TechnicianId> {
    let board = desk.board();
    let id = name::member(at, &board.region.id, "technicians", said)?.into();
    if board.technicians.contains_key(&id) { Some(id) } else { at.no(format!("there is no {said}")) }
}

/// A technician who is there; none where empty.
pub fn technician(at: &At<'_>, desk: &Desk, said: &str) -> Option<Option<TechnicianId>> {
    if said.is_empty() { Some(None) } else { technician_there(at, desk, said).map(Some) }
}

/// A kind of clock.
pub fn clock(at: &At<'_>, kind: i32) -> Option<ClockKind> {
    match v1::ClockKind::try_from(kind) {
        Ok(v1::ClockKind::Confirmed) => Some(ClockKind::Confirmed),
        Ok(v1::ClockKind::Solution) => Some(ClockKind::Solution),
        Ok(v1::ClockKind::Closed) => Some(ClockKind::Closed),
        Ok(v1::ClockKind::Unspecified) => at.no("has to be set"),
        Err(_) => at.no(format!("{kind} is not a kind of clock")),
    }
}

/// A price list; all it refers to is there.
pub fn prices(at: &At<'_>, desk: &Desk, said: &v1::PriceList) -> Option<PriceList> {
    let scope = Scope::of(desk);
    let currency = match said.currency_code.as_str() {
        c if c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase()) => Some(c),
        _ => at.field("currency_code").no("has to be three capital letters, such as EUR"),
    };
    let currency = currency?;
    let amount = |field: &'static str, said: &Option<v1::Money>| {
        let at = at.field(field);
        at.need(said).and_then(|m| money(&at, currency, m))
    };
    let visit_fee = amount("visit_fee", &said.visit_fee);
    let labour = amount("labour_quarter_hour", &said.labour_quarter_hour);
    let family: fn(&str) -> EntryId = |id| EntryId::Family(id.into());
    let table = Table { scope: &scope, currency };
    let fees = table.read(&at.field("level_visit_fees"), &said.level_visit_fees, "serviceLevels", |id| {
        EntryId::Level(id.into())
    });
    let labours_at = at.field("family_labour_quarter_hours");
    let labours = table.read(&labours_at, &said.family_labour_quarter_hours, "applianceFamilies", family);
    let parts =
        table.read(&at.field("part_prices"), &said.part_prices, "parts", |id| EntryId::Part(id.into()));
    let large = at.field("large_families").each(&said.large_families, 1000, |at, said| {
        scope.entry(at, "applianceFamilies", said, family).map(Into::into)
    });
    let haulage = tiers(&at.field("haulage_tiers"), &said.haulage_tiers, currency);
    Some(PriceList {
        currency: currency.to_owned(),
        visit_fee: visit_fee?,
        visit_fees: fees?.into_iter().map(|(id, p)| (id.into(), p)).collect(),
        labour: labour?,
        labours: labours?.into_iter().map(|(id, p)| (id.into(), p)).collect(),
        parts: parts?.into_iter().map(|(id, p)| (id.into(), p)).collect(),
        large: large?.into_iter().collect(),
        haulage: haulage?,
        revision: 0,
    })
}

/// How prices by entry are read.
struct Table<'a> {
    scope: &'a Scope<'a>,
    currency: &'a str,
}

impl Table<'_> {
    fn read<'m>(
        &self,
        at: &At<'_>,
        list: &'m [v1::EntryPrice],
        collection: &str,
        make: fn(&str) -> EntryId,
    ) -> Option<BTreeMap<&'m str, Micros>> {
        let entry = |(i, p): (usize, &'m v1::EntryPrice)| {
            self.scope.entry(&at.index(i).field("entry"), collection, &p.entry, make)
        };
        let ids: Vec<Option<&str>> = list.iter().enumerate().take(ENTRIES_MOST).map(entry).collect();
        let prices = at.each_once(list, ENTRIES_MOST, ("entry", |p| &p.entry), |at, p| {
            let at = at.field("price");
            at.need(&p.price).and_then(|m| money(&at, self.currency, m))
        })?;
        let ids: Option<Vec<&str>> = ids.into_iter().collect();
        Some(ids?.into_iter().zip(prices).collect())
    }
}

/// Most prices of a kind.
const ENTRIES_MOST: usize = 20_000;

fn tiers(at: &At<'_>, list: &[v1::HaulageTier], currency: &str) -> Option<Vec<Tier>> {
    let tiers = at.each(list, 50, |at, t| {
        let metres = number(&at.field("up_to_meters"), t.up_to_meters, 0, 1..=1_000_000);
        let price_at = at.field("price");
        let price = price_at.need(&t.price).and_then(|m| money(&price_at, currency, m));
        Some(Tier { up_to_metres: metres?, price: price? })
    })?;
    match tiers.is_sorted_by(|a, b| a.up_to_metres < b.up_to_metres) {
        true => Some(tiers),
        false => at.no("have to rise with the distance"),
    }
}

/// An amount in the list's currency, whole millionths, not negative.
fn money(at: &At<'_>, currency: &str, m: &v1::Money) -> Option<Micros> {
    if m.currency_code != currency {
        return at.field("currency_code").no(format!("is not the list's: {currency}"));
    }
    if !(0..=PRICE_MOST).contains(&m.units) {
        return at.field("units").no(format!("is not in 0..{PRICE_MOST}"));
    }
    match m.nanos {
        n @ 0..=999_999_999 if n % 1000 == 0 => Some(m.units * 1_000_000 + i64::from(n / 1000)),
        _ => at.field("nanos").no("is not in 0..999999999 or has more than six decimals"),
    }
}
