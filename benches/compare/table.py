"""The comparison as Markdown: one row a set and solver, then what is behind the means."""

import sets


def markdown(tasks, results, solvers, a):
    by_task = {(t.set, t.instance): t for t in tasks}
    out = ["# Comparison", "", preamble(a, results), ""]
    out += ["| set | solver | runs | CPU s | feasible | mean | worst | above the goal | goal |", "|---|---|---|---|---|---|---|---|---|"]
    for one in sets.SETS:
        for solver in solvers:
            found = [r for r in results if r["set"] == one.name and r["solver"] == solver]
            if found and one.measure != "served":
                out.append(row(one, solver, found, by_task))
    served = [r for r in results if sets.BY_NAME[r["set"]].measure == "served"]
    if served:
        out += ["", *technician_days(served)]
    out += ["", *instances(results, by_task)]
    out += troubles(results)
    return "\n".join(out) + "\n"


def preamble(a, results):
    clocks = sorted({(r["solver"], r["clock"]) for r in results})
    told = ", ".join(f"{solver} by {clock} time" for solver, clock in clocks)
    seconds = f"{a.cpu_seconds:g} s each" if a.cpu_seconds else "10 s each (trsp 30 s, gh1000-60 60 s, tech-1s 1 s)"
    builds = "; ".join(sorted({f"{r['solver']} {r['build']}" for r in results}))
    return (
        f"Sets `{a.set}`, seeds 1 to {a.seeds}, {seconds}; {told}; {a.jobs} runs side by side, one core each"
        + (f"; callout with {a.threads} threads" if a.threads > 1 else "")
        + (f"; extra flags `{a.extra}`" if a.extra else "")
        + f". Builds: {builds}.\n\n"
        "A gap is the plan's cost over the best known, in per cent; means and worst are over feasible plans. "
        "Every plan was judged by `callout check`."
    )


def gap(result, task):
    return (result["cost"] / task.best - 1) * 100


def row(one, solver, found, by_task):
    judged = [r for r in found if "cost" in r]
    runs = f"{len(found)} | {spent(found)}"
    if not judged:
        return f"| {one.name} | {solver} | {runs} | - | - | - | {found[0].get('cannot', 'failed')} | |"
    good = [r for r in judged if r["feasible"]]
    share = f"{len(good)}/{len(found)}"
    if not good:
        return f"| {one.name} | {solver} | {runs} | {share} | - | - | - | {goal(one)} |"
    if one.measure == "vehicles":
        return vehicles_row(one, solver, found, good, share, by_task)
    gaps = {}
    for r in good:
        gaps.setdefault(r["instance"], []).append(gap(r, by_task[r["set"], r["instance"]]))
    flat = [g for v in gaps.values() for g in v]
    worst = max(good, key=lambda r: gap(r, by_task[r["set"], r["instance"]]))
    above = sum(1 for v in gaps.values() if sum(v) / len(v) > one.goal)
    return (
        f"| {one.name} | {solver} | {runs} | {share} | {sum(flat) / len(flat):.3f} % "
        f"| {max(flat):.2f} % ({worst['instance']}) | {above} of {len(gaps)} | {goal(one)} |"
    )


def spent(found):
    """Mean seconds of CPU time, as each solver counted them."""
    cpu = [r["cpu"] for r in found if r.get("cpu") is not None]
    return f"{sum(cpu) / len(cpu):.1f}" if cpu else "-"


def goal(one):
    if one.measure == "vehicles":
        return f"{one.goal:g} % with the best known number"
    return f"mean {one.goal:g} %" if one.goal is not None else ""


def vehicles_row(one, solver, found, good, share, by_task):
    met = [r for r in good if r["vehicles"] <= by_task[r["set"], r["instance"]].vehicles]
    extra = max(good, key=lambda r: r["vehicles"] - by_task[r["set"], r["instance"]].vehicles)
    more = extra["vehicles"] - by_task[extra["set"], extra["instance"]].vehicles
    missed = {r["instance"] for r in good if r not in met}
    percent = 100 * len(met) / len(found)
    return (
        f"| {one.name} | {solver} | {len(found)} | {spent(found)} | {share} | {percent:.1f} % at the best known number "
        f"| +{more} ({extra['instance']}) | {len(missed)} of {len({r['instance'] for r in found})} | {goal(one)} |"
    )


def technician_days(served):
    out = ["| set | instance | solver | seed | CPU s | left out | travel, h | goal |", "|---|---|---|---|---|---|---|---|"]
    for r in sorted(served, key=lambda r: (r["set"], r["instance"], r["solver"], r["seed"])):
        most, hours = sets.TECH_GOALS.get((r["set"], r["instance"]), (None, None))
        wanted = "" if most is None else f"<= {most}" + (f", <= {hours:g} h" if hours else "")
        said = f"{r['unassigned']} | {r['cost'] / 3600:.2f}" if r.get("feasible") else "no feasible plan | "
        if "cannot" in r:
            said = f"{r['cannot']} | "
        out.append(f"| {r['set']} | {r['instance']} | {r['solver']} | {r['seed']} | {spent([r])} | {said} | {wanted} |")
    return out


def instances(results, by_task):
    """Mean gap by instance, worst first, so that a mean can be traced."""
    out = ["## By instance", "", "| set | instance | solver | mean gap | vehicles | rounds |", "|---|---|---|---|---|---|"]
    groups = {}
    for r in results:
        task = by_task[r["set"], r["instance"]]
        if r.get("feasible") and task.best:
            groups.setdefault((r["set"], r["solver"], r["instance"]), []).append(r)
    order = [s.name for s in sets.SETS]
    lines = []
    for (name, solver, instance), found in groups.items():
        task = by_task[name, instance]
        mean = sum(gap(r, task) for r in found) / len(found)
        used = "/".join(str(r["vehicles"]) for r in found) + (f" of {task.vehicles}" if task.vehicles else "")
        rounds = [r["rounds"] for r in found if r.get("rounds")]
        rate = f"{sum(rounds) / len(rounds):.0f}" if rounds else ""
        text = f"| {name} | {instance} | {solver} | {mean:.3f} % | {used} | {rate} |"
        lines.append((order.index(name), solver, -mean, text))
    return out + [text for *_, text in sorted(lines)]


def troubles(results):
    """Failed and infeasible runs, each by name."""
    bad = [r for r in results if "error" in r or r.get("feasible") is False]
    if not bad:
        return []
    out = ["", "## Failed or infeasible", ""]
    for r in bad:
        said = r.get("error") or "; ".join(r.get("violations", ["infeasible"]))
        out.append(f"- {r['solver']} {r['set']} {r['instance']} seed {r['seed']}: {said}")
    return out
