//! `callout roads`: build a network, look at it, ask it for travel times.
//!
//! Never computes a travel time itself.

use super::Error;
use crate::geo::Point;
use crate::travel::{
    Dayparts, Leg, Model, Network, Profile, Roads, SNAP_CAP_METRES, Spot, Table, UNREACHABLE,
};
use crate::units::Time;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Road networks: build one from OpenStreetMap, and ask it for travel times
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  callout roads build milan.osm.pbf -o milan.roads\n  \
    callout roads route milan.roads 9.19,45.464 9.17,45.48 --at 08:30 > route.geojson")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Build a road network from an OpenStreetMap extract
    #[command(
        after_help = "Reads access, one-ways, turn restrictions, speed limits, signals, barriers and ferries,\n\
        keeps the largest part in which every road reaches every other, and orders it for fast queries."
    )]
    Build {
        /// The extract, CITY.osm.pbf
        extract: PathBuf,
        /// Where the network goes, CITY.roads
        #[arg(short, long)]
        output: PathBuf,
        /// What to call it [default: the extract's name up to the first dot]
        #[arg(long)]
        name: Option<String>,
    },
    /// What a network holds
    Info {
        /// CITY.roads, or CITY.osm.pbf to build it in memory
        network: PathBuf,
    },
    /// Seconds and metres between all places of two lists
    #[command(
        after_help = "A list has one place a line, LON,LAT in WGS-84; more columns and a header are passed over.\n\
        Places are snapped to the nearest road within 2,000 m; what is farther reaches nothing (null).\n\
        Exit code 1 when some pair has no way."
    )]
    Matrix {
        /// CITY.roads, or CITY.osm.pbf to build it in memory
        network: PathBuf,
        /// Places to go from, one LON,LAT a line
        #[arg(long)]
        from: PathBuf,
        /// Places to go to, one LON,LAT a line
        #[arg(long)]
        to: PathBuf,
        /// Local time of departure, HH:MM, on a usual working day [default: free flow]
        #[arg(long, value_parser = clock)]
        at: Option<u32>,
    },
    /// The fastest way between two places, as a GeoJSON feature
    Route {
        /// CITY.roads, or CITY.osm.pbf to build it in memory
        network: PathBuf,
        /// LON,LAT to go from
        #[arg(value_parser = place, allow_hyphen_values = true)]
        from: Point,
        /// LON,LAT to go to
        #[arg(value_parser = place, allow_hyphen_values = true)]
        to: Point,
        /// Local time of departure, HH:MM, on a usual working day [default: free flow]
        #[arg(long, value_parser = clock)]
        at: Option<u32>,
    },
}

/// Runs the command; `json` asks for JSON where words are the default.
///
/// # Errors
/// [`Error::Unusable`] where a file cannot be used, [`Error::No`] where there is no way.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    match args.command {
        Command::Build { extract, output, name } => build(&extract, &output, name, json),
        Command::Info { network } => info(&open(&network)?, json),
        Command::Matrix { network, from, to, at } => matrix(&network, &from, &to, at, json),
        Command::Route { network, from, to, at } => route(&network, from, to, at),
    }
}

#[allow(clippy::disallowed_methods)] // a person waits for this: how long is part of the answer
fn build(extract: &Path, output: &Path, name: Option<String>, json: bool) -> Result<(), Error> {
    let start = Instant::now();
    let mut network = open_extract(extract)?;
    if let Some(name) = name {
        network = network.renamed(name);
    }
    network.save(output).map_err(Error::unusable)?;
    let bytes = std::fs::metadata(output).map_err(Error::unusable)?.len();
    let took = start.elapsed().as_secs_f64();
    if json {
        println!(
            "{}",
            json!({"output": output, "bytes": bytes, "seconds": took, "network": facts(&network)})
        );
        return Ok(());
    }
    println!("{}: {:.1} MB in {took:.1} s", output.display(), bytes as f64 / 1e6);
    info(&network, json)
}

fn facts(network: &Network) -> serde_json::Value {
    let [low, high] = network.bounds();
    let kilometres = kilometres(network);
    json!({
        "name": network.name(),
        "attribution": network.attribution(),
        "checksum": format!("{:08x}", network.checksum()),
        "bounds": [low.lon_deg(), low.lat_deg(), high.lon_deg(), high.lat_deg()],
        "junctions": network.nodes(),
        "segments": network.segments().len(),
        "hierarchy_edges": network.hierarchy_edges(),
        "kilometres": kilometres.iter().map(|(class, km)| ((*class).to_owned(), json!(km.round()))).collect::<serde_json::Map<_, _>>(),
    })
}

