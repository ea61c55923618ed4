#!/usr/bin/env python3
"""Runs one other solver on one instance and prints its plan the way `callout solve` does.

    peers.py SOLVER FILE --format F --convention C --objective O --seconds S --seed N
    peers.py SOLVER --version        prints the version, nothing where the solver is not there

Exit code 3: the solver cannot express the instance. Each solver is asked in its own usual way, on one thread, with
the same whole-number travel matrix: PyVRP and OR-Tools stop by CPU time, vrp-cli by the wall clock, VROOM by itself.
"""

import argparse
import importlib.metadata
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

PACKAGES = {"pyvrp": "pyvrp", "ortools": "ortools", "vroom": "pyvroom"}
# more than any distance of these sets
VEHICLE = 10_000_000
LEFT_OUT = 1_000_000


def cannot(why):
    print(why, file=sys.stderr)
    raise SystemExit(3)


class Case:
    """Whole numbers: places 0.. (jobs after homes), one matrix for time and cost, windows, vehicles."""

    def __init__(self, label):
        self.label = label
        self.matrix, self.homes = [], []
        self.ids, self.windows, self.service, self.load = [], [], [], []
        # by vehicle
        self.names, self.shifts, self.capacity, self.longest, self.allowed, self.home = [], [], [], [], [], []
        self.optional = False
        self.fixed = 0

    def lay(self, points, far):
        self.matrix = [[far(a, b) for b in points] for a in points]


def solomon(text, convention, objective):
    rows = [list(map(float, line.split())) for line in text.splitlines() if re.match(r"^[\s\d.+-]*\d[\s\d.+-]*$", line)]
    (vehicles, room), customers = rows[0], rows[1:]
    scale = 10 if convention == "dimacs" else 1000
    whole = math.floor if convention == "dimacs" else math.ceil
    case = Case("Route #")
    case.lay([(c[1], c[2]) for c in customers], lambda a, b: whole(math.dist(a, b) * scale))
    for c in customers[1:]:
        case.ids.append(int(c[0]))
        case.windows.append((int(c[4] * scale), int(c[5] * scale)))
        case.service.append(int(c[6] * scale))
        case.load.append([int(c[3])])
    for v in range(int(vehicles)):
        case.names.append(v + 1)
        case.shifts.append((int(customers[0][4] * scale), int(customers[0][5] * scale)))
        case.capacity.append([int(room)])
    finish(case, len(customers[1:]), int(vehicles))
    case.fixed = VEHICLE if objective == "vehicles" else 0
    return case


def finish(case, jobs, vehicles):
    """What alike vehicles of one depot share."""
    case.homes = [0]
    case.home = [0] * vehicles
    case.longest = case.longest or [None] * vehicles
    case.allowed = case.allowed or [None] * vehicles


def sdvrptw(text, *_):
    section, table, head = "", {}, {}
    for line in text.splitlines():
        if ":" in line:
            key, value = line.split(":", 1)
            head[key.strip()] = value.strip()
        elif re.match(r"^[A-Z]", line):
            section = line.strip()
        elif line.strip():
            row = [float(x) for x in line.split()]
            table.setdefault(section, {})[int(row[0])] = row[1:]
    thousand = lambda x: round(x * 1000)  # noqa: E731
    n, vehicles = int(head["DIMENSION"]), int(head["VEHICLES"])
    case = Case("Route #")
    case.lay([tuple(table["NODE_COORD_SECTION"][i]) for i in range(1, n + 1)], lambda a, b: thousand(math.dist(a, b)))
    for i in range(2, n + 1):
        case.ids.append(i - 1)
        case.windows.append(tuple(map(thousand, table["TIME_WINDOW_SECTION"][i])))
        case.service.append(thousand(table["SERVICE_TIME_SECTION"][i][0]))
        case.load.append([int(table["DEMAND_SECTION"][i][0])])
    for v in range(1, vehicles + 1):
        case.names.append(v)
        case.shifts.append(tuple(map(thousand, table["TIME_WINDOW_SECTION"][1])))
        case.capacity.append([int(table["CAPACITY_SECTION"][v][0])])
        case.allowed.append({int(x) - 2 for x in table["VEHICLES_ALLOWED_CLIENTS_SECTION"][v]})
        case.longest.append(thousand(float(head["VEHICLES_MAX_DURATION"])) if "VEHICLES_MAX_DURATION" in head else None)
    finish(case, n - 1, vehicles)
    return case


def tech(text, *_):
    day = json.loads(text)
    techs, jobs = day["techs"], day["jobs"]
    pace = day.get("detour", 1.3) / day.get("speed_kmh", 30) * 3600
    case = Case("Tech ")
    case.lay([t["xy"] for t in techs] + [j["xy"] for j in jobs], lambda a, b: math.ceil(math.dist(a, b) * pace))
    case.homes = list(range(len(techs)))
    case.home = list(range(len(techs)))
    for j in jobs:
        case.ids.append(j["id"])
        case.windows.append(tuple(j["tw"]))
        case.service.append(j["service"])
        case.load.append(j["parts"])
    for t in techs:
        able = {k for k, j in enumerate(jobs) if set(j["skills"]) <= set(t["skills"])}
        case.names.append(t["id"])
        case.shifts.append(tuple(t["shift"]))
        case.capacity.append(t["stock"])
        case.allowed.append(able)
        case.longest.append(None)
    case.optional = True
    return case


