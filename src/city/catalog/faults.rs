//! Appliance families and their faults, with durations, certificates and part odds. Tables only.

/// A required certificate: kind and least level.
pub type Needs = (&'static str, i32);

/// A family of appliances.
#[derive(Clone, Copy, Debug)]
pub struct FamilyRow {
    /// The id.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What any work on it takes.
    pub needs: &'static [Needs],
    /// Minutes of an installation and of maintenance.
    pub minutes: [i64; 2],
    /// The kits of an installation and of maintenance; none where empty.
    pub kits: [&'static str; 2],
    /// How often it is called about, against the others.
    pub weight: f64,
}

/// A fault.
#[derive(Clone, Copy, Debug)]
pub struct FaultRow {
    /// The id.
    pub id: &'static str,
    /// Of which family.
    pub family: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Minutes of mending.
    pub minutes: i64,
    /// Beyond the family's.
    pub needs: &'static [Needs],
    /// Part, count, odds.
    pub odds: &'static [(&'static str, i32, f64)],
    /// How often, against the family's others; zero where only the script calls for it.
    pub weight: f64,
}

const ELECTRICIAN: Needs = ("electrician", 1);
const ELECTRICIAN_2: Needs = ("electrician", 2);
const GAS: Needs = ("gas-fitter", 1);
const GAS_2: Needs = ("gas-fitter", 2);
const COLD: Needs = ("refrigerant", 1);
const COLD_2: Needs = ("refrigerant", 2);

const fn family(
    id: &'static str,
    name: &'static str,
    needs: &'static [Needs],
    minutes: [i64; 2],
    kits: [&'static str; 2],
    weight: f64,
) -> FamilyRow {
    FamilyRow { id, name, needs, minutes, kits, weight }
}

/// Every family.
pub const FAMILIES: [FamilyRow; 12] = [
    family("refrigerator", "Refrigerator", &[ELECTRICIAN], [40, 40], ["", "care-cold"], 19.0),
    family("washing-machine", "Washing machine", &[ELECTRICIAN], [50, 35], ["install-water", ""], 21.0),
    family("dryer", "Tumble dryer", &[ELECTRICIAN], [40, 35], ["", ""], 6.0),
    family("dishwasher", "Dishwasher", &[ELECTRICIAN], [60, 35], ["install-water", ""], 9.0),
    family("oven", "Oven and hob", &[ELECTRICIAN], [60, 30], ["", ""], 9.0),
    family("gas-hob", "Gas hob", &[ELECTRICIAN, GAS], [60, 35], ["install-gas", ""], 6.0),
    family("boiler", "Gas boiler", &[ELECTRICIAN, GAS], [170, 60], ["install-gas", "care-boiler"], 11.0),
    family("water-heater", "Electric water heater", &[ELECTRICIAN], [75, 40], ["", ""], 7.0),
    family("air-conditioner", "Air conditioner", &[ELECTRICIAN, COLD], [150, 50], ["install-split", ""], 8.0),
    family("space-heater", "Space heater", &[ELECTRICIAN], [30, 30], ["", ""], 3.0),
    // called about in scenarios that say so
    family("water-purifier", "Water purifier", &[], [50, 20], ["", "care-water"], 0.0),
    family("range-hood", "Range hood", &[ELECTRICIAN], [60, 30], ["", ""], 3.0),
];

const fn fault(
    family: &'static str,
    id: &'static str,
    name: &'static str,
    (minutes, weight): (i64, f64),
    needs: &'static [Needs],
    odds: &'static [(&'static str, i32, f64)],
) -> FaultRow {
    FaultRow { id, family, name, minutes, needs, odds, weight }
}

