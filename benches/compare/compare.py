#!/usr/bin/env python3
"""Runs solvers over public instances and writes the comparison as Markdown.

    python3 benches/compare/compare.py --set sentinel            # about 10 minutes on one core
    python3 benches/compare/compare.py --set all --seeds 3 --jobs 2 -o table.md
    python3 benches/compare/compare.py --set gh200 --solvers callout,pyvrp,ortools,vroom,vrp-cli

Callout alone needs nothing but Python's standard library and a release build. Peers run where they are
installed (`pip install pyvrp ortools pyvroom`, `cargo install vrp-cli`); one that is missing is named and left
out. Every plan of every solver is judged by `callout check` from the instance file; plans for technician days
are judged a second time by `tech/tcheck.py` beside the data, and the two must agree.

Results are lines of JSON in `--results`; a run that was interrupted goes on where it stopped. A result is
taken over only where solver, its build, instance, question, seed, seconds and extra flags are the same.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import sets  # noqa: E402
import table  # noqa: E402

PEERS = ("pyvrp", "ortools", "vroom", "vrp-cli")


def arguments():
    target = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target"))
    data = os.environ.get("CALLOUT_DATA", HERE.parents[1] / "../shared/data")
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--set", default="sentinel", help="sets, by comma: " + ", ".join(sets.BY_NAME) + ", sentinel, all")
    p.add_argument("--instances", default="", help="only these, by comma")
    p.add_argument("--solvers", default="callout", help="by comma: callout, " + ", ".join(PEERS))
    p.add_argument("--seeds", type=int, default=1, help="seeds 1 to N")
    p.add_argument("--cpu-seconds", type=float, help="for every instance; each set has its own where not given")
    p.add_argument("--wall", action="store_true", help="count seconds on the wall for callout too")
    p.add_argument("--threads", type=int, default=1, help="callout's --threads")
    p.add_argument("--extra", default="", help="more flags for `callout solve`, in one string")
    p.add_argument("--jobs", type=int, default=1, help="runs side by side, each kept on a core of its own")
    p.add_argument("--callout", type=Path, default=target / "release/callout", help="the binary")
    p.add_argument("--python", default=sys.executable, help="the interpreter that has the peers")
    p.add_argument("--data", type=Path, default=Path(data), help="the folder with vrptw, sdvrptw, trsp, tech")
    p.add_argument("--results", type=Path, default=target / "compare.jsonl", help="kept results")
    p.add_argument("--plans", type=Path, help="keep every plan in this folder")
    p.add_argument("-o", "--output", type=Path, help="write the table here, not to standard output")
    return p.parse_args()


class Runner:
    """Runs one task with one solver and seed, and judges what came out."""

    def __init__(self, a):
        self.a = a
        self.builds = {s: self.build(s) for s in a.solvers}
        spec = importlib.util.spec_from_file_location("tcheck", a.data / "tech/tcheck.py")
        self.tcheck = None
        if spec and Path(spec.origin).exists():
            self.tcheck = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(self.tcheck)
        self.children = set()
        self.cores = queue.SimpleQueue()
        mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        for job in range(a.jobs):
            self.cores.put(mine[job] if a.jobs <= len(mine) else None)

    def stop(self):
        """Ends what is running; its results are not kept."""
        for child in list(self.children):
            child.kill()

    def build(self, solver):
        """What tells one build of a solver from another; None where it is not there."""
        if solver == "callout":
            if not self.a.callout.exists():
                raise SystemExit(f"{self.a.callout}: not there; `cargo build --release`, or --callout PATH")
            return hashlib.sha256(self.a.callout.read_bytes()).hexdigest()[:12]
        if solver not in PEERS:
            raise SystemExit(f"no solver {solver!r}: callout, {', '.join(PEERS)}")
        asked = subprocess.run([self.a.python, HERE / "peers.py", solver, "--version"], capture_output=True, text=True)
        return asked.stdout.strip() or None

    def key(self, task, solver, seed):
        own = solver == "callout"
        return {
            "solver": solver, "build": self.builds[solver], "set": task.set, "instance": task.instance,
            "convention": task.convention, "objective": task.objective, "seed": seed, "seconds": task.seconds,
            "clock": "wall" if self.a.wall and own or solver == "vrp-cli" else "cpu",
            "threads": self.a.threads if own else 1, "extra": self.a.extra if own else "",
        }

    def command(self, task, solver, seed):
        question = ["--format", task.format, "--convention", task.convention]
        if solver != "callout":
            return [self.a.python, HERE / "peers.py", solver, task.file, *question, "--objective", task.objective,
                    "--seconds", str(task.seconds), "--seed", str(seed)]
        budget = "--time" if self.a.wall else "--cpu-time"
        goal = ["--objective", task.objective] if task.objective else []
        return [self.a.callout, "solve", task.file, *question, *goal, budget, str(task.seconds), "--seed", str(seed),
                "--threads", str(self.a.threads), *self.a.extra.split()]

    def run(self, task, solver, seed):
        key = self.key(task, solver, seed)
        core = self.cores.get()
        try:
            result = self.measured(task, solver, seed, core if key["threads"] == 1 else None)
        finally:
            self.cores.put(core)
        return key | result

    def measured(self, task, solver, seed, core):
        began = time.monotonic()
        # a solver that runs far over is a fault, not a long wait
        most = task.seconds * 30 + 300
        child = subprocess.Popen(self.command(task, solver, seed), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True)
        self.children.add(child)
        try:
            if core is not None:
                os.sched_setaffinity(child.pid, {core})
            out, err = child.communicate(timeout=most)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return {"error": f"no answer in {most:.0f} s"}
        finally:
            self.children.discard(child)
        wall = time.monotonic() - began
        if child.returncode == 3:
            return {"cannot": err.strip().splitlines()[-1] if err.strip() else "not expressed"}
        if child.returncode != 0:
            said = err.strip().splitlines()
            return {"error": said[-1] if said else f"exit code {child.returncode}"}
        told = dict(line[2:].split(" ", 1) for line in out.splitlines() if line.startswith("# ") and " " in line[2:])
        result = {"wall": round(wall, 3), "cpu": number(told.get("solve_cpu")), "rounds": number(told.get("rounds"))}
        return result | self.judged(task, solver, seed, out)

    def judged(self, task, solver, seed, out):
        folder = self.a.plans or Path(tempfile.gettempdir())
        plan = folder / f"callout-{os.getpid()}-{solver}-{task.set}-{task.instance}-{seed}.plan"
        plan.write_text(out)
        try:
            goal = ["--objective", task.objective] if task.objective else []
            asked = subprocess.run(
                [self.a.callout, "check", task.file, plan, "--format", task.format, "--convention", task.convention,
                 *goal, "--json"], capture_output=True, text=True)
        finally:
            if not self.a.plans:
                plan.unlink()
        if asked.returncode not in (0, 1):
            return {"error": "callout check: " + (asked.stderr or asked.stdout).strip()[:300]}
        found = json.loads(asked.stdout)
        result = {k: found[k] for k in ("feasible", "cost", "vehicles", "unassigned")}
        if found["violations"]:
            result["violations"] = found["violations"][:5]
        if task.format == "tech":
            result |= self.second_judge(task, out, result)
        return result

    def second_judge(self, task, out, first):
        if self.tcheck is None:
            return {"error": "tech/tcheck.py is not beside the data: technician days want two judges"}
        plan = {}
        for line in out.splitlines():
            if line.startswith("Tech "):
                label, ids = line[5:].split(":", 1)
                plan[int(label)] = [int(x) for x in ids.split()]
        errors, _, unassigned, travel, _, _ = self.tcheck.check(json.loads(task.file.read_text()), plan)
        second = (not errors, unassigned, travel)
        if second != (first["feasible"], first["unassigned"], first["cost"]):
            return {"error": f"the judges disagree: {first} against {second} {errors[:3]}"}
        return {}


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def kept(file):
    """Results of earlier runs; a line cut short by an interruption is passed over."""
    found = []
    if file.exists():
        for line in file.read_text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def key_of(result, names):
    return json.dumps({k: result.get(k) for k in names}, sort_keys=True)


def main():
    a = arguments()
    a.solvers = [s for s in a.solvers.split(",") if s]
    tasks = sets.choose(a.data, a.set.split(","), [i for i in a.instances.split(",") if i])
    if a.cpu_seconds:
        tasks = [sets.Task(**{**t.__dict__, "seconds": a.cpu_seconds}) for t in tasks]
    if not tasks:
        raise SystemExit(f"no instances: is {a.data} the data folder?")
    for folder in (a.plans, a.results.parent):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
    runner = Runner(a)
    missing = [s for s in a.solvers if runner.builds[s] is None]
    if missing:
        print(f"not installed, left out: {', '.join(missing)}", file=sys.stderr)
    solvers = [s for s in a.solvers if s not in missing]
    # seeds outermost: an interrupted run has whole sets of the first seeds
    wanted = [(t, s, seed) for seed in range(1, a.seeds + 1) for s in solvers for t in tasks]
    names = list(runner.key(tasks[0], solvers[0], 1)) if solvers else []
    # what failed for a passing reason is tried again
    done = {key_of(r, names): r for r in kept(a.results) if "error" not in r}
    todo = [w for w in wanted if key_of(runner.key(*w), names) not in done]
    work(a, runner, todo, done, names, len(wanted))
    results = [done[k] for w in wanted if (k := key_of(runner.key(*w), names)) in done]
    text = table.markdown(tasks, results, solvers, a)
    if a.output:
        a.output.write_text(text)
    else:
        print(text)


def work(a, runner, todo, done, names, total):
    began = time.monotonic()
    seconds = sum(t.seconds for t, _, _ in todo)
    print(f"{total} runs, {total - len(todo)} known, about {seconds / a.jobs / 60:.0f} min to go", file=sys.stderr)
    with open(a.results, "a") as file, ThreadPoolExecutor(a.jobs) as pool:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        futures = [pool.submit(runner.run, *w) for w in todo]
        try:
            for n, future in enumerate(as_completed(futures), 1):
                result = future.result()
                file.write(json.dumps(result) + "\n")
                file.flush()
                done[key_of(result, names)] = result
                progress(n, len(todo), began, result)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            runner.stop()
            print("\ninterrupted: the same command goes on from here", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def progress(n, of, began, result):
    passed = time.monotonic() - began
    left = passed / n * (of - n)
    told = result.get("error") or result.get("cannot") or (
        f"cost {result['cost']}" + ("" if result["feasible"] else " INFEASIBLE")
        + (f", {result['unassigned']} left out" if result["unassigned"] else ""))
    line = (f"[{n}/{of}] {passed / 60:.1f} min, {left / 60:.1f} to go: {result['solver']} {result['set']} "
            f"{result['instance']} seed {result['seed']}: {told}")
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line[:width].ljust(width), end="", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
