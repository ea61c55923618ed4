//! `callout job slots | hold | confirm | reschedule`: windows on offer, kept, promised and changed.

use super::line::{instant, moment, stamp, window, zone_of};
use super::need::{NameArgs, NeedArgs};
use super::told::{self, money, word};
use crate::demo::names::{Names, id, minutes, span};
use crate::demo::table::cost_minutes;
use crate::wire::v1::booking_service_client::BookingServiceClient;
use crate::wire::v1::{self, Slot, SlotMark};
use comfy_table::{Table, presets};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tonic::Status;
use tonic::transport::Channel;

/// What is wished for.
#[derive(Debug, clap::Args)]
pub struct Slots {
    #[command(flatten)]
    need: NeedArgs,
    /// Windows begin at or after, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    from: Option<prost_types::Timestamp>,
    /// Windows begin before, RFC 3339 [default: five days later]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<prost_types::Timestamp>,
    /// How many
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..=10))]
    count: i32,
    /// A technician the customer would like; may be repeated
    #[arg(long, value_name = "ID")]
    prefer: Vec<String>,
    /// How long the windows are, in minutes [default: the service level's]
    #[arg(long, value_name = "MINUTES")]
    length: Option<i64>,
}

/// A window to be kept.
#[derive(Debug, clap::Args)]
pub struct Hold {
    #[command(flatten)]
    need: NeedArgs,
    /// The window, as `slots` tells it, RFC 3339
    #[arg(long, value_name = "START/END", value_parser = window)]
    window: v1::Window,
    /// Who has to come, and is named in the promise
    #[arg(long, value_name = "ID")]
    technician: Option<String>,
    #[command(flatten)]
    names: NameArgs,
}

/// A promise to be given.
#[derive(Debug, clap::Args)]
pub struct Confirm {
    /// The job's id
    pub job: String,
    /// Name the technician in the promise
    #[arg(long)]
    name_technician: bool,
    /// Your own order number
    #[arg(long, default_value = "")]
    order: String,
}

/// Another window to be agreed on.
#[derive(Debug, clap::Args)]
pub struct Reschedule {
    /// The job's id
    pub job: String,
    /// The window, RFC 3339
    #[arg(long, value_name = "START/END", value_parser = window)]
    window: v1::Window,
    /// Who has to come, and is named in the promise
    #[arg(long, value_name = "ID")]
    technician: Option<String>,
}

/// Searches, and prints what is on offer; false where nothing is.
pub async fn slots(
    channel: Channel,
    parent: String,
    wish: Slots,
    json: bool,
) -> Result<(String, bool), Status> {
    let zone = zone_of(&channel, &parent).await?;
    let names = Names::new(parent.trim_start_matches("regions/"));
    let request = v1::SearchSlotsRequest {
        need: Some(wish.need.message(&parent)),
        parent,
        from_time: wish.from,
        until_time: wish.until,
        count: wish.count,
        preferred_technicians: wish.prefer.iter().map(|t| names.technician(t)).collect(),
        slot_duration: wish.length.map(minutes),
    };
    let found = BookingServiceClient::new(channel).search_slots(request).await?.into_inner();
    let any = !found.slots.is_empty();
    Ok((if json { slots_json(&found).to_string() } else { slots_text(&found, &zone) }, any))
}

/// Keeps a window, and prints the job that keeps it.
pub async fn hold(channel: Channel, parent: String, wish: Hold, json: bool) -> Result<String, Status> {
    let zone = zone_of(&channel, &parent).await?;
    let names = Names::new(parent.trim_start_matches("regions/"));
    let need = Some(wish.need.message(&parent));
    let NameArgs { id: job_id, order: order_number, request_id } = wish.names;
    let request = v1::HoldSlotRequest {
        parent,
        job_id,
        job: Some(v1::Job { order_number, need, ..Default::default() }),
        window: Some(wish.window),
        technician: wish.technician.map_or(String::new(), |t| names.technician(&t)),
        request_id,
    };
    let kept = BookingServiceClient::new(channel).hold_slot(request).await?.into_inner();
    let (job, decision) = (kept.job.unwrap_or_default(), kept.decision.unwrap_or_default());
    Ok(told::decided(&job, kept.visit.as_ref(), &decision, &zone, json))
}

