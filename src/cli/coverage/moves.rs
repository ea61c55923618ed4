//! `callout coverage REGION --moves`: who is asked to wait elsewhere, and the answers.

use super::super::Error;
use super::super::line::{Line, moment, stamp, zone_of};
use super::super::region::full_name;
use super::super::told::word;
use super::told::table;
use crate::demo::names::{id, point, span};
use crate::wire::v1::coverage_service_client::CoverageServiceClient;
use crate::wire::v1::{AcceptMoveRequest, DeclineMoveRequest, ListMovesRequest, Move, MoveState};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tonic::Status;
use tonic::transport::Channel;

/// An answer to an open move.
#[derive(Debug, Clone, clap::Args)]
pub struct Answer {
    /// With --moves: this technician goes
    #[arg(long, value_name = "TECHNICIAN", requires = "moves", conflicts_with = "decline")]
    accept: Option<String>,
    /// With --moves: this technician stays
    #[arg(long, value_name = "TECHNICIAN", requires = "moves")]
    decline: Option<String>,
}

/// Answers where that is asked for, and prints the moves there are.
///
/// # Errors
/// [`Error::No`] where nobody of that name was asked.
pub fn run(line: &Line, region: &str, answer: &Answer, json: bool) -> Result<(), Error> {
    let region = full_name(region);
    line.work(async |channel: Channel| {
        let zone = zone_of(&channel, &region).await?;
        let mut client = CoverageServiceClient::new(channel);
        if let Some(technician) = answer.accept.as_ref().or(answer.decline.as_ref()) {
            let name = asked(&mut client, &region, id(technician)).await?;
            let request_id = String::new();
            match answer.accept {
                Some(_) => client.accept_move(AcceptMoveRequest { name, request_id }).await?,
                None => {
                    let reason = "by the command line".to_owned();
                    client.decline_move(DeclineMoveRequest { name, reason, request_id }).await?
                }
            };
        }
        let moves = list(&mut client, &region, "", true).await?;
        let open = |m: &&Move| matches!(m.state(), MoveState::Proposed | MoveState::Accepted);
        match json {
            true => println!("{}", Value::from(moves.iter().map(for_programs).collect::<Vec<_>>())),
            false if moves.is_empty() => println!("nobody is asked to wait elsewhere"),
            false => println!("{}", for_people(&moves, moves.iter().filter(open).count(), &zone)),
        }
        Ok(())
    })
}

/// The move that a technician can answer.
async fn asked(
    client: &mut CoverageServiceClient<Channel>,
    region: &str,
    technician: &str,
) -> Result<String, Status> {
    let moves = list(client, region, &format!("{region}/technicians/{technician}"), false).await?;
    let open = moves.into_iter().find(|m| m.state() == MoveState::Proposed);
    open.map(|m| m.name)
        .ok_or_else(|| Status::not_found(format!("{technician} is not asked to wait anywhere just now")))
}

async fn list(
    client: &mut CoverageServiceClient<Channel>,
    region: &str,
    technician: &str,
    include_ended: bool,
) -> Result<Vec<Move>, Status> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let (parent, technician) = (region.to_owned(), technician.to_owned());
        let ask = ListMovesRequest { parent, technician, include_ended, page_size: 1000, page_token };
        let page = client.list_moves(ask).await?.into_inner();
        all.extend(page.moves);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

fn for_people(moves: &[Move], open: usize, zone: &TimeZone) -> String {
    let head = ["Technician", "", "To (lon, lat)", "Calls/h besides", "Drive", "Until"];
    let mut all = table(head.map(String::from).to_vec(), 3);
    for m in moves {
        let to = m.to_place.as_ref().and_then(point);
        all.add_row([
            id(&m.technician).to_owned(),
            word(m.state().as_str_name(), "MOVE_STATE_"),
            to.map_or_else(String::new, |p| format!("{:.5}, {:.5}", p.lon_deg(), p.lat_deg())),
            format!("+{:.2}", m.calls_per_hour_gain),
            format!("{:.0} min", span(&m.drive_duration) / 60.0),
            moment(if m.end_time.is_some() { &m.end_time } else { &m.until_time }, zone),
        ]);
    }
    format!("{open} asked to wait elsewhere, or waiting there\n{all}")
}

fn for_programs(m: &Move) -> Value {
    let place = |p: &Option<crate::wire::v1::Place>| {
        p.as_ref().and_then(point).map(|p| json!([p.lon_deg(), p.lat_deg()]))
    };
    json!({
        "name": m.name, "technician": m.technician, "state": word(m.state().as_str_name(), "MOVE_STATE_"),
        "from": place(&m.from_place), "to": place(&m.to_place),
        "calls_per_hour_gain": m.calls_per_hour_gain, "gain_rate": m.gain_rate, "cost": m.cost,
        "drive_seconds": span(&m.drive_duration), "drive_meters": m.drive_meters,
        "create_time": stamp(&m.create_time), "expire_time": stamp(&m.expire_time),
        "arrive_time": stamp(&m.arrive_time), "until_time": stamp(&m.until_time),
        "end_time": stamp(&m.end_time), "reason": m.reason,
    })
}
