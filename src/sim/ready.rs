//! Scenarios that the program carries: `fixtures/scenarios`, by name.

/// A ready scenario.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! ready {
    ($($name:literal),+ $(,)?) => {
        &[$(Ready { name: $name, text: include_str!(concat!("../../fixtures/scenarios/", $name, ".toml")) }),+]
    };
}

/// Every ready scenario, by name.
pub const READY: &[Ready] = ready![
    "ac-peak",
    "busy-city",
    "dual-gas",
    "filter-season",
    "heat-wave",
    "install-campaign",
    "night-emergency",
    "part-shortage",
    "quiet-weekday",
    "rural-fringe",
    "thin-certificates",
    "two-depots",
];

/// The ready scenario of that name.
pub fn ready(name: &str) -> Option<&'static Ready> {
    READY.iter().find(|r| r.name == name)
}
