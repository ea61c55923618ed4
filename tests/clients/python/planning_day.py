"""A planner's afternoon: a scenario is run, left alone, come back to, and stopped."""

import grpc

SCENARIO = """name = "tiny"
[fleet]
technicians = 8
[demand]
jobs = 30
"""


def run(day):
    """`day` is the Day of day.py: its stubs and its tally."""
    t, p, service = day.tally, day.planning, day.planning_service
    known = service.ListScenarios(p.ListScenariosRequest())
    t.check("ready scenarios are told", any(s.ready == "busy-city" for s in known.scenarios), known.scenarios)
    ask = p.RunScenarioRequest(text=SCENARIO, policies=["nearest-idle", "full"], seeds=[1, 2], request_id="run-1")
    stream = service.RunScenario(ask)
    name = next(iter(stream)).name
    stream.cancel()
    over = list(service.RunScenario(ask))[-1]
    t.equal("the repeated call came back to the run", (over.name, over.state), (name, p.RUN_STATE_SUCCEEDED))
    t.equal("all days were played", (over.days_done, over.days_total), (4, 4))
    t.equal("it is told by name", list(service.WatchRun(p.WatchRunRequest(name=name)))[-1], over)
    t.equal("and when asked for", service.GetRun(p.GetRunRequest(name=name)), over)
    travel = next(f for f in over.report.figures if f.figure == "travel a job")
    hall, full = travel.policies
    t.check("the service drives less than the hall", full.mean < hall.mean and full.difference.mean < 0, travel)
    wrong = p.RunScenarioRequest(text=SCENARIO.replace("30", "many"), policies=["full"], seeds=[1])
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    t.refused("a count that is none", lambda: list(service.RunScenario(wrong)), invalid, "INVALID_REQUEST", ["text"])
    wrong = p.RunScenarioRequest(text=SCENARIO.replace("8", "0"), policies=["full"], seeds=[1])
    t.refused("nobody works", lambda: list(service.RunScenario(wrong)), invalid, "INVALID_REQUEST", ["text.fleet.technicians"])
    long = service.RunScenario(p.RunScenarioRequest(ready="busy-city", policies=["full"], seeds=range(1, 31)))
    name = next(iter(long)).name
    stopped = service.CancelRun(p.CancelRunRequest(name=name))
    t.equal("a run is stopped", (stopped.state, list(long)[-1].state), (p.RUN_STATE_CANCELLED,) * 2)
    listed = service.ListRuns(p.ListRunsRequest()).runs
    t.equal("both are listed", [r.state for r in listed], [p.RUN_STATE_SUCCEEDED, p.RUN_STATE_CANCELLED])
