#!/usr/bin/env python3
"""A day of the service seen by a client that is not written in Rust.

    python day.py BINARY [--roads CITY.osm.pbf --at LON,LAT]

Starts BINARY (or $CALLOUT_BIN) on a free port, calls every method of every service, and checks what is
answered: assignments, three refusals with their exact reasons, bad input, health, reflection. Ends with a
line `N passed, N failed`; the exit code is not 0 where a check failed.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

import bad_input
import booking_day
import coverage_day
import planning_day
import stand

MORNING = 1_795_507_200  # Tuesday 24 November 2026, 08:00 UTC
REGION = "regions/milan"
CENTRE = (9.19, 45.464)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", nargs="?", default=os.environ.get("CALLOUT_BIN"), help="the callout binary")
    parser.add_argument("--roads", type=Path, help="an extract or .roads file for a second region")
    parser.add_argument("--at", default="-71.2519,-29.9045", help="LON,LAT inside that extract")
    args = parser.parse_args()
    if not args.binary:
        parser.error("name the binary, or set CALLOUT_BIN")
    tally, called = stand.Tally(), stand.Called()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for folder in ("stubs", "roads"):
            (work / folder).mkdir()
        stand.generate(work / "stubs")
        if args.roads:
            shutil.copy(args.roads, work / "roads")
        server = stand.Server(Path(args.binary).resolve(), work, MORNING, work / "roads" if args.roads else None)
        try:
            bare = grpc.insecure_channel(server.address)
            day = Day(grpc.intercept_channel(bare, called), tally)
            day.play()
            if args.roads:
                day.on_roads(args.roads.name, tuple(float(n) for n in args.at.split(",")))
            discover(tally, bare, called)
            bare.close()
        finally:
            code = server.stop()
        tally.equal("the server ends in peace", code, 0)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def discover(tally, channel, called):
    """Health and reflection; and that no method was left out."""
    health = health_pb2_grpc.HealthStub(channel)
    methods, names = stand.reflected(channel)
    services = {method.split("/")[1] for method in methods}
    tally.equal("fifteen services", len(services), 15)
    tally.check("reflection v1 tells the same services", services <= names, names)
    watched = next(iter(health.Watch(health_pb2.HealthCheckRequest())))
    tally.equal("health is watched", watched.status, health_pb2.HealthCheckResponse.SERVING)
    for service in ["", *sorted(services)]:
        status = health.Check(health_pb2.HealthCheckRequest(service=service)).status
        tally.equal(f"health of {service or 'the server'}", status, health_pb2.HealthCheckResponse.SERVING)
    for method in sorted(methods):
        tally.check(f"{method} was called", method in called.methods, "not called")


class Day:
    """The contract's modules, a stub for each service, and the steps of the day."""

    def __init__(self, channel, tally):
        import importlib

        for name in stand.FILES:
            setattr(self, "offer_pb" if name == "offer" else name, importlib.import_module(f"callout.v1.{name}_pb2"))
        for name in ("region", "catalog", "fleet", "stock", "dispatch", "booking", "progress", "manual", "offer", "eta", "clock", "watch", "notification", "coverage", "planning"):
            stubs = importlib.import_module(f"callout.v1.{name}_pb2_grpc")
            setattr(self, f"{name}_service", getattr(stubs, f"{name.capitalize()}ServiceStub")(channel))
        self.tally = tally

    def play(self):
        self.set_up_region()
        self.set_up_catalog()
        self.set_up_fleet()
        self.set_up_stock()
        self.take_jobs()
        self.refuse()
        self.correct_and_cancel()
        self.refuse_status()
        need = self.need()
        bad_input.run(
            self.tally, self.dispatch_service, self.dispatch, self.job, self.place, REGION, need, self.summary
        )
        self.tidy_up()
        self.watch_streams()
        self.work_by_hand()
        self.offer()
        coverage_day.run(self)
        # booking moves the clock on; recalling every pump comes after it
        booking_day.run(self, REGION)
        self.move_parts()
        self.report()
        planning_day.run(self)

    # small messages

    def at(self, east=0.0, north=0.0):
        lon, lat = CENTRE
        return self.place.Place(latitude=lat + north, longitude=lon + east, datum=self.place.DATUM_WGS84)

    def window(self, start, end):
        window = self.place.Window()
        window.start.seconds, window.end.seconds = MORNING + int(start * 3600), MORNING + int(end * 3600)
        return window

    def need(self, east=0.01, gas=0, pumps=0, level="urgent"):
        need = self.job.Need(kind=self.job.JOB_KIND_REPAIR, place=self.at(east), service_level=f"{REGION}/serviceLevels/{level}")
        need.service_duration.seconds = 1800
        if gas:
            need.required_certifications.add(kind=f"{REGION}/certificationKinds/gas", min_level=gas)
        if pumps:
            need.parts.add(part=f"{REGION}/parts/pump", count=pumps)
        return need

    def create(self, need, job_id="", request_id="", order=""):
        job = self.job.Job(need=need, order_number=order, customer=self.job.Customer(display_name="Ada Rossi"))
        request = self.dispatch.CreateJobRequest(parent=REGION, job_id=job_id, job=job, request_id=request_id)
        return self.dispatch_service.CreateJob(request)

    def summary(self):
        seen = self.region_service.GetRegionSummary(self.region.GetRegionSummaryRequest(name=REGION))
        return seen.sequence, seen.state_digest

    # the steps

    def set_up_region(self):
        t, clock = self.tally, self.clock_service
        shown = clock.GetClock(self.clock.GetClockRequest())
        t.check("the clock is a controlled one", shown.controlled and shown.now.seconds == MORNING, shown)
        advance = self.clock.AdvanceClockRequest()
        advance.by.seconds = 60
        t.equal("the clock goes on", clock.AdvanceClock(advance).now.seconds, MORNING + 60)
        later = self.clock.SetClockRequest()
        later.now.seconds = MORNING + 600
        t.equal("the clock is set", clock.SetClock(later).now.seconds, MORNING + 600)
        region = self.region.Region(display_name="Milan", time_zone="Europe/Rome")
        region.network.beeline.center.CopyFrom(self.at())
        request = self.region.CreateRegionRequest(region_id="milan", region=region, request_id="r-1")
        made = self.region_service.CreateRegion(request)
        t.equal("the region's name", made.name, REGION)
        t.equal("a repeated call gives the same answer", self.region_service.CreateRegion(request), made)
        t.check("the travel model is named", made.travel_model.startswith("beeline"), made.travel_model)
        made.policy.scarcity_cost = 600
        change = self.region.UpdateRegionRequest(region=made)
        change.update_mask.paths.append("policy.scarcity_cost")
        changed = self.region_service.UpdateRegion(change)
        t.equal("a rate is changed", changed.policy.scarcity_cost, 600)
        got = self.region_service.GetRegion(self.region.GetRegionRequest(name=REGION))
        t.equal("the region is read back", got, changed)
        listed = self.region_service.ListRegions(self.region.ListRegionsRequest())
        t.equal("one region", [r.name for r in listed.regions], [REGION])

    def set_up_catalog(self):
        t, c = self.tally, self.catalog
        level = c.ServiceLevel(emergency=True, lateness_rate=5)
        level.response_target.seconds = 7200
        fault = c.Fault(appliance_family=f"{REGION}/applianceFamilies/washer")
        fault.repair_duration.seconds = 2400
        fault.part_odds.add(part=f"{REGION}/parts/pump", count=1, probability=0.6)
        kit = c.Kit()
        kit.parts.add(part=f"{REGION}/parts/pump", count=1)
        entries = [
            c.CatalogEntry(name=f"{REGION}/certificationKinds/gas", certification_kind=c.CertificationKind(max_level=2)),
            c.CatalogEntry(name=f"{REGION}/parts/pump", part=c.Part(sku="P-1")),
            c.CatalogEntry(name=f"{REGION}/parts/unused", part=c.Part(sku="P-2")),
            c.CatalogEntry(name=f"{REGION}/kits/drain", kit=kit),
            c.CatalogEntry(name=f"{REGION}/applianceFamilies/washer", appliance_family=c.ApplianceFamily()),
            c.CatalogEntry(name=f"{REGION}/faults/dead", fault=fault),
            c.CatalogEntry(name=f"{REGION}/serviceLevels/urgent", service_level=level),
        ]
        for n, entry in enumerate(entries):
            entry.display_name = f"Entry {n}"
        done = self.catalog_service.ImportCatalog(c.ImportCatalogRequest(parent=REGION, entries=entries))
        t.equal("entries written", done.created_count, len(entries))
        listed = self.catalog_service.ListCatalogEntries(c.ListCatalogEntriesRequest(parent=REGION, page_size=3))
        t.check("a page of three", len(listed.entries) == 3 and listed.next_page_token, listed)
        got = self.catalog_service.GetCatalogEntry(c.GetCatalogEntryRequest(name=f"{REGION}/parts/pump"))
        t.equal("an entry is read back", got.part.sku, "P-1")
        self.catalog_service.DeleteCatalogEntry(c.DeleteCatalogEntryRequest(name=f"{REGION}/parts/unused"))
        gone = lambda: self.catalog_service.GetCatalogEntry(c.GetCatalogEntryRequest(name=f"{REGION}/parts/unused"))
        t.refused("a removed entry", gone, grpc.StatusCode.NOT_FOUND, "PART_NOT_FOUND")

    def technician(self, name, east, gas):
        person = self.fleet.Technician(display_name=name, start_place=self.at(east))
        if gas:
            person.certifications.add(kind=f"{REGION}/certificationKinds/gas", level=gas)
        person.shifts.add(window=self.window(0, 9))
        return person

    def set_up_fleet(self):
        t, f, service = self.tally, self.fleet, self.fleet_service
        made = service.CreateTechnician(
            f.CreateTechnicianRequest(parent=REGION, technician_id="ada", technician=self.technician("Ada", 0.0, 1))
        )
        t.equal("the technician's name", made.name, f"{REGION}/technicians/ada")
        batch = [
            f.TechnicianImport(technician_id=i, technician=self.technician(i.capitalize(), east, 0))
            for i, east in (("bo", 0.03), ("cy", -0.03))
        ]
        done = service.BatchImportTechnicians(f.BatchImportTechniciansRequest(parent=REGION, technicians=batch))
        t.equal("two at once", [x.display_name for x in done.technicians], ["Bo", "Cy"])
        change = f.UpdateTechnicianRequest(technician=f.Technician(name=made.name, display_name="Ada L", etag=made.etag))
        change.update_mask.paths.append("display_name")
        t.equal("a changed name", service.UpdateTechnician(change).display_name, "Ada L")
        t.refused("a stale etag", lambda: service.UpdateTechnician(change), grpc.StatusCode.ABORTED, "STALE_ETAG")
        got = service.GetTechnician(f.GetTechnicianRequest(name=made.name))
        t.equal("read back", got.display_name, "Ada L")
        listed = service.ListTechnicians(f.ListTechniciansRequest(parent=REGION))
        t.equal("three technicians", len(listed.technicians), 3)
        service.DeleteTechnician(f.DeleteTechnicianRequest(name=f"{REGION}/technicians/cy"))
        t.equal("one left", len(service.ListTechnicians(f.ListTechniciansRequest(parent=REGION)).technicians), 2)
        t.refused(
            "a taken id",
            lambda: service.CreateTechnician(
                f.CreateTechnicianRequest(parent=REGION, technician_id="ada", technician=self.technician("A", 0, 0))
            ),
            grpc.StatusCode.ALREADY_EXISTS,
            "TECHNICIAN_ALREADY_EXISTS",
        )

        def position(who, seconds, latitude=CENTRE[1]):
            report = f.ReportPositionRequest(technician=f"{REGION}/technicians/{who}")
            report.position.place.CopyFrom(self.at())
            report.position.place.latitude = latitude
            report.position.device_time.seconds = MORNING + seconds
            return report

        reports = [position("ada", 590), position("ada", 500), position("nobody", 590), position("bo", 590, 95.0)]
        counts = service.ReportPosition(iter(reports))
        seen = (counts.accepted_count, counts.stale_count, counts.rejected_count)
        t.equal("positions taken, stale, rejected", seen, (1, 1, 2))

    def set_up_stock(self):
        t, s, service = self.tally, self.stock, self.stock_service
        depot = s.Depot(display_name="North", place=self.at(0.0, 0.02))
        service.CreateDepot(s.CreateDepotRequest(parent=REGION, depot_id="north", depot=depot))
        t.equal("a depot", service.GetDepot(s.GetDepotRequest(name=f"{REGION}/depots/north")).display_name, "North")
        t.equal("one depot", len(service.ListDepots(s.ListDepotsRequest(parent=REGION)).depots), 1)
        request = s.AdjustStockRequest(parent=REGION, reason="opening stock", request_id="stock-1")
        request.adjustments.add(location=f"{REGION}/depots/north", part=f"{REGION}/parts/pump", delta=2)
        t.equal("two pumps", service.AdjustStock(request).levels[0].free_count, 2)
        service.AdjustStock(request)
        listed = service.ListStock(s.ListStockRequest(parent=REGION))
        t.equal("repeated, still two", [level.free_count for level in listed.levels], [2])
        take = s.AdjustStockRequest(parent=REGION)
        take.adjustments.add(location=f"{REGION}/depots/north", part=f"{REGION}/parts/pump", delta=-5)
        t.refused("more than there is", lambda: service.AdjustStock(take), grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_STOCK")

    def take_jobs(self):
        t, d, service = self.tally, self.dispatch, self.dispatch_service
        before = self.summary()
        asked = service.EvaluateJob(d.EvaluateJobRequest(parent=REGION, need=self.need(gas=1, pumps=1)))
        t.equal("a question changes nothing", self.summary(), before)
        estimate = self.eta_service.EstimateArrival(self.eta.EstimateArrivalRequest(parent=REGION, need=self.need()))
        t.check("somebody could come", estimate.available and estimate.soonest.p50.seconds > 0, estimate)
        made = self.create(self.need(gas=1, pumps=1), "j-1", "job-1", "order-1")
        t.equal("assigned", made.decision.outcome, self.job.OUTCOME_ASSIGNED)
        chosen = made.decision.chosen
        t.equal("as it was said", chosen, asked.decision.chosen)
        t.equal("Ada goes", made.visit.technician, f"{REGION}/technicians/ada")
        t.equal("by way of the depot", chosen.depot, f"{REGION}/depots/north")
        t.equal("terms sum to the total", sum(x.millis for x in chosen.cost_terms), chosen.total_cost_millis)
        again = self.create(self.need(gas=1, pumps=1), "j-1", "job-1", "order-1")
        t.equal("a repeated call gives the same answer", again.job, made.job)
        t.equal("P50 before P90", made.visit.eta.p50.seconds <= made.visit.eta.p90.seconds, True)
        kept = self.stock_service.ListReservations(self.stock.ListReservationsRequest(parent=REGION))
        t.equal("one pump is kept for it", [(r.job, r.part_count.count) for r in kept.reservations], [(made.job.name, 1)])
        visit = service.GetVisit(d.GetVisitRequest(name=made.visit.name))
        t.equal("the visit is read back", visit.technician, made.visit.technician)
        eta = self.eta_service.GetEta(self.eta.GetEtaRequest(name=made.visit.name))
        t.check("an ETA", eta.window.p50.seconds > MORNING, eta)
        routes = self.fleet_service.GetTechnicianRoutes(self.fleet.GetTechnicianRoutesRequest(name=visit.technician))
        stops = [stop.visit or stop.depot for stop in routes.routes[0].stops]
        t.equal("depot, then the visit", stops, [f"{REGION}/depots/north", made.visit.name])
        remote = self.need()
        remote.kind = self.job.JOB_KIND_REMOTE
        t.equal("nobody has to go", self.create(remote, "j-2").decision.outcome, self.job.OUTCOME_NO_VISIT_NEEDED)
        got = service.GetJob(d.GetJobRequest(name=made.job.name))
        t.equal("the job is read back", got.order_number, "order-1")
        found = service.ListJobs(d.ListJobsRequest(parent=REGION, filter=d.JobFilter(order_number="order-1")))
        t.equal("found by its order number", [j.name for j in found.jobs], [made.job.name])

    def refuse(self):
        """Three jobs that nobody can do: stored, open, with the exact reason and what would help."""
        excluded = self.need(gas=1)
        excluded.excluded_technicians.append(f"{REGION}/technicians/ada")
        cases = [
            ("n-1", self.need(gas=2), self.job.RULE_CERTIFICATION, "holds no gas of level 2"),
            ("n-2", self.need(pumps=9), self.job.RULE_PARTS, "lacks 9 x pump"),
            ("n-3", excluded, self.job.RULE_EXCLUSION, "the customer will not have this technician"),
        ]
        for job_id, need, rule, missed in cases:
            made = self.create(need, job_id)
            decision = made.decision
            self.tally.equal(f"{job_id}: nobody fits", decision.outcome, self.job.OUTCOME_NOBODY_FITS)
            self.tally.equal(f"{job_id}: stored open", made.job.state, self.job.JOB_STATE_OPEN)
            told = [r for r in decision.rejections if r.rule == rule]
            good = len(told) == 1 and told[0].missed.startswith(missed) and told[0].closest_technician
            self.tally.check(f"{job_id}: the reason", good, decision.rejections)
            self.tally.check(f"{job_id}: a remedy that was tried", decision.remedies and decision.remedies[0].candidate.technician, decision)
            kept = self.dispatch_service.ExplainJob(self.dispatch.ExplainJobRequest(name=made.job.name))
            self.tally.equal(f"{job_id}: explained later as then", list(kept.decisions), [decision])

    def correct_and_cancel(self):
        t, d, service = self.tally, self.dispatch, self.dispatch_service
        change = d.UpdateJobRequest(job=self.job.Job(name=f"{REGION}/jobs/n-1", need=self.need(gas=1)))
        change.update_mask.paths.append("need.required_certifications")
        changed = service.UpdateJob(change)
        t.equal("corrected, somebody fits", changed.decision.outcome, self.job.OUTCOME_ASSIGNED)
        t.equal("the decision says what caused it", changed.decision.cause, "update")
        gone = service.CancelJob(d.CancelJobRequest(name=f"{REGION}/jobs/j-1", reason="fuse"))
        t.equal("called off", gone.state, self.job.JOB_STATE_CANCELLED)
        kept = self.stock_service.ListReservations(self.stock.ListReservationsRequest(parent=REGION))
        t.equal("its pump is free again", [r.job for r in kept.reservations], [])

    def refuse_status(self):
        t, d = self.tally, self.dispatch
        t.refused("a request id used for something else", lambda: self.create(self.need(0.02), "j-9", "job-1"),
                  grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED", ["request_id"])
        off = d.CancelJobRequest(name=f"{REGION}/jobs/j-1")
        t.equal("called off twice is called off", self.dispatch_service.CancelJob(off).state, self.job.JOB_STATE_CANCELLED)
        erase = d.UpdateJobRequest(job=self.job.Job(name=off.name))
        erase.update_mask.paths.append("customer")
        t.equal("the customer of a job called off is erased", self.dispatch_service.UpdateJob(erase).job.HasField("customer"), False)
        again = self.create(self.need(gas=1, pumps=1), "j-1", "job-1", "order-1")
        t.equal("a repeated reply is of the same job", again.job.name, off.name)
        t.equal("a repeated reply names no customer any more", again.job.HasField("customer"), False)
        late = d.UpdateJobRequest(job=self.job.Job(name=off.name, need=self.need(0.03)))
        late.update_mask.paths.append("need.place")
        t.refused("corrected once called off", lambda: self.dispatch_service.UpdateJob(late),
                  grpc.StatusCode.FAILED_PRECONDITION, "WRONG_JOB_STATE")
        back = self.clock.SetClockRequest()
        back.now.seconds = MORNING
        t.refused("a clock set back", lambda: self.clock_service.SetClock(back),
                  grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", ["now"])

    def tidy_up(self):
        seen = self.region_service.GetRegionSummary(self.region.GetRegionSummaryRequest(name=REGION))
        counts = {c.state: c.count for c in seen.job_counts}
        self.tally.equal("jobs by state", sum(counts.values()), 5)
        self.tally.equal("one is called off", counts.get("CANCELLED"), 1)

    def watch_streams(self):
        """Each stream: the state first, then what happens, and on from its token."""
        t, w, n = self.tally, self.watch, self.notification
        watch, outbox = self.watch_service, self.notification_service
        made = self.create(self.need(0.005), "w-1")
        billing = outbox.CreateSubscriber(n.CreateSubscriberRequest(parent=REGION, subscriber_id="billing"))
        region = watch.WatchRegion(w.WatchRegionRequest(parent=REGION))
        job = watch.WatchJob(w.WatchJobRequest(name=made.job.name))
        technician = watch.WatchTechnician(w.WatchTechnicianRequest(name=made.visit.technician))
        eta = watch.WatchEta(w.WatchEtaRequest(parent=REGION, jobs=[made.job.name]))
        first = next(region)
        t.equal("the region's state comes first", first.region.sequence, self.summary()[0])
        view = next(job).job
        t.check("a customer sees the visit and not who comes", view.visit == made.visit.name and not view.HasField("technician"), view)
        t.check("a technician sees the routes", made.job.name in str(next(technician).technician.routes), "not there")
        t.equal("the arrival", next(eta).etas[0].eta.window, made.visit.eta)
        self.dispatch_service.CancelJob(self.dispatch.CancelJobRequest(name=made.job.name, reason="sold"))
        told = next(region)
        t.equal("the next record", (told.sequence, told.WhichOneof("content")), (first.sequence + 1, "change"))
        t.check("it is told that the job is called off", any(e.job_cancelled.job == made.job.name for e in told.change.events), told)
        t.equal("the customer too", [e.WhichOneof("fact") for e in next(job).change.events][-1], "job_cancelled")
        t.equal("the technician is told of the route", {e.WhichOneof("fact") for e in next(technician).change.events}, {"route_set"})
        t.equal("nobody arrives any more", next(eta).etas[0].HasField("eta"), False)
        again = watch.WatchRegion(w.WatchRegionRequest(parent=REGION, resume_token=first.resume_token))
        t.equal("a stream goes on from its token", next(again), told)
        rubbish = w.WatchRegionRequest(parent=REGION, resume_token="rubbish")
        t.refused("a token that nobody gave", lambda: next(watch.WatchRegion(rubbish)),
                  grpc.StatusCode.INVALID_ARGUMENT, "RESUME_TOKEN_INVALID", ["resume_token"])
        note = next(outbox.ReceiveNotifications(n.ReceiveNotificationsRequest(name=billing.name)))
        t.equal("an outside system receives it", note.change, told.change)
        said = n.AcknowledgeNotificationsRequest(name=billing.name, sequence=note.sequence)
        t.equal("and acknowledges", outbox.AcknowledgeNotifications(said).acknowledged_sequence, told.sequence)
        listed = outbox.ListSubscribers(n.ListSubscribersRequest(parent=REGION)).subscribers
        t.equal("one subscriber", [s.name for s in listed], [billing.name])
        outbox.DeleteSubscriber(n.DeleteSubscriberRequest(name=billing.name))
        t.refused("a subscriber that left", lambda: outbox.AcknowledgeNotifications(said),
                  grpc.StatusCode.NOT_FOUND, "SUBSCRIBER_NOT_FOUND")
        for stream in (region, job, technician, eta, again):
            stream.cancel()
    def later(self, east=0.01):
        """A need that nobody has to leave for yet."""
        need = self.need(east)
        need.access_windows.add().CopyFrom(self.window(3, 9))
        return need

    def work_by_hand(self):
        t, m, service = self.tally, self.manual, self.manual_service
        made = self.create(self.later(), "h-1")
        other = "bo" if made.visit.technician.endswith("ada") else "ada"
        wish = m.AssignJobRequest(job=made.job.name, technician=f"{REGION}/technicians/{other}", validate_only=True)
        tried = service.AssignJob(wish).evaluation
        t.check("only tried", self.get_job("h-1").visit == made.visit.name, tried)
        wish.validate_only = False
        done = service.AssignJob(wish)
        t.equal("done as tried", done.evaluation, tried)
        t.equal("locked", done.visit.commitment, self.job.COMMITMENT_LOCKED)
        told = [v.rule for v in done.evaluation.violations]
        t.check("not the cheapest", m.SOFT_RULE_NOT_CHEAPEST in told, told)
        locks = service.ListLocks(m.ListLocksRequest(parent=REGION)).locks
        t.check("the lock has a price", len(locks) == 1 and locks[0].price_millis > 0, locks)
        off = self.dispatch.UnlockVisitRequest(name=done.visit.name)
        self.dispatch_service.UnlockVisit(off)
        on = self.dispatch.LockVisitRequest(name=done.visit.name)
        t.equal("locked again", self.dispatch_service.LockVisit(on).state, self.job.JOB_STATE_PROMISED)
        routes = self.fleet_service.GetTechnicianRoutes(self.fleet.GetTechnicianRoutesRequest(name=done.visit.technician))
        visits = [s.visit for s in routes.routes[0].stops if s.visit]
        order = m.ReorderRouteRequest(technician=done.visit.technician, visits=visits)
        order.shift_start.seconds = MORNING
        seen = [s.visit for s in service.ReorderRoute(order).route.stops if s.visit]
        t.equal("in the order said", seen, visits)
        away = service.UnassignJob(m.UnassignJobRequest(job=made.job.name, reason="asked for"))
        t.equal("it waits for a human", (away.job.state, away.job.set_aside_reason), (self.job.JOB_STATE_OPEN, "asked for"))
        self.dispatch_service.CancelJob(self.dispatch.CancelJobRequest(name=made.job.name))

    def get_job(self, job_id):
        return self.dispatch_service.GetJob(self.dispatch.GetJobRequest(name=f"{REGION}/jobs/{job_id}"))

    def offer(self):
        """Both are asked one after the other; the second takes it."""
        t, o, service = self.tally, self.offer_pb, self.offer_service
        region = self.region.Region(name=REGION)
        region.policy.offers = self.region.OFFERING_EVERYBODY
        change = self.region.UpdateRegionRequest(region=region)
        change.update_mask.paths.append("policy.offers")
        self.region_service.UpdateRegion(change)
        self.create(self.later(), "o-1")
        listed = lambda: service.ListOffers(o.ListOffersRequest(parent=REGION)).offers
        first = listed()[0]
        declined = service.DeclineOffer(o.DeclineOfferRequest(visit=first.visit, reason="too far"))
        t.equal("declined", (declined.state, declined.reason), (o.OFFER_STATE_DECLINED, "too far"))
        second = listed()[0]
        t.check("the next one is asked", second.technician != first.technician, second)
        taken = service.AcceptOffer(o.AcceptOfferRequest(visit=second.visit))
        t.equal("taken", taken.state, o.OFFER_STATE_ACCEPTED)
        t.refused("an offer ends once", lambda: service.AcceptOffer(o.AcceptOfferRequest(visit=second.visit)),
                  grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND")
        region.policy.offers = self.region.OFFERING_NEVER
        self.region_service.UpdateRegion(change)

    def move_parts(self):
        t, s, service = self.tally, self.stock, self.stock_service
        move = s.TransferStockRequest(parent=REGION, to=f"{REGION}/technicians/bo")
        setattr(move, "from", f"{REGION}/depots/north")
        move.parts.add(part=f"{REGION}/parts/pump", count=1)
        t.equal("moved", [level.free_count for level in service.TransferStock(move).levels], [1, 1])
        coming = s.CreateDeliveryRequest(parent=REGION, delivery_id="tuesday")
        coming.delivery.to = f"{REGION}/depots/north"
        coming.delivery.parts.add(part=f"{REGION}/parts/pump", count=3)
        coming.delivery.arrive_time.seconds = MORNING + 7200
        made = service.CreateDelivery(coming)
        listed = service.ListDeliveries(s.ListDeliveriesRequest(parent=REGION)).deliveries
        t.equal("one is coming", [d.name for d in listed], [made.name])
        service.CancelDelivery(s.CancelDeliveryRequest(name=made.name))
        done = service.RecallPart(s.RecallPartRequest(part=f"{REGION}/parts/pump"))
        t.equal("all pumps are written off", done.written_off_count, 2)

    def report(self):
        t, p = self.tally, self.progress
        made = self.create(self.later(), "p-1")
        who = made.visit.technician
        said = p.ReportProgressRequest(technician=who)
        said.finished.visit = made.visit.name
        done = self.progress_service.ReportProgress(said)
        states = [j.state for j in done.jobs if j.name == made.job.name]
        t.equal("reported as done", states, [self.job.JOB_STATE_DONE])
        learned = self.eta_service.ListDurationEstimates(self.eta.ListDurationEstimatesRequest(parent=REGION))
        t.equal("nobody said when it began: nothing is learned", len(learned.estimates), 0)

    def on_roads(self, file, at):
        """A second region on real roads: the snap is told, a place off the roads is refused by its rule."""
        t = self.tally
        region = self.region.Region(display_name="On roads", time_zone="America/Santiago")
        region.network.roads_file = file
        made = self.region_service.CreateRegion(self.region.CreateRegionRequest(region_id="roads", region=region))
        t.check("the roads are named", made.travel_model.startswith("roads "), made.travel_model)
        level = self.catalog.CatalogEntry(name="regions/roads/serviceLevels/plain", display_name="Plain")
        level.service_level.SetInParent()
        self.catalog_service.ImportCatalog(self.catalog.ImportCatalogRequest(parent="regions/roads", entries=[level]))
        place = self.place.Place(longitude=at[0], latitude=at[1], datum=self.place.DATUM_WGS84)
        person = self.fleet.Technician(display_name="Eva", start_place=place)
        person.shifts.add(window=self.window(0, 9))
        hired = self.fleet_service.CreateTechnician(
            self.fleet.CreateTechnicianRequest(parent="regions/roads", technician_id="eva", technician=person)
        )
        t.check("where home meets the road is told", hired.start_snap.reachable, hired.start_snap)
        need = self.job.Need(kind=self.job.JOB_KIND_INSPECTION, place=place, service_level=level.name)
        need.place.longitude += 0.01
        job = self.dispatch_service.CreateJob(self.dispatch.CreateJobRequest(parent="regions/roads", job=self.job.Job(need=need)))
        t.equal("assigned on roads", job.decision.outcome, self.job.OUTCOME_ASSIGNED)
        t.check("it takes a way", job.decision.chosen.added_meters > 500, job.decision.chosen.added_meters)


if __name__ == "__main__":
    raise SystemExit(main())
