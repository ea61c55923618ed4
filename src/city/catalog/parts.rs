//! The parts of the demo: where each lies and what vans carry it. Tables only.

/// Who carries a part in the van.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Everybody.
    All,
    /// Technicians of this trade.
    By(Trade),
    /// Nobody: it has to be picked up.
    Nobody,
}

/// What a technician mostly works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trade {
    /// Refrigerators and air conditioners.
    Cold,
    /// Washing machines, dishwashers, ovens.
    White,
    /// Gas boilers and hobs.
    Gas,
    /// Installations of all kinds.
    Fitter,
}

/// Which depots stock a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// All of them.
    All,
    /// One only, by number.
    Only(usize),
    /// None: it is nowhere.
    Nowhere,
}

/// A part with where it lies.
#[derive(Clone, Copy, Debug)]
pub struct PartRow {
    /// The id.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// In which vans.
    pub carried: Carried,
    /// In which depots.
    pub shelf: Shelf,
    /// How many a depot has.
    pub depot_count: i32,
}

const fn row(
    id: &'static str,
    name: &'static str,
    carried: Carried,
    shelf: Shelf,
    depot_count: i32,
) -> PartRow {
    PartRow { id, name, carried, shelf, depot_count }
}

use Carried::{All, By, Nobody};
use Shelf::{Nowhere, Only};
use Trade::{Cold, Fitter, Gas, White};

/// Every part.
pub const PARTS: [PartRow; 44] = [
    row("compressor-inverter", "Inverter compressor", Nobody, Only(2), 6),
    row("start-relay", "Compressor start relay", By(Cold), Shelf::All, 20),
    row("refrigerant-can", "Refrigerant R600a, can", By(Cold), Shelf::All, 30),
    row("filter-drier", "Filter drier", By(Cold), Shelf::All, 20),
    row("evaporator-fan", "Evaporator fan", By(Cold), Shelf::All, 12),
    row("defrost-heater", "Defrost heater", By(Cold), Shelf::All, 10),
    row("thermostat-fridge", "Refrigerator thermostat", By(Cold), Shelf::All, 12),
    row("door-gasket", "Door gasket", Nobody, Shelf::All, 16),
    row("main-board-fridge", "Refrigerator main board", By(Cold), Shelf::All, 24),
    row("drain-pump", "Drain pump", By(White), Shelf::All, 24),
    row("carbon-brushes", "Carbon brushes, pair", By(White), Shelf::All, 30),
    row("belt-washer", "Washing machine belt", By(White), Shelf::All, 30),
    row("door-bellows", "Door bellows", By(White), Shelf::All, 10),
    row("main-board-washer", "Washing machine main board", Nobody, Shelf::All, 8),
    row("door-lock", "Door lock", By(White), Shelf::All, 20),
    row("drum-bearing-kit", "Drum bearing set", Nobody, Only(0), 5),
    row("heating-element", "Dryer heating element", By(White), Shelf::All, 12),
    row("thermal-fuse", "Thermal fuse", All, Shelf::All, 60),
    row("belt-dryer", "Dryer belt", By(White), Shelf::All, 16),
    row("inlet-valve", "Inlet valve", By(White), Shelf::All, 24),
    row("circulation-pump", "Dishwasher circulation pump", Nobody, Shelf::All, 8),
    row("oven-element", "Oven element", By(White), Shelf::All, 16),
    row("door-glass", "Oven door glass", Nobody, Only(0), 4),
    row("induction-board", "Induction power board", Nobody, Only(1), 9),
    row("ignition-electrode", "Ignition electrode", By(Gas), Shelf::All, 30),
    row("gas-tap", "Gas tap", By(Gas), Shelf::All, 20),
    row("gas-hose", "Gas hose, steel", By(Gas), Shelf::All, 40),
    row("gas-valve-modulating", "Modulating gas valve", Nobody, Only(1), 4),
    row("expansion-vessel", "Expansion vessel", By(Gas), Shelf::All, 12),
    row("heat-exchanger", "Boiler heat exchanger", Nobody, Only(1), 4),
    row("flue-sensor", "Flue gas sensor", By(Gas), Shelf::All, 12),
    row("fan-boiler", "Boiler fan", By(Gas), Shelf::All, 8),
    row("ceramic-burner-plate", "Ceramic burner plate", Nobody, Nowhere, 0),
    row("immersion-heater", "Immersion heater", All, Shelf::All, 40),
    row("thermostat-heater", "Water heater thermostat", All, Shelf::All, 40),
    row("capacitor", "Run capacitor", By(Cold), Shelf::All, 30),
    row("condensate-pump", "Condensate pump", By(Cold), Shelf::All, 10),
    row("ac-board", "Air conditioner board", Nobody, Only(2), 5),
    row("control-board-heater", "Space heater control board", All, Shelf::All, 40),
    row("hose-set", "Inlet and drain hose set", By(Fitter), Shelf::All, 40),
    row("wall-bracket", "Wall bracket, outdoor unit", By(Fitter), Shelf::All, 16),
    row("filter-cartridge", "Filter cartridge, set", By(White), Shelf::All, 120),
    row("membrane", "Reverse osmosis membrane", By(White), Shelf::All, 20),
    row("copper-line-set", "Copper line set, 4 m", By(Fitter), Shelf::All, 16),
];

/// Parts that travel together: id, name, contents.
type Kit = (&'static str, &'static str, &'static [(&'static str, i32)]);

/// Every kit.
pub const KITS: [Kit; 6] = [
    ("install-water", "Connection of a washing machine", &[("hose-set", 1)]),
    ("install-gas", "Connection of a gas appliance", &[("gas-hose", 1), ("gas-tap", 1)]),
    ("install-split", "Mounting of an air conditioner", &[("wall-bracket", 1), ("copper-line-set", 1)]),
    ("care-water", "Yearly filters of a water purifier", &[("filter-cartridge", 1)]),
    ("care-boiler", "Yearly care of a boiler", &[("ignition-electrode", 1)]),
    ("care-cold", "Care of a cooling circuit", &[("filter-drier", 1)]),
];
