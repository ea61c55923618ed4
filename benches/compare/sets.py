"""The sets of the comparison: which files, which best known value, which question is asked of a solver.

A task is one instance under one question. Everything a number depends on is in the task, so that results of
different questions (rounding, objective, seconds) never share a row.
"""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    set: str
    instance: str
    file: Path
    format: str
    seconds: float
    convention: str = "dimacs"
    objective: str = ""
    best: float | None = None
    vehicles: int | None = None


@dataclass(frozen=True)
class Set:
    """`measure` is what the table shows: `gap` (% over the best known), `vehicles`, or `served`."""

    name: str
    measure: str
    goal: float | None
    says: str


SETS = [
    Set("solomon", "gap", 0.10, "Solomon, 100 customers, distance truncated to 0.1"),
    Set("gh200", "gap", 0.50, "Gehring-Homberger, 200 customers"),
    Set("gh400", "gap", 1.2, "Gehring-Homberger, 400 customers"),
    Set("gh1000", "gap", 2.0, "Gehring-Homberger, 1,000 customers"),
    Set("gh1000-60", "gap", 1.0, "the same in 60 s"),
    Set("sdvrptw", "gap", 1.5, "site-dependent, fixed fleet, longest duration"),
    Set("trsp", "gap", 0.0, "technicians with skills, tools and spare parts; working time"),
    Set("vehicles", "vehicles", 90.0, "Solomon, fewest vehicles first, double precision"),
    Set("tech", "served", None, "technician days: fewest left out, then least travel"),
    Set("tech-1s", "served", None, "the large day in 1 s"),
]
BY_NAME = {s.name: s for s in SETS}

# (most left out, most hours of travel) by set and instance
TECH_GOALS = {
    ("tech", "tech200x1500"): (0, 100.0),
    ("tech", "tech200x1500p"): (8, 112.0),
    ("tech", "tech60x400"): (0, 53.0),
    ("tech-1s", "tech200x1500"): (3, None),
}

# About 10 minutes on one core with one seed: a few of every family and length of horizon.
SENTINEL = {
    "solomon": ["C104", "C203", "R104", "R108", "R110", "R203", "R207", "R211", "RC104", "RC106", "RC203", "RC207"],
    "gh200": ["C1_2_4", "C2_2_3", "R1_2_4", "R1_2_10", "R2_2_2", "R2_2_8", "RC1_2_5", "RC2_2_3"],
    "gh400": ["C1_4_9", "C2_4_3", "R1_4_5", "R2_4_3", "RC1_4_7", "RC2_4_1"],
    "gh1000": ["C1_10_6", "R1_10_6", "R2_10_6", "RC2_10_1"],
    "sdvrptw": ["PR05", "PR09", "PR11A", "PR13B", "PR15A", "PR19", "PR21B", "PR23"],
    "trsp": ["C103.100_25-5-5-5", "R105.100_25-5-5-5", "R207.100_25-5-5-5", "RC201.100_25-5-5-5"],
    "vehicles": ["C109", "R104", "R110", "R207", "RC106", "RC203"],
    "tech": ["tech200x1500", "tech200x1500p", "tech60x400"],
    "tech-1s": ["tech200x1500"],
}


def rows(data: Path, folder: str, convention: str | None = None):
    with open(data / folder / "BKS.csv", newline="") as f:
        return [r for r in csv.DictReader(f) if convention in (None, r.get("convention"))]


def solomon_like(data: Path, name: str, folder: str, seconds: float):
    for r in rows(data, folder, "dimacs"):
        file = data / folder / (r["instance"] + ".txt")
        yield Task(name, r["instance"], file, "solomon", seconds, best=float(r["distance"]))


def tasks_of(data: Path, name: str) -> list[Task]:
    """All tasks of a set, in the order of its file of best known values."""
    if name in ("solomon", "gh200", "gh400", "gh1000"):
        return list(solomon_like(data, name, f"vrptw/{name}", 10))
    if name == "gh1000-60":
        return list(solomon_like(data, name, "vrptw/gh1000", 60))
    if name == "vehicles":
        return [
            Task(name, r["instance"], data / "vrptw/solomon" / (r["instance"] + ".txt"), "solomon", 10,
                 convention="float", objective="vehicles", best=float(r["distance"]), vehicles=int(r["vehicles"]))
            for r in rows(data, "vrptw/solomon", "float_vehicles_first")
        ]
    if name == "sdvrptw":
        return [
            Task(name, r["instance"], data / name / (r["instance"] + ".vrp"), name, 10, best=float(r["cost"]))
            for r in rows(data, name)
        ]
    if name == "trsp":
        return [
            Task(name, r["instance"], data / name / (r["instance"] + ".txt"), name, 30, best=float(r["distance"]))
            for r in rows(data, name)
        ]
    seconds = 1 if name == "tech-1s" else 10
    known = [i for (s, i) in TECH_GOALS if s == name]
    files = [f for f in sorted((data / "tech").glob("*.json")) if name == "tech" or f.stem in known]
    return [Task(name, f.stem, f, "tech", seconds, objective="served") for f in files]


def choose(data: Path, names: list[str], instances: list[str]) -> list[Task]:
    """Tasks of the named sets (`all`, `sentinel` or names), narrowed to `instances` where any are given."""
    tasks = []
    for name in names:
        if name == "sentinel":
            for one, wanted in SENTINEL.items():
                tasks += [t for t in tasks_of(data, one) if t.instance in wanted]
        elif name == "all":
            tasks += [t for s in SETS for t in tasks_of(data, s.name)]
        elif name in BY_NAME:
            tasks += tasks_of(data, name)
        else:
            raise SystemExit(f"no set {name!r}: {', '.join(BY_NAME)}, sentinel or all")
    tasks = list(dict.fromkeys(tasks))
    return [t for t in tasks if not instances or t.instance in instances]
