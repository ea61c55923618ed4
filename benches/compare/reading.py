#!/usr/bin/env python3
"""Holds Callout's reading of VROOM's input against VROOM itself, on small random files.

    python3 benches/compare/reading.py --vroom venv/bin/vroom [--files 60] [--seed 1]

(`pip install pyvroom` brings a `vroom` command.) For every file, both solve it; then
- `callout check` judges VROOM's own output: it has to be feasible, at the cost VROOM told;
- VROOM's plan mode (`vroom -c`) is given Callout's routes: it has to report no violation and the same cost,
  travel, setup, service and waiting, and the same arrival at every step;
- the two objectives are compared: sum of priorities, jobs served, cost.

Differences that are not mistakes, and how the files avoid or allow them:
- VROOM drops the fraction of each part of a route's cost: a few units are allowed for each route;
- VROOM takes breaks in the middle of a way, Callout between tasks only, so Callout may serve fewer (counted);
- second tasks in one place pay no setup: Callout plans as if they did, and tells times as they are;
- mixed deliveries and pickups are planned as if both were on board throughout (counted).
"""

import argparse
import json
import random
import subprocess
import tempfile
from pathlib import Path


def matrix(rng, n, spread):
    points = [(rng.randrange(spread), rng.randrange(spread)) for _ in range(n)]
    rows = [[int(((a - c) ** 2 + (b - d) ** 2) ** 0.5) + rng.randrange(20) for c, d in points] for a, b in points]
    for i in range(n):
        rows[i][i] = 0
    return rows


def draw(rng, kind):
    """One file; `kind` says what is in it beyond matrices and windows."""
    n, m = rng.randrange(5, 13), rng.randrange(1, 4)
    size = n + m
    rich = lambda word: word in kind  # noqa: E731
    durations = matrix(rng, size, 900)
    car = {"durations": durations}
    if rich("km") or rich("far"):
        car["distances"] = [[x * rng.randrange(8, 14) for x in row] for row in durations]
    if rich("custom"):
        car["costs"] = matrix(rng, size, 500)
    jobs = []
    for j in range(n):
        job = {"id": 100 + j, "location_index": rng.randrange(m, size) if rich("same") else m + j,
               "service": rng.randrange(0, 600)}
        if rng.random() < 0.6:
            opens = rng.randrange(0, 6000)
            job["time_windows"] = [[opens, opens + rng.randrange(300, 3000)]]
            if rng.random() < 0.3:
                later = job["time_windows"][0][1] + rng.randrange(100, 900)
                job["time_windows"].append([later, later + rng.randrange(100, 900)])
        if rich("skill") and rng.random() < 0.5:
            job["skills"] = [rng.randrange(3)]
        if rich("load"):
            job["delivery"] = [rng.randrange(0, 4), rng.randrange(0, 3)]
            if rich("mixed"):
                job["pickup"] = [rng.randrange(0, 4), rng.randrange(0, 3)]
        if rich("prio"):
            job["priority"] = rng.choice([0, 0, 1, 5, 100])
        if rich("setup"):
            job["setup"] = rng.randrange(0, 300)
        if rich("type"):
            job["service_per_type"] = {"slow": rng.randrange(300, 900)}
        jobs.append(job)
    vehicles = []
    for v in range(m):
        one = {"id": 7 + v, "start_index": v, "time_window": [rng.randrange(0, 500), rng.randrange(4000, 9000)]}
        if rng.random() < 0.7:
            one["end_index"] = v
        if rich("skill"):
            one["skills"] = rng.sample(range(3), rng.randrange(1, 4))
        if rich("load"):
            one["capacity"] = [rng.randrange(4, 12), rng.randrange(3, 9)]
        if rich("break"):
            opens = rng.randrange(1500, 3500)
            one["breaks"] = [{"id": 1, "service": 600, "time_windows": [[opens, opens + 1500]]}]
            if rng.random() < 0.3:
                one["breaks"].append({"id": 2, "service": 200, "time_windows": [[opens + 1600, opens + 2500]]})
        if rich("tasks"):
            one["max_tasks"] = rng.randrange(1, 6)
        if rich("speed"):
            one["speed_factor"] = 0.8
        if rich("type"):
            one["type"] = rng.choice(["slow", "fast"])
        if rich("costs"):
            one["costs"] = {"fixed": rng.randrange(0, 2000), "per_hour": 3000, "per_task_hour": rng.randrange(0, 900)}
        if rich("km"):
            one["costs"] = {"fixed": rng.randrange(0, 2000), "per_km": 70}
        vehicles.append(one)
    file = {"vehicles": vehicles, "jobs": jobs, "matrices": {"car": car}}
    if rich("stamp"):
        shift = 1_790_000_000
        for w in [v["time_window"] for v in vehicles] + [w for j in jobs for w in j.get("time_windows", [])]:
            w[0], w[1] = w[0] + shift, w[1] + shift
    return file


