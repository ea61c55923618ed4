"""Coverage as a client sees it: given demand, what is covered, what would add to it, what staffing it takes."""

import grpc

INVALID = grpc.StatusCode.INVALID_ARGUMENT


REGION = "regions/bergamo"


def set_up(day):
    """A region of its own that ends somewhere: coverage is told by cell. One technician with a certificate, one without."""
    made = day.region.Region(display_name="Bergamo", time_zone="Europe/Rome")
    made.network.beeline.center.CopyFrom(day.at())
    made.network.beeline.radius_meters = 12_000
    day.region_service.CreateRegion(day.region.CreateRegionRequest(region_id="bergamo", region=made))
    kind = day.catalog.CatalogEntry(name=f"{REGION}/certificationKinds/gas", display_name="Gas")
    kind.certification_kind.max_level = 2
    level = day.catalog.CatalogEntry(name=f"{REGION}/serviceLevels/covered", display_name="Covered")
    level.service_level.response_target.seconds = 3600
    day.catalog_service.ImportCatalog(day.catalog.ImportCatalogRequest(parent=REGION, entries=[kind, level]))
    for name, gas in (("ada", 1), ("bo", 0)):
        person = day.fleet.Technician(display_name=name.capitalize(), start_place=day.at())
        if gas:
            person.certifications.add(kind=kind.name, level=gas)
        person.shifts.add(window=day.window(0, 9))
        request = day.fleet.CreateTechnicianRequest(parent=REGION, technician_id=name, technician=person)
        day.fleet_service.CreateTechnician(request)


def run(day):
    region = REGION
    t, c, service = day.tally, day.coverage, day.coverage_service
    set_up(day)

    def rate(calls=24):
        row = day.event.DemandRate(service_level=f"{region}/serviceLevels/covered")
        row.required_certifications.add(kind=f"{region}/certificationKinds/gas", min_level=1)
        row.weekday_calls.extend([0.5] * calls)
        row.weekend_calls.extend([0.5] * 24)
        return row

    given = service.SetDemand(c.SetDemandRequest(name=region, rates=[rate()], request_id="demand-1"))
    t.equal("one row is given", len(given.rates), 1)
    t.equal("and told", service.GetDemand(c.GetDemandRequest(name=region)), given)
    t.refused(
        "rates for three hours",
        lambda: service.SetDemand(c.SetDemandRequest(name=region, rates=[rate(3)])),
        INVALID,
        "INVALID_REQUEST",
        ["rates[0].weekday_calls"],
    )
    now = service.GetCoverage(c.GetCoverageRequest(name=region, include_cells=True))
    t.check("a share of calls is covered", 0 < now.share <= 1, now.share)
    t.equal("one class", [k.demand_class.certifications[0].min_level for k in now.classes], [1])
    t.check("cells are told", len(now.cells) > 10, len(now.cells))
    t.refused(
        "more thin cells than are told",
        lambda: service.GetCoverage(c.GetCoverageRequest(name=region, thin_cells=5000)),
        INVALID,
        "INVALID_REQUEST",
        ["thin_cells"],
    )
    stream = service.WatchCoverage(c.WatchCoverageRequest(name=region))
    t.equal("a watcher is told how it stands", next(stream).coverage.share, now.share)
    # calls come from where nobody is in time
    far = min(now.cells, key=lambda cell: cell.chances[0])
    elsewhere = rate()
    elsewhere.cells.append(far.cell)
    service.SetDemand(c.SetDemandRequest(name=region, rates=[elsewhere]))
    t.check("and that it fell", next(stream).coverage.share < now.share, now.share)
    service.SetDemand(c.SetDemandRequest(name=region, rates=[rate()]))
    stream.cancel()
    why = service.ExplainDemand(c.ExplainDemandRequest(name=region, cell=now.cells[0].cell, hour=9))
    t.check("the rate was given", why.given and why.calls_per_hour > 0, why)
    t.refused(
        "no cell",
        lambda: service.ExplainDemand(c.ExplainDemandRequest(name=region, cell="here", hour=9)),
        INVALID,
        "INVALID_REQUEST",
        ["cell"],
    )
    moves(day, region, rate)
    staffing(day, region)


