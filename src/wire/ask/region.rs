//! Creating and changing regions.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::id::RegionId;
use crate::board::region::{Network, Region};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// A region to create. It has no board yet, so it is not an [`Ask`].
#[derive(Debug)]
pub struct NewRegion(pub Region);

impl NewRegion {
    /// Checks a request; its roads are not looked for here.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(request: &v1::CreateRegionRequest) -> Result<NewRegion, Failure> {
        check(|at| {
            let id = name::new_id(&at.field("region_id"), &request.region_id);
            let request_id = decode::request_id(&at.field("request_id"), &request.request_id);
            let at = at.field("region");
            let said = at.need(&request.region)?;
            let region = decode::region::region(&at, id.unwrap_or("unnamed").into(), said, Time::MIN);
            id.and(request_id).and(region).map(NewRegion)
        })
    }

    /// The reply, told from the new region's desk.
    pub fn reply(desk: &Desk) -> Vec<u8> {
        encode::region::region(desk).encode_to_vec()
    }
}

/// A change of a region's facts, laid over them when the writer takes it.
#[derive(Debug)]
pub struct ChangeRegion {
    revision: Option<u64>,
    said: v1::Region,
    paths: Vec<String>,
}

const REGION_PATHS: [&str; 32] = [
    "display_name",
    "network.dayparts",
    "policy",
    "policy.travel_rate",
    "policy.lateness_factor",
    "policy.overtime_rate",
    "policy.waiting_rate",
    "policy.promise_change_cost",
    "policy.scarcity_cost",
    "policy.depot_stop_cost",
    "policy.overtime_allowance",
    "policy.horizon",
    "policy.response_rate",
    "policy.lateness_margin",
    "policy.hold_duration",
    "policy.urgent_reserve_permille",
    "policy.preference_cost",
    "policy.language_cost",
    "policy.patience_cost",
    "policy.elderly_factor",
    "policy.partner_factor",
    "policy.partner_after",
    "policy.offers",
    "policy.offer_timeout",
    "policy.decline_cooldown",
    "policy.timeout_pause",
    "policy.coverage_target",
    "policy.coverage_factor",
    "policy.moves_at_once",
    "policy.move_drive",
    "policy.narrowed_window",
    "policy.divert",
];

impl Ask for v1::UpdateRegionRequest {
    const METHOD: &'static str = "UpdateRegion";
    type Write = ChangeRegion;
    type Reply = v1::Region;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| {
            let at = at.field("region");
            name::region(&at.field("name"), &at.need(&self.region)?.name)
        })
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<ChangeRegion> {
        let inner = at.field("region");
        let said = inner.need(&self.region)?;
        let revision = decode::etag(&inner.field("etag"), &said.etag);
        let paths = decode::mask(&at.field("update_mask"), &self.update_mask, &REGION_PATHS);
        let (revision, paths) = (revision?, paths?.to_vec());
        let write = ChangeRegion { revision, said: said.clone(), paths };
        write.merged(&inner, desk)?;
        Some(write)
    }
}

impl ChangeRegion {
    fn merged(&self, at: &At<'_>, desk: &Desk) -> Option<Region> {
        let had = &desk.board().region;
        let mut facts = encode::region::region(desk);
        let wish = self.said.policy.unwrap_or_default();
        for path in &self.paths {
            match (path.as_str(), facts.network.as_mut(), facts.policy.as_mut()) {
                ("display_name", ..) => facts.display_name.clone_from(&self.said.display_name),
                ("network.dayparts", Some(network), _) => {
                    network.dayparts = self.said.network.clone().unwrap_or_default().dayparts;
                }
                ("policy", _, Some(policy)) => *policy = wish,
                (path, _, Some(policy)) => lay_over(policy, &wish, path),
                (_, _, None) => unreachable!("regions are told with their policy"),
            }
        }
        let region = decode::region::region(at, had.id.clone(), &facts, had.created)?;
        let network = Network { dayparts: region.network.dayparts, ..had.network.clone() };
        Some(Region { network, tenant: had.tenant.clone(), revision: had.revision, ..region })
    }
}

fn lay_over(policy: &mut v1::Policy, wish: &v1::Policy, path: &str) {
    match path {
        "policy.travel_rate" => policy.travel_rate = wish.travel_rate,
        "policy.lateness_factor" => policy.lateness_factor = wish.lateness_factor,
        "policy.overtime_rate" => policy.overtime_rate = wish.overtime_rate,
        "policy.waiting_rate" => policy.waiting_rate = wish.waiting_rate,
        "policy.promise_change_cost" => policy.promise_change_cost = wish.promise_change_cost,
        "policy.scarcity_cost" => policy.scarcity_cost = wish.scarcity_cost,
        "policy.depot_stop_cost" => policy.depot_stop_cost = wish.depot_stop_cost,
        "policy.overtime_allowance" => policy.overtime_allowance = wish.overtime_allowance,
        "policy.horizon" => policy.horizon = wish.horizon,
        "policy.hold_duration" => policy.hold_duration = wish.hold_duration,
        "policy.urgent_reserve_permille" => policy.urgent_reserve_permille = wish.urgent_reserve_permille,
        "policy.preference_cost" => policy.preference_cost = wish.preference_cost,
        "policy.language_cost" => policy.language_cost = wish.language_cost,
        "policy.patience_cost" => policy.patience_cost = wish.patience_cost,
        "policy.elderly_factor" => policy.elderly_factor = wish.elderly_factor,
        "policy.partner_factor" => policy.partner_factor = wish.partner_factor,
        "policy.partner_after" => policy.partner_after = wish.partner_after,
        "policy.offers" => policy.offers = wish.offers,
        "policy.offer_timeout" => policy.offer_timeout = wish.offer_timeout,
        "policy.decline_cooldown" => policy.decline_cooldown = wish.decline_cooldown,
        "policy.timeout_pause" => policy.timeout_pause = wish.timeout_pause,
        "policy.coverage_target" => policy.coverage_target = wish.coverage_target,
        "policy.coverage_factor" => policy.coverage_factor = wish.coverage_factor,
        "policy.moves_at_once" => policy.moves_at_once = wish.moves_at_once,
        "policy.move_drive" => policy.move_drive = wish.move_drive,
        "policy.narrowed_window" => policy.narrowed_window = wish.narrowed_window,
        "policy.divert" => policy.divert = wish.divert,
        // the mask was checked: nothing else is left
        "policy.lateness_margin" => policy.lateness_margin = wish.lateness_margin,
        _ => policy.response_rate = wish.response_rate,
    }
}

impl Write for ChangeRegion {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        let region = check(|at| self.merged(&at.field("region"), desk))?;
        Ok(Command::SetRegion { region, revision: self.revision })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        NewRegion::reply(desk)
    }
}