/// Promises what the plan holds, and prints the job.
pub async fn confirm(
    channel: Channel,
    (name, zone): (String, TimeZone),
    wish: Confirm,
    json: bool,
) -> Result<String, Status> {
    let request = v1::ConfirmJobRequest {
        name,
        order_number: wish.order,
        name_technician: wish.name_technician,
        ..Default::default()
    };
    let job = BookingServiceClient::new(channel).confirm_job(request).await?.into_inner();
    Ok(told::one(&job, None, &zone, json))
}

/// Agrees on another window, and prints the job.
pub async fn reschedule(
    channel: Channel,
    (name, zone): (String, TimeZone),
    wish: Reschedule,
    json: bool,
) -> Result<String, Status> {
    let names = Names::new(name.split('/').nth(1).unwrap_or_default());
    let technician = wish.technician.map_or(String::new(), |t| names.technician(&t));
    let request =
        v1::RescheduleJobRequest { name, window: Some(wish.window), technician, ..Default::default() };
    let moved = BookingServiceClient::new(channel).reschedule_job(request).await?.into_inner();
    let (job, decision) = (moved.job.unwrap_or_default(), moved.decision.unwrap_or_default());
    Ok(told::decided(&job, moved.visit.as_ref(), &decision, &zone, json))
}

fn marks(slot: &Slot) -> Vec<String> {
    slot.marks().map(|m: SlotMark| word(m.as_str_name(), "SLOT_MARK_").replace('_', " ")).collect()
}

fn slots_text(found: &v1::SearchSlotsResponse, zone: &TimeZone) -> String {
    let mut lines = Vec::new();
    if found.slots.is_empty() {
        lines.push("nothing is on offer".to_owned());
    } else {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        table.set_header(["From", "To", "Who", "There", "Costs (paid min)", ""]);
        table.add_rows(found.slots.iter().map(|slot| {
            let window = slot.window.unwrap_or_default();
            let candidate = slot.candidate.clone().unwrap_or_default();
            [
                moment(&window.start, zone),
                moment(&window.end, zone),
                id(&candidate.technician).to_owned(),
                moment(&candidate.eta.unwrap_or_default().p50, zone),
                cost_minutes(candidate.total_cost_millis).to_string(),
                marks(slot).join(", "),
            ]
        }));
        lines.push(table.to_string());
        let first = found.slots[0].window.unwrap_or_default();
        let (start, end) = (stamp(&first.start), stamp(&first.end));
        lines.push(format!(
            "keep one with `callout job hold` and the same need, such as --window {}/{}",
            start.unwrap_or_default(),
            end.unwrap_or_default()
        ));
    }
    if let Some(quote) = &found.quote {
        lines.push(format!("price {}", money(&quote.total)));
    }
    for withheld in &found.withheld {
        let window = withheld.window.unwrap_or_default();
        let at = moment(&window.start, zone);
        let reason = word(&withheld.reason, "").replace('_', " ");
        lines.push(format!("not on offer {at}: {reason}: {}", withheld.description));
    }
    for day in &found.days {
        let window = day.day.unwrap_or_default();
        let hours = |d: &Option<prost_types::Duration>| span(d) / 3600.0;
        let (sold, all) = (hours(&day.sold), hours(&day.sellable));
        lines.push(format!("day from {}: {sold:.1} h of {all:.1} h sold", moment(&window.start, zone)));
    }
    lines.join("\n")
}

fn slots_json(found: &v1::SearchSlotsResponse) -> Value {
    let ends = |w: &Option<v1::Window>| {
        let w = w.unwrap_or_default();
        (stamp(&w.start), stamp(&w.end))
    };
    let slot = |slot: &Slot| {
        let (start, end) = ends(&slot.window);
        let candidate = slot.candidate.as_ref().map(told::candidate_json);
        json!({ "start": start, "end": end, "candidate": candidate, "marks": marks(slot) })
    };
    let withheld = |w: &v1::WithheldSlot| {
        let (start, end) = ends(&w.window);
        json!({ "start": start, "end": end, "reason": w.reason, "description": w.description })
    };
    let day = |d: &v1::DaySale| {
        let (start, end) = ends(&d.day);
        json!({
            "start": start, "end": end, "technician_s": span(&d.technician_time), "sold_s": span(&d.sold),
            "sellable_s": span(&d.sellable),
        })
    };
    json!({
        "slots": found.slots.iter().map(slot).collect::<Vec<_>>(),
        "withheld": found.withheld.iter().map(withheld).collect::<Vec<_>>(),
        "days": found.days.iter().map(day).collect::<Vec<_>>(),
        "price": found.quote.as_ref().map(|q| money(&q.total)),
    })
}