/// Every fault.
pub const FAULTS: [FaultRow; 32] = [
    fault(
        "water-purifier",
        "purifier-slow",
        "Gives little water",
        (35, 1.0),
        &[],
        &[("filter-cartridge", 1, 0.6), ("membrane", 1, 0.5)],
    ),
    fault(
        "refrigerator",
        "fridge-not-cooling",
        "Cools too little",
        (60, 3.0),
        &[COLD],
        &[("start-relay", 1, 0.55), ("refrigerant-can", 1, 0.5)],
    ),
    fault("refrigerator", "fridge-fan-noisy", "Fan is loud", (40, 2.0), &[], &[("evaporator-fan", 1, 0.8)]),
    fault(
        "refrigerator",
        "fridge-iced-up",
        "Ices up",
        (50, 2.0),
        &[],
        &[("defrost-heater", 1, 0.7), ("thermostat-fridge", 1, 0.35)],
    ),
    fault(
        "refrigerator",
        "fridge-compressor-dead",
        "Compressor does not start",
        (100, 1.0),
        &[COLD_2],
        &[("compressor-inverter", 1, 0.9), ("refrigerant-can", 2, 0.9), ("filter-drier", 1, 0.9)],
    ),
    fault(
        "refrigerator",
        "fridge-door-leaks",
        "Door does not seal",
        (30, 1.5),
        &[],
        &[("door-gasket", 1, 0.85)],
    ),
    fault(
        "refrigerator",
        "fridge-surge",
        "Dead after a power surge",
        (50, 0.0),
        &[],
        &[("main-board-fridge", 1, 0.75)],
    ),
    fault("washing-machine", "washer-no-drain", "Does not drain", (40, 3.0), &[], &[("drain-pump", 1, 0.65)]),
    fault(
        "washing-machine",
        "washer-no-spin",
        "Does not spin",
        (50, 2.5),
        &[],
        &[("carbon-brushes", 1, 0.5), ("belt-washer", 1, 0.45)],
    ),
    fault(
        "washing-machine",
        "washer-leaks",
        "Leaks at the door",
        (50, 2.0),
        &[],
        &[("door-bellows", 1, 0.7)],
    ),
    fault(
        "washing-machine",
        "washer-dead",
        "Does not start",
        (60, 1.5),
        &[],
        &[("main-board-washer", 1, 0.6), ("door-lock", 1, 0.35)],
    ),
    fault(
        "washing-machine",
        "washer-bearing-loud",
        "Drum bearing is worn",
        (95, 0.6),
        &[],
        &[("drum-bearing-kit", 1, 0.9)],
    ),
    fault(
        "dryer",
        "dryer-no-heat",
        "Does not heat",
        (50, 2.0),
        &[],
        &[("heating-element", 1, 0.6), ("thermal-fuse", 1, 0.55)],
    ),
    fault("dryer", "dryer-no-turn", "Drum stands still", (45, 1.5), &[], &[("belt-dryer", 1, 0.7)]),
    fault("dishwasher", "dishwasher-no-fill", "Takes no water", (40, 2.0), &[], &[("inlet-valve", 1, 0.7)]),
    fault(
        "dishwasher",
        "dishwasher-dirty",
        "Dishes stay dirty",
        (45, 1.5),
        &[],
        &[("circulation-pump", 1, 0.55)],
    ),
    fault("oven", "oven-no-heat", "Oven does not heat", (45, 2.0), &[], &[("oven-element", 1, 0.75)]),
    fault("oven", "oven-door", "Door glass is broken", (30, 0.6), &[], &[("door-glass", 1, 0.9)]),
    fault(
        "oven",
        "hob-induction-dead",
        "Induction hob is dead",
        (60, 1.0),
        &[ELECTRICIAN_2],
        &[("induction-board", 1, 0.7)],
    ),
    fault("gas-hob", "hob-no-spark", "No spark", (35, 2.0), &[], &[("ignition-electrode", 1, 0.7)]),
    fault(
        "gas-hob",
        "hob-gas-smell",
        "Smell of gas",
        (45, 0.7),
        &[],
        &[("gas-tap", 1, 0.55), ("gas-hose", 1, 0.6)],
    ),
    fault(
        "boiler",
        "boiler-no-ignition",
        "Does not light",
        (60, 3.0),
        &[],
        &[("ignition-electrode", 1, 0.6)],
    ),
    fault("boiler", "boiler-low-pressure", "Loses pressure", (45, 2.5), &[], &[("expansion-vessel", 1, 0.5)]),
    fault("boiler", "boiler-leaks", "Leaks inside", (80, 0.8), &[], &[("heat-exchanger", 1, 0.55)]),
    fault(
        "boiler",
        "boiler-flue-alarm",
        "Flue gas alarm",
        (80, 0.6),
        &[GAS_2],
        &[("flue-sensor", 1, 0.6), ("fan-boiler", 1, 0.5)],
    ),
    fault(
        "boiler",
        "boiler-burner-cracked",
        "Burner plate is cracked",
        (90, 0.0),
        &[],
        &[("ceramic-burner-plate", 1, 1.0)],
    ),
    fault(
        "water-heater",
        "heater-trips",
        "Trips the breaker",
        (45, 1.0),
        &[],
        &[("immersion-heater", 1, 0.8)],
    ),
    fault(
        "water-heater",
        "heater-no-hot",
        "No hot water",
        (50, 2.0),
        &[],
        &[("immersion-heater", 1, 0.65), ("thermostat-heater", 1, 0.5)],
    ),
    fault(
        "air-conditioner",
        "ac-no-cooling",
        "Does not cool",
        (70, 2.0),
        &[],
        &[("refrigerant-can", 1, 0.7), ("capacitor", 1, 0.45)],
    ),
    fault(
        "air-conditioner",
        "ac-water-inside",
        "Drips inside",
        (40, 2.0),
        &[],
        &[("condensate-pump", 1, 0.6)],
    ),
    fault(
        "space-heater",
        "heater-surge",
        "Dead after a power surge",
        (40, 1.0),
        &[],
        &[("control-board-heater", 1, 0.7)],
    ),
    fault("range-hood", "hood-no-suction", "No suction", (35, 1.0), &[], &[("thermal-fuse", 1, 0.6)]),
];

/// The fault with this id.
///
/// # Panics
/// Where there is none: the callers name constants.
pub fn known(id: &str) -> &'static FaultRow {
    FAULTS.iter().find(|f| f.id == id).expect("the script names faults of the table")
}

/// The family with this id.
///
/// # Panics
/// As [`known`].
pub fn family_of(id: &str) -> &'static FamilyRow {
    FAMILIES.iter().find(|f| f.id == id).expect("the tables name families of the table")
}
