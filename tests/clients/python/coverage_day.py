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
    staffing(day, region)


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
