"""Bad input: a row for each kind, with code, reason and every field path; nothing may change."""

import copy

import grpc

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


def rows(need, job_pb2, place_pb2, names):
    """What is spoilt in a need, and the paths under `job.need` that have to be told."""

    def spoilt(change):
        spoiled = copy.deepcopy(need)
        change(spoiled)
        return spoiled

    def place(latitude, longitude, datum=place_pb2.DATUM_WGS84):
        return lambda n: n.place.CopyFrom(place_pb2.Place(latitude=latitude, longitude=longitude, datum=datum))

    def inverted(n):
        n.promised_window.start.seconds, n.promised_window.end.seconds = 2_000, 1_000

    def many(n):
        n.access_windows.extend([place_pb2.Window()] * 10_000)

    def set_field(field, value):
        return lambda n: setattr(n, field, value)

    table = [
        ("no kind", set_field("kind", 0), ["kind"]),
        ("unknown kind", set_field("kind", 77), ["kind"]),
        ("no place", lambda n: n.ClearField("place"), ["place"]),
        ("no datum", place(45.46, 9.19, 0), ["place.datum"]),
        ("NaN", place(float("nan"), 9.19), ["place.latitude"]),
        ("off the globe", place(91.0, 181.0), ["place.latitude", "place.longitude"]),
        ("swapped", place(9.19, 45.46), ["place"]),
        ("another city", place(41.9, 12.5), ["place"]),
        ("empty level", set_field("service_level", ""), ["service_level"]),
        ("unknown level", set_field("service_level", names("serviceLevels/none")), ["service_level"]),
        ("inverted window", inverted, ["promised_window.end"]),
        ("10,000 windows", many, ["access_windows"]),
        ("negative count", lambda n: n.parts.add(part=names("parts/pump"), count=-1), ["parts[0].count"]),
        ("odds over one", lambda n: n.faults.add(fault=names("faults/dead"), probability=1.5), ["faults[0].probability"]),
        ("no such technician", lambda n: n.excluded_technicians.append(names("technicians/nobody")), ["excluded_technicians[0]"]),
    ]
    return [(what, spoilt(change), [f"job.need.{path}" for path in paths]) for what, change, paths in table]


def run(tally, dispatch, dispatch_pb2, job_pb2, place_pb2, region, need, summary):
    """Every row is refused, and the region's state stays as it was."""
    before = summary()

    def names(rest):
        return f"{region}/{rest}"

    for what, spoilt, paths in rows(need, job_pb2, place_pb2, names):
        request = dispatch_pb2.CreateJobRequest(parent=region, job=job_pb2.Job(need=spoilt))
        tally.refused(what, lambda: dispatch.CreateJob(request), INVALID, "INVALID_REQUEST", paths)
    request = dispatch_pb2.CreateJobRequest(parent=region, job_id="not an id", job=job_pb2.Job(need=need))
    tally.refused("an id with blanks", lambda: dispatch.CreateJob(request), INVALID, "INVALID_REQUEST", ["job_id"])
    request = dispatch_pb2.CreateJobRequest(parent="milan", job=job_pb2.Job(need=need))
    tally.refused("a parent that is no name", lambda: dispatch.CreateJob(request), INVALID, "INVALID_REQUEST", ["parent"])
    request = dispatch_pb2.GetJobRequest(name=names("jobs/none"))
    tally.refused("an unknown job", lambda: dispatch.GetJob(request), NOT_FOUND, "JOB_NOT_FOUND")
    tally.equal("bad input changed nothing", summary(), before)
