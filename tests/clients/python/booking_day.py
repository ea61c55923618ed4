"""Booking as a call centre does it: search, hold, confirm, reschedule; prices and clocks; a report from the road."""

import grpc


def run(day, region):
    """`day` is the Day of day.py: its stubs, its small messages, its tally."""
    set_prices(day, region)
    job = book(day, region)
    clocks(day, region, job)
    on_the_road(day, job)


def money(day, units):
    return day.promise.Money(currency_code="EUR", units=units)


def set_prices(day, region):
    t, b, service = day.tally, day.booking, day.booking_service
    listing = b.PriceList(name=region, currency_code="EUR", visit_fee=money(day, 30), labour_quarter_hour=money(day, 20))
    listing.part_prices.add(entry=f"{region}/parts/pump", price=money(day, 80))
    made = service.SetPriceList(b.SetPriceListRequest(price_list=listing))
    t.equal("the price list is read back", service.GetPriceList(b.GetPriceListRequest(name=region)), made)


def book(day, region):
    t, b, service = day.tally, day.booking, day.booking_service
    wish = b.SearchSlotsRequest(parent=region, need=day.need(0.004), count=3)
    wish.preferred_technicians.append(f"{region}/technicians/bo")
    found = service.SearchSlots(wish)
    t.equal("three slots", len(found.slots), 3)
    marks = {mark for slot in found.slots for mark in slot.marks}
    t.equal("each mark is given", marks, {b.SLOT_MARK_CHEAPEST, b.SLOT_MARK_SOONEST, b.SLOT_MARK_PREFERRED_TECHNICIAN})
    t.equal("fee and two quarters", found.quote.total.units, 70)
    slot = found.slots[0]
    ask = b.HoldSlotRequest(parent=region, window=slot.window, technician=slot.candidate.technician, request_id="hold-1")
    ask.job.need.CopyFrom(wish.need)
    held = service.HoldSlot(ask)
    t.equal("held as it was offered", held.decision.chosen, slot.candidate)
    t.check("until a moment that is told", held.job.hold_expire_time.seconds > 0, held.job)
    told = service.ConfirmJob(b.ConfirmJobRequest(name=held.job.name, order_number="booked-1"))
    t.equal("promised", (told.state, told.promise.window), (day.job.JOB_STATE_PROMISED, slot.window))
    t.equal("at the price that was said", told.promise.quote, found.quote)
    later = next(s for s in found.slots if s.window != slot.window)
    moved = service.RescheduleJob(b.RescheduleJobRequest(name=told.name, window=later.window))
    t.equal("another window", moved.job.promise.window, later.window)
    night = b.RescheduleJobRequest(name=told.name, window=day.window(14, 16))
    t.refused("a window at night", lambda: service.RescheduleJob(night), grpc.StatusCode.FAILED_PRECONDITION, "NOBODY_FITS")
    kept = day.dispatch_service.GetJob(day.dispatch.GetJobRequest(name=told.name))
    t.equal("the promise stays", kept.promise, moved.job.promise)
    taken = day.offer_service.AcceptOffer(day.offer_pb.AcceptOfferRequest(visit=kept.visit))
    t.equal("and so does the offer to its technician", taken.state, day.offer_pb.OFFER_STATE_ACCEPTED)
    return moved.job


def clocks(day, region, job):
    t, b, service = day.tally, day.booking, day.booking_service
    solution = day.promise.CLOCK_KIND_SOLUTION
    ask = b.PauseClockRequest(name=job.name, clock=solution, reason="a part is on order")
    paused = {c.kind: c for c in service.PauseClock(ask).clocks}[solution]
    t.equal("the clock stands still", (paused.state, paused.pause_reason), (day.promise.CLOCK_STATE_PAUSED, ask.reason))
    service.ResumeClock(b.ResumeClockRequest(name=job.name, clock=solution))
    filed = service.FileSolution(b.FileSolutionRequest(name=job.name, text="a new pump"))
    t.equal("a solution is filed", filed.solution.text, "a new pump")
    far = service.ListClockForecasts(b.ListClockForecastsRequest(parent=region)).forecasts
    t.check("the clocks of jobs that nobody can do will break", len(far) > 0, far)
    advance = day.clock.AdvanceClockRequest()
    advance.by.seconds = 200
    day.clock_service.AdvanceClock(advance)
    raised = service.ListEscalations(b.ListEscalationsRequest(parent=region, breaches_only=True)).escalations
    t.check("what nobody confirmed in three minutes is raised", raised and all(e.breach for e in raised), raised)


def on_the_road(day, job):
    t, d, service = day.tally, day.dispatch, day.dispatch_service
    locked = service.LockVisit(d.LockVisitRequest(name=job.visit))
    t.equal("a human's word", locked.state, day.job.JOB_STATE_PROMISED)
    service.UnlockVisit(d.UnlockVisitRequest(name=job.visit))
    visit = service.GetVisit(d.GetVisitRequest(name=job.visit))
    report = day.progress.ReportProgressRequest(technician=visit.technician)
    report.departed.visit = job.visit
    said = day.progress_service.ReportProgress(report)
    t.check("on the way", day.job.JOB_STATE_EN_ROUTE in [j.state for j in said.jobs], said)