def moves(day, region, rate):
    """An idle technician is asked to wait where calls come from, and answers."""
    t, c, service = day.tally, day.coverage, day.coverage_service
    # all calls come from the two cells that are least in reach
    now = service.GetCoverage(c.GetCoverageRequest(name=region, include_cells=True))
    far = rate()
    far.cells.extend(cell.cell for cell in sorted(now.cells, key=lambda cell: cell.chances[0])[:2])
    far.weekday_calls[:] = far.weekend_calls[:] = [60.0] * 24
    service.SetDemand(c.SetDemandRequest(name=region, rates=[far]))
    policy = day.region.Policy(moves_at_once=1)
    policy.move_drive.seconds = 3600
    policy.offer_timeout.seconds = 3600
    changed = day.region.Region(name=region, policy=policy)
    ask = day.region.UpdateRegionRequest(region=changed)
    ask.update_mask.paths.extend(["policy.moves_at_once", "policy.move_drive", "policy.offer_timeout"])
    t.equal("moves are on", day.region_service.UpdateRegion(ask).policy.moves_at_once, 1)
    started = day.progress.ReportProgressRequest(technician=f"{region}/technicians/ada")
    started.shift_started.SetInParent()
    day.progress_service.ReportProgress(started)
    listed = c.ListMovesRequest(parent=region, technician=f"{region}/technicians/ada")
    t.equal("nobody is asked yet", len(service.ListMoves(listed).moves), 0)
    advance = day.clock.AdvanceClockRequest()
    advance.by.seconds = 300
    day.clock_service.AdvanceClock(advance)
    asked = service.ListMoves(listed).moves
    t.equal("then she is", [m.state for m in asked], [day.move.MOVE_STATE_PROPOSED])
    t.check("with what it gains", asked[0].calls_per_hour_gain > 0 and asked[0].drive_meters > 0, asked)
    taken = service.AcceptMove(c.AcceptMoveRequest(name=asked[0].name, request_id="go-1"))
    t.check("and goes", taken.state == day.move.MOVE_STATE_ACCEPTED and taken.HasField("arrive_time"), taken)
    t.equal("once", service.AcceptMove(c.AcceptMoveRequest(name=asked[0].name, request_id="go-1")), taken)
    t.refused(
        "too late to stay",
        lambda: service.DeclineMove(c.DeclineMoveRequest(name=asked[0].name, reason="no")),
        grpc.StatusCode.NOT_FOUND,
        "MOVE_NOT_FOUND",
    )
    t.equal("one move", len(service.ListMoves(c.ListMovesRequest(parent=region, include_ended=True)).moves), 1)
    service.SetDemand(c.SetDemandRequest(name=region, rates=[rate()]))


def staffing(day, region):
    t, c, service = day.tally, day.coverage, day.coverage_service
    scope = c.CoverageScope(busy_share=0.5, hours=range(9, 17))
    forecast = service.ForecastCoverage(c.ForecastCoverageRequest(name=region, scope=scope))
    t.equal("eight hours", [h.hour for h in forecast.hours], list(range(9, 17)))
    t.refused(
        "no such day",
        lambda: service.ForecastCoverage(c.ForecastCoverageRequest(name=region, scope=c.CoverageScope(date="x"))),
        INVALID,
        "INVALID_REQUEST",
        ["scope.date"],
    )
    ranked = service.RankAdditions(c.RankAdditionsRequest(name=region, scope=scope, most=3))
    t.check("a technician would add", ranked.technicians[0].share_gain > 0, ranked)
    t.check("so would a certificate", "gas" in ranked.certificates[0].description, ranked)
    t.refused(
        "too many",
        lambda: service.RankAdditions(c.RankAdditionsRequest(name=region, most=5000)),
        INVALID,
        "INVALID_REQUEST",
        ["most"],
    )
    ask = c.PlanStaffingRequest(name=region, scope=scope, share=0.5, most_places=20, bound_steps=10)
    plan = service.PlanStaffing(ask)
    t.check("the share is reached", plan.reached and plan.share >= 0.5, plan)
    t.check("not below the limit", 1 <= plan.technicians_limit <= plan.technicians, plan)
    ask.share = 1
    t.refused("everything", lambda: service.PlanStaffing(ask), INVALID, "INVALID_REQUEST", ["share"])
    t.equal("learned again", len(service.SetDemand(c.SetDemandRequest(name=region)).rates), 0)