/// Kilometres of each class that occurs.
fn kilometres(network: &Network) -> std::collections::BTreeMap<&'static str, f64> {
    let mut sums = std::collections::BTreeMap::new();
    for (at, (class, _)) in network.segments().enumerate() {
        *sums.entry(class.word()).or_insert(0.0) += network.segment_metres(at) / 1000.0;
    }
    sums
}

fn info(network: &Network, json: bool) -> Result<(), Error> {
    if json {
        println!("{}", facts(network));
        return Ok(());
    }
    let [low, high] = network.bounds();
    let corner = |p: Point| format!("{:.5},{:.5}", p.lon_deg(), p.lat_deg());
    println!("name         {}", network.name());
    println!("attribution  {}", network.attribution());
    println!("checksum     {:08x}", network.checksum());
    println!("from, to     {} {}", corner(low), corner(high));
    println!("junctions    {}", network.nodes());
    println!("segments     {}", network.segments().len());
    for (class, km) in kilometres(network) {
        println!("  {class:<13}{km:>9.1} km");
    }
    Ok(())
}

fn matrix(network: &Path, from: &Path, to: &Path, at: Option<u32>, json: bool) -> Result<(), Error> {
    let (from, to) = (places(from)?, places(to)?);
    let model = model(network, at)?;
    let (rows, columns) = (snap_all(&model, &from), snap_all(&model, &to));
    let (starts, ends): (Vec<Spot>, Vec<Spot>) =
        (rows.iter().flatten().copied().collect(), columns.iter().flatten().copied().collect());
    let inner = model.table(&starts, &ends, hour(at));
    let table = spread(&inner, &rows, &columns);
    if json {
        println!(
            "{}",
            json!({
                "seconds": nested(&table.seconds, to.len()),
                "metres": nested(&table.metres, to.len()),
                "model": model.name(),
                "from_gap_metres": gaps(&rows),
                "to_gap_metres": gaps(&columns),
            })
        );
    } else {
        words(&table, &rows, &columns, model.name());
    }
    Ok(())
}

/// Puts the table of snapped places back among those that could not be snapped.
fn spread(inner: &Table, rows: &[Option<Spot>], columns: &[Option<Spot>]) -> Table {
    let mut out = Table::default();
    let mut at = 0;
    for row in rows {
        for column in columns {
            let known = row.is_some() && column.is_some();
            out.seconds.push(if known { inner.seconds[at] } else { UNREACHABLE });
            out.metres.push(if known { inner.metres[at] } else { UNREACHABLE });
            at += usize::from(known);
        }
    }
    out
}

fn snap_all(model: &Model, places: &[Point]) -> Vec<Option<Spot>> {
    let say = |place: &Point| {
        model.snap(*place).inspect_err(|e| eprintln!("{},{}: {e}", place.lon_deg(), place.lat_deg())).ok()
    };
    places.iter().map(say).collect()
}

fn nested(values: &[u32], columns: usize) -> Vec<Vec<Option<u32>>> {
    let known = |v: &u32| (*v != UNREACHABLE).then_some(*v);
    values.chunks(columns.max(1)).map(|row| row.iter().map(known).collect()).collect()
}

fn gaps(spots: &[Option<Spot>]) -> Vec<Option<u32>> {
    spots.iter().map(|spot| spot.map(|s| s.gap_metres())).collect()
}

fn words(table: &Table, rows: &[Option<Spot>], columns: &[Option<Spot>], name: &str) {
    let mut out = comfy_table::Table::new();
    out.set_header(["from", "to", "seconds", "metres"]);
    let say = |v: u32| if v == UNREACHABLE { "-".to_owned() } else { v.to_string() };
    for row in 0..rows.len() {
        for column in 0..columns.len() {
            let at = row * columns.len() + column;
            let ends = [(row + 1).to_string(), (column + 1).to_string()];
            out.add_row([&ends[0], &ends[1], &say(table.seconds[at]), &say(table.metres[at])]);
        }
    }
    println!("{out}");
    let all = rows.iter().chain(columns).flatten();
    let farthest = all.map(|s| s.gap_metres()).max().unwrap_or(0);
    println!("{name}; the place farthest from a road is {farthest} m off it");
}