KINDS = ["", "skill", "load", "load mixed", "prio tasks", "setup", "setup same", "type costs", "km", "custom", "break",
         "speed", "stamp", "skill load prio break costs type", "tasks km setup skill"]


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def value(file, answer):
    """VROOM's order of plans: priorities, jobs served, then cost."""
    priority = {j["id"]: j.get("priority", 0) for j in file["jobs"]}
    served = [s["id"] for r in answer["routes"] for s in r["steps"] if s["type"] == "job"]
    return sum(priority[i] for i in served), len(served), -answer["summary"]["cost"]


class Mistake(Exception):
    pass


def check(a, folder, name, file, answer):
    """`callout check` of anybody's answer."""
    (folder / "plan.json").write_text(json.dumps(answer))
    asked = run([a.callout, "check", folder / "file.json", folder / "plan.json", "--format", "vroom", "--json"])
    if asked.returncode != 0:
        raise Mistake(f"callout check of {name}'s answer: {asked.stdout} {asked.stderr}")
    cost, told = json.loads(asked.stdout)["cost"], answer["summary"]["cost"]
    allowed = 4 * (len(answer["routes"]) + 1)
    if abs(cost - told) > allowed:
        raise Mistake(f"{name} told cost {told}, callout check says {cost}")


def plan_mode(a, folder, file, answer):
    """VROOM's own timing of Callout's routes."""
    routes = {r["vehicle"]: r for r in answer["routes"]}
    fixed = json.loads(json.dumps(file))
    fixed["vehicles"] = [v for v in fixed["vehicles"] if v["id"] in routes]
    for v in fixed["vehicles"]:
        keep = ("start", "job", "break", "end")
        steps = [s for s in routes[v["id"]]["steps"] if s["type"] in keep]
        v["steps"] = [{k: s[k] for k in ("type", "id") if k in s} for s in steps]
    (folder / "fixed.json").write_text(json.dumps(fixed))
    theirs = json.loads(run([a.vroom, "-c", "-t", "1", "-i", folder / "fixed.json"]).stdout)
    if theirs["code"] != 0:
        raise Mistake(f"vroom -c: {theirs['error']}")
    if theirs["summary"]["violations"]:
        raise Mistake(f"vroom -c finds {theirs['summary']['violations']}")
    for key in ("setup", "service", "duration", "priority"):
        if abs(theirs["summary"][key] - answer["summary"][key]) > (len(routes) if key == "duration" else 0):
            raise Mistake(f"{key}: {answer['summary'][key]}, vroom -c {theirs['summary'][key]}")
    if abs(theirs["summary"]["cost"] - answer["summary"]["cost"]) > 4 * (len(routes) + 1):
        raise Mistake(f"cost: {answer['summary']['cost']}, vroom -c {theirs['summary']['cost']}")
    for ours, other in zip(answer["routes"], theirs["routes"]):
        for mine, its in zip(ours["steps"], other["steps"], strict=True):
            if (mine["type"], mine.get("id")) != (its["type"], its.get("id")):
                raise Mistake(f"steps: {mine} against {its}")
            if mine["type"] in ("job", "end") and "load" in mine and mine["load"] != its["load"]:
                raise Mistake(f"load: {mine} against {its}")
    return sum(r["waiting_time"] for r in answer["routes"]), theirs["summary"]["waiting_time"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--vroom", default="vroom", help="VROOM's command")
    p.add_argument("--callout", type=Path, default=Path("target/release/callout"))
    p.add_argument("--files", type=int, default=60)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rounds", type=int, default=20000)
    a = p.parse_args()
    better = same = worse = mistakes = 0
    waits = [0, 0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i in range(a.files):
            kind = KINDS[i % len(KINDS)]
            file = draw(random.Random(a.seed * 100_000 + i), kind)
            (folder / "file.json").write_text(json.dumps(file))
            theirs = json.loads(run([a.vroom, "-t", "1", "-i", folder / "file.json"]).stdout)
            asked = run([a.callout, "solve", folder / "file.json", "--format", "vroom", "--json", "--rounds",
                         str(a.rounds)])
            try:
                if theirs["code"] != 0 or asked.returncode != 0:
                    raise Mistake(f"vroom {theirs.get('error')}, callout {asked.stderr}")
                ours = json.loads(asked.stdout)
                check(a, folder, "vroom", file, theirs)
                check(a, folder, "callout", file, ours)
                one, two = plan_mode(a, folder, file, ours)
                waits = [waits[0] + one, waits[1] + two]
            except Mistake as e:
                mistakes += 1
                print(f"file {i} ({kind or 'plain'}): {e}")
                continue
            mine, its = value(file, ours), value(file, theirs)
            near = mine[:2] == its[:2] and abs(mine[2] - its[2]) <= 4 * (len(ours["routes"]) + 1)
            same, better, worse = same + near, better + (not near and mine > its), worse + (not near and mine < its)
            if not near and mine < its:
                print(f"file {i} ({kind or 'plain'}): callout {mine}, vroom {its}")
    print(f"{a.files} files: {mistakes} mistakes; callout better {better}, same {same}, worse {worse}; "
          f"waiting told {waits[0]} s, by vroom -c {waits[1]} s")
    raise SystemExit(mistakes > 0)


if __name__ == "__main__":
    main()