def pyvrp(case, a):
    if case.optional:
        cannot("PyVRP has no clients restricted to vehicles but by a matrix each: too many technicians")
    import numpy
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve

    base = numpy.array(case.matrix)
    kinds = sorted({None if s is None else tuple(sorted(s)) for s in case.allowed}, key=str)
    matrices = []
    for kind in kinds:
        one = base.copy()
        if kind is not None:
            barred = [1 + j for j in range(len(case.ids)) if j not in set(kind)]
            one[:, barred] = VEHICLE
            one[barred, :] = VEHICLE
            numpy.fill_diagonal(one, 0)
        matrices.append(one)
    clients = [
        Client(1 + j, delivery=case.load[j], service_duration=case.service[j], tw_early=w[0], tw_late=w[1])
        for j, w in enumerate(case.windows)
    ]
    groups = {}
    for v in range(len(case.names)):
        allowed = None if case.allowed[v] is None else tuple(sorted(case.allowed[v]))
        key = (tuple(case.capacity[v]), allowed, case.longest[v], case.shifts[v])
        groups.setdefault(key, []).append(v)
    types = []
    for (room, allowed, longest, shift), members in groups.items():
        more = {} if longest is None else {"shift_duration": longest}
        types.append(VehicleType(len(members), capacity=list(room), tw_early=shift[0], tw_late=shift[1],
                                 fixed_cost=case.fixed, profile=kinds.index(allowed), **more))
    depot = Depot(0, tw_early=case.shifts[0][0], tw_late=case.shifts[0][1])
    data = ProblemData([Location(0, 0)] * len(base), clients, [depot], types, matrices, matrices)
    result = solve(data, stop=lambda _: time.process_time() > a.seconds, seed=a.seed, collect_stats=False, display=False)
    free = [list(members) for members in groups.values()]
    for route in result.best.routes():
        visits = [x.idx for x in route.schedule() if x.is_client()]
        yield free[route.vehicle_type()].pop(0), visits


def ortools(case, a):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    homes, vehicles, jobs = len(case.homes), len(case.names), len(case.ids)
    manager = pywrapcp.RoutingIndexManager(len(case.matrix), vehicles, case.home, case.home)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(case.matrix))
    after = [[x + (case.service[i - homes] if i >= homes else 0) for x in row] for i, row in enumerate(case.matrix)]
    far = max(s[1] for s in case.shifts) + 1
    routing.AddDimension(routing.RegisterTransitMatrix(after), far, far, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for d in range(len(case.load[0])):
        need = routing.RegisterUnaryTransitVector([0] * homes + [load[d] for load in case.load])
        routing.AddDimensionWithVehicleCapacity(need, 0, [room[d] for room in case.capacity], True, f"load{d}")
    for j, (opens, closes) in enumerate(case.windows):
        node = manager.NodeToIndex(homes + j)
        clock.CumulVar(node).SetRange(opens, closes)
        able = [v for v in range(vehicles) if case.allowed[v] is None or j in case.allowed[v]]
        if len(able) < vehicles:
            # -1: nobody, where the job is optional
            routing.VehicleVar(node).SetValues([-1, *able])
        if case.optional:
            routing.AddDisjunction([node], LEFT_OUT)
    for v, (opens, closes) in enumerate(case.shifts):
        clock.CumulVar(routing.Start(v)).SetRange(opens, closes)
        clock.CumulVar(routing.End(v)).SetRange(opens, closes)
        if case.longest[v] is not None:
            clock.SetSpanUpperBoundForVehicle(case.longest[v], v)
    routing.SetFixedCostOfAllVehicles(case.fixed)
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromSeconds(int(a.seconds * 20 + 60))
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() > a.seconds))
    answer = routing.SolveWithParameters(how)
    for v in range(vehicles if answer else 0):
        at, visits = routing.Start(v), []
        while not routing.IsEnd(at):
            node = manager.IndexToNode(at)
            visits += [node - homes] if node >= homes else []
            at = answer.Value(routing.NextVar(at))
        yield v, visits