fn route(network: &Path, from: Point, to: Point, at: Option<u32>) -> Result<(), Error> {
    let model = model(network, at)?;
    let snap = |place: Point| {
        let say = |e| Error::No(format!("{},{}: {e}", place.lon_deg(), place.lat_deg()));
        model.snap(place).map_err(say)
    };
    let (start, end) = (snap(from)?, snap(to)?);
    let depart = Time(i64::from(at.unwrap_or(FREE_FLOW)));
    let path = model.path(&start, &end, depart, &Dayparts::utc());
    let path = path.ok_or_else(|| Error::No("there is no way".to_owned()))?;
    let Leg { seconds, metres } = path.leg;
    let line: Vec<[f64; 2]> = path.line.iter().map(|p| [p.lon_deg(), p.lat_deg()]).collect();
    println!(
        "{}",
        json!({
            "type": "Feature",
            "properties": {
                "seconds": seconds,
                "metres": metres,
                "model": model.name(),
                "from_gap_metres": start.gap_metres(),
                "to_gap_metres": end.gap_metres(),
                "attribution": crate::travel::ATTRIBUTION,
            },
            "geometry": {"type": "LineString", "coordinates": line},
        })
    );
    Ok(())
}

/// Three in the morning: every default multiplier is one.
const FREE_FLOW: u32 = 3 * 3600;

pub(super) fn hour(at: Option<u32>) -> u8 {
    (at.unwrap_or(FREE_FLOW) / 3600) as u8
}

pub(super) fn model(network: &Path, at: Option<u32>) -> Result<Model, Error> {
    let profile = if at.is_some() { Profile::default() } else { Profile::free_flow() };
    Ok(Model::Roads(Roads::with(Arc::new(open(network)?), profile, Vec::new(), SNAP_CAP_METRES)))
}

fn open(path: &Path) -> Result<Network, Error> {
    if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("pbf")) {
        open_extract(path)
    } else {
        Network::load(path).map_err(Error::unusable)
    }
}

/// Builds in memory, with a progress bar where somebody watches.
fn open_extract(path: &Path) -> Result<Network, Error> {
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{msg:<6} {wide_bar} {percent:>3} % {elapsed}");
    bar.set_style(style.expect("the template is right"));
    let stage = RefCell::new("");
    let progress = |name: &'static str, done: u64, total: u64| {
        if stage.replace(name) != name {
            bar.set_message(name);
        }
        bar.set_length(total.max(1));
        bar.set_position(done);
    };
    let network = Network::open(path, &progress);
    bar.finish_and_clear();
    network.map_err(Error::unusable)
}

/// `HH:MM` as seconds since midnight.
pub(super) fn clock(text: &str) -> Result<u32, String> {
    let parts =
        text.split_once(':').and_then(|(h, m)| Some((h.parse::<u32>().ok()?, m.parse::<u32>().ok()?)));
    match parts {
        Some((h, m)) if h < 24 && m < 60 => Ok(h * 3600 + m * 60),
        _ => Err("expected HH:MM between 00:00 and 23:59".to_owned()),
    }
}

/// `LON,LAT` in degrees.
fn place(text: &str) -> Result<Point, String> {
    let mut parts = text.split([',', ';', '\t']).map(|part| part.trim().trim_matches('"').parse::<f64>());
    match (parts.next(), parts.next()) {
        (Some(Ok(lon)), Some(Ok(lat))) => Point::from_degrees(lon, lat)
            .ok_or_else(|| format!("{text:?} is not on the globe: LON,LAT in degrees")),
        _ => Err(format!("expected LON,LAT in degrees, found {text:?}")),
    }
}

/// Places of a file, one a line; a first line that does not begin with a number is a header.
fn places(path: &Path) -> Result<Vec<Point>, Error> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Error::unusable(format!("{}: {e}", path.display())))?;
    let mut out = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match place(line) {
            Ok(point) => out.push(point),
            Err(_) if number == 0 && line.contains(|c: char| c.is_alphabetic()) => {}
            Err(fault) => return Err(Error::unusable(format!("{}:{}: {fault}", path.display(), number + 1))),
        }
    }
    if out.is_empty() {
        return Err(Error::unusable(format!("{}: no places in it; one LON,LAT a line", path.display())));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_places_are_read_or_refused_with_a_reason() {
        assert_eq!(clock("08:30"), Ok(30_600));
        assert!(["24:00", "8", "08:60", "x:y"].iter().all(|t| clock(t).is_err()));
        assert_eq!(place("9.19, 45.46, home"), Ok(Point::from_degrees(9.19, 45.46).unwrap()));
        assert!(place("9.19").unwrap_err().contains("LON,LAT"));
        assert!(place("nan,45").unwrap_err().contains("globe"));
    }
}
