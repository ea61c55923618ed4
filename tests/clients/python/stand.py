"""The stand: a server started from the binary, stubs generated from proto/, a tally of checks.

Knows no rule of dispatching: that is day.py and bad_input.py.
"""

import json
import subprocess
import sys
from pathlib import Path

import grpc
from google.protobuf import descriptor_pool
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

PROTO = Path(__file__).resolve().parents[3] / "proto"
FILES = ["place", "region", "catalog", "fleet", "stock", "promise", "job", "dispatch", "booking", "progress", "manual", "offer", "move", "eta", "clock", "event", "watch", "notification", "planning", "coverage"]


def generate(out):
    """Compiles the contract into `out` and makes it importable as callout.v1."""
    from grpc_tools import protoc

    include = Path(protoc.__file__).parent / "_proto"
    files = [f"callout/v1/{name}.proto" for name in FILES]
    code = protoc.main(["", f"-I{PROTO}", f"-I{include}", f"--python_out={out}", f"--grpc_python_out={out}", *files])
    if code != 0:
        sys.exit(f"the contract does not compile: protoc ended with {code}")
    sys.path.insert(0, str(out))


class Server:
    """The binary, serving on a free port with a controlled clock."""

    def __init__(self, binary, work, clock_start, roads_dir):
        config = work / "callout.toml"
        lines = ['listen = "127.0.0.1:0"', 'data_dir = "data"', 'clock = "controlled"', f"clock_start = {clock_start}"]
        if roads_dir:
            lines.append(f"roads_dir = {json.dumps(str(roads_dir))}")
        config.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            [str(binary), "serve", "--config", str(config), "--json"], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{binary} serve ended with {self.process.wait()} before it listened")
        self.address = json.loads(line)["listening"]

    def stop(self):
        """Tells it to stop; returns the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


class Called(grpc.UnaryUnaryClientInterceptor, grpc.StreamUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Keeps which methods were called."""

    def __init__(self):
        self.methods = set()

    def _note(self, proceed, details, request):
        method = details.method
        self.methods.add(method.decode() if isinstance(method, bytes) else method)
        return proceed(details, request)

    def intercept_unary_unary(self, continuation, client_call_details, request):
        return self._note(continuation, client_call_details, request)

    def intercept_unary_stream(self, continuation, client_call_details, request):
        return self._note(continuation, client_call_details, request)

    def intercept_stream_unary(self, continuation, client_call_details, request_iterator):
        return self._note(continuation, client_call_details, request_iterator)


class Tally:
    """Counts checks and tells those that fail."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, seen=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {seen}", flush=True)
        return good

    def equal(self, what, seen, expected):
        return self.check(what, seen == expected, f"{seen!r} is not {expected!r}")

    def refused(self, what, call, code, reason, fields=None):
        """The call has to be refused with this code, reason, and exactly these field paths."""
        try:
            answer = call()
        except grpc.RpcError as error:
            told = details(error)
            good = error.code() == code and told[0] == reason
            good = good and (fields is None or sorted(told[1]) == sorted(fields))
            seen = f"{error.code()} {told} {error.details()}"
            return self.check(what, good, f"{seen} is not {code} {reason} {fields}")
        return self.check(what, False, f"was answered: {answer}")


def details(error):
    """Reason and field paths of a rich error."""
    status = rpc_status.from_call(error)
    reason, fields = None, []
    for detail in status.details if status else []:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
            reason = info.reason
        elif detail.Is(bad.DESCRIPTOR):
            detail.Unpack(bad)
            fields += [violation.field for violation in bad.field_violations]
    return reason, fields


def reflected(channel):
    """Every service by v1alpha with its methods, and the service names by v1."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = descriptor_pool.DescriptorPool(database)
    services = {name: pool.FindServiceByName(name) for name in database.get_services() if name.startswith("callout.")}
    methods = {f"/{name}/{method.name}" for name, service in services.items() for method in service.methods}
    ask = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    answer = next(iter(ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))))
    return methods, {service.name for service in answer.list_services_response.service}