def vroom(case, a):
    from vroom import Input

    # a skill for every set of vehicles that may serve somebody
    sets = {}
    for j in range(len(case.ids)):
        able = tuple(v for v in range(len(case.names)) if case.allowed[v] is None or j in case.allowed[v])
        sets.setdefault(able, []).append(j)
    skill = {j: k for k, jobs in enumerate(sets.values()) for j in jobs}
    jobs = [
        {"id": j, "location_index": len(case.homes) + j, "service": case.service[j], "delivery": case.load[j],
         "time_windows": [case.windows[j]], "skills": [skill[j]]}
        for j in range(len(case.ids))
    ]
    vehicles = [
        {"id": v, "start_index": case.home[v], "end_index": case.home[v], "capacity": case.capacity[v],
         "time_window": case.shifts[v], "skills": [k for k, able in enumerate(sets) if v in able],
         "costs": {"fixed": case.fixed}}
        for v in range(len(case.names))
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"vehicles": vehicles, "jobs": jobs, "matrices": {"car": {"durations": case.matrix}}}, file)
        file.flush()
        answer = Input.from_json(Path(file.name)).solve(exploration_level=5, nb_threads=1).to_dict()
    for route in answer["routes"]:
        yield route["vehicle"], [s["id"] for s in route["steps"] if s["type"] == "job"]


def vrp_cli(case, a):
    moment = lambda t: datetime.fromtimestamp(t, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
    jobs = [
        {"id": str(j), "deliveries" if case.load[j] else "services": [
            {"places": [{"location": {"index": len(case.homes) + j}, "duration": case.service[j],
                         "times": [[moment(case.windows[j][0]), moment(case.windows[j][1])]]}],
             **({"demand": case.load[j]} if case.load[j] else {})}],
         "skills": {"allOf": [f"s{j}"]}}
        for j in range(len(case.ids))
    ]
    if all(s is None for s in case.allowed):
        for job in jobs:
            del job["skills"]
    vehicles = [
        {"typeId": f"v{v}", "vehicleIds": [str(v)], "profile": {"matrix": "car"},
         "costs": {"fixed": case.fixed, "distance": 1, "time": 0}, "capacity": case.capacity[v] or [1],
         "shifts": [{"start": {"earliest": moment(case.shifts[v][0]), "location": {"index": case.home[v]}},
                     "end": {"latest": moment(case.shifts[v][1]), "location": {"index": case.home[v]}}}],
         **({"skills": [f"s{j}" for j in sorted(case.allowed[v])]} if case.allowed[v] is not None else {}),
         **({"limits": {"maxDuration": case.longest[v]}} if case.longest[v] is not None else {})}
        for v in range(len(case.names))
    ]
    goals = ["minimize-unassigned", *(["minimize-tours"] if case.fixed else []), "minimize-cost"]
    problem = {"plan": {"jobs": jobs}, "fleet": {"vehicles": vehicles, "profiles": [{"name": "car"}]},
               "objectives": [{"type": g} for g in goals]}
    flat = [x for row in case.matrix for x in row]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p.json").write_text(json.dumps(problem))
        (folder / "m.json").write_text(json.dumps({"profile": "car", "travelTimes": flat, "distances": flat}))
        command = ["vrp-cli", "solve", "pragmatic", folder / "p.json", "-m", folder / "m.json", "-o", folder / "s.json",
                   "--max-time", str(max(1, round(a.seconds))), "--parallelism", "1,1"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or not (folder / "s.json").exists():
            raise SystemExit((done.stderr or done.stdout)[-500:])
        answer = json.loads((folder / "s.json").read_text())
    for tour in answer["tours"]:
        acts = [x for stop in tour["stops"] for x in stop["activities"]]
        yield int(tour["vehicleId"]), [int(x["jobId"]) for x in acts if x["type"] in ("delivery", "service")]


SOLVERS = {"pyvrp": pyvrp, "ortools": ortools, "vroom": vroom, "vrp-cli": vrp_cli}
READERS = {"solomon": solomon, "sdvrptw": sdvrptw, "tech": tech}


def version(solver):
    if solver == "vrp-cli":
        if shutil.which("vrp-cli"):
            said = subprocess.run(["vrp-cli", "--version"], capture_output=True, text=True).stdout
            return " ".join(re.findall(r"\d+\.\d+\.\d+", said)[:1]) or "unknown version"
        return ""
    try:
        return importlib.metadata.version(PACKAGES[solver])
    except importlib.metadata.PackageNotFoundError:
        return ""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("solver", choices=SOLVERS)
    p.add_argument("file", type=Path, nargs="?")
    p.add_argument("--version", action="store_true")
    p.add_argument("--format", choices=[*READERS, "trsp"])
    p.add_argument("--convention", default="dimacs")
    p.add_argument("--objective", default="")
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    if a.version:
        print(version(a.solver))
        return
    if a.format == "trsp":
        cannot("depot visits for tools and parts cannot be expressed")
    case = READERS[a.format](a.file.read_text(), a.convention, a.objective)
    if a.solver == "vroom" and any(x is not None for x in case.longest):
        print("VROOM has no limit on a route's duration: plans may be too long", file=sys.stderr)
    routes = dict(SOLVERS[a.solver](case, a))
    if case.label == "Route #" and all(s is None for s in case.allowed):
        routes = dict(enumerate(r for r in routes.values() if r))
    for v in sorted(routes):
        if routes[v]:
            print(f"{case.label}{case.names[v]}: {' '.join(str(case.ids[j]) for j in routes[v])}")
    print(f"# solve_cpu {sum(os.times()[:4]):.3f}")


if __name__ == "__main__":
    main()
