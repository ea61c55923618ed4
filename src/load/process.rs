//! A server in a process of its own, and what it takes of the machine.

use super::LoadError;
use serde::Serialize;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{fs, io};

/// What a process has taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// Most memory held at a time, in MB.
    pub peak_memory_mb: f64,
    /// Processor time, in seconds.
    pub cpu_s: f64,
}

/// Clock ticks a second in /proc/PID/stat, which Linux fixes for programs at 100.
const TICKS: f64 = 100.0;

/// Starts `program serve` on a free port of loopback, on directories for its data and its roads.
///
/// # Errors
/// Where it cannot be started, or ends before it listens.
pub fn start(program: &Path, data: &Path, roads: &Path) -> Result<(Child, SocketAddr), LoadError> {
    let failed = |error| LoadError::System { what: format!("{} serve", program.display()), error };
    let mut child = Command::new(program)
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .arg("--roads")
        .arg(roads)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut said = String::new();
    let told = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut said));
    let address = said
        .split('"')
        .find_map(|word| word.parse().ok())
        .ok_or_else(|| failed(told.and_then(Result::err).unwrap_or(io::ErrorKind::UnexpectedEof.into())));
    if address.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    Ok((child, address?))
}

/// What a process has taken so far; `None` where the system does not tell.
pub fn usage(pid: u32) -> Option<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kb: f64 = peak.trim().trim_end_matches("kB").trim().parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the second field is a name in brackets, which may hold blanks
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some(Usage { peak_memory_mb: kb / 1024.0, cpu_s: (ticks()? + ticks()?) / TICKS })
}
