"""Checks, what they compare with, and how their outcome is told."""

import time
import traceback

import grpc

CHECKS = []

OK = grpc.StatusCode.OK
CANCELLED = grpc.StatusCode.CANCELLED
INVALID_ARGUMENT = grpc.StatusCode.INVALID_ARGUMENT
DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED
NOT_FOUND = grpc.StatusCode.NOT_FOUND
RESOURCE_EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
UNKNOWN = grpc.StatusCode.UNKNOWN
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
INTERNAL = grpc.StatusCode.INTERNAL
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def check(ids, what):
    """Registers a function of one server as a check of these points of the contract."""

    def register(function):
        CHECKS.append((ids, what, function))
        return function

    return register


def equal(found, expected, what="value"):
    if found != expected:
        raise AssertionError(f"{what} is {found!r}, expected {expected!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def fails(code, text, call, *arguments, **options):
    """The call must end with this code and a text that contains the given one."""
    try:
        answer = call(*arguments, **{"timeout": 60, **options})
    except grpc.RpcError as error:
        equal(error.code(), code, f"code (text {error.details()!r})")
        holds(text in error.details(), f"text is {error.details()!r}, expected {text!r} in it")
        return error.details()
    raise AssertionError(f"answered with {answer!r}, expected {code}")


def run(server, words):
    """Runs the checks of which one of the words speaks, or all; how many failed."""
    failed = 0
    chosen = [c for c in CHECKS if not words or any(w in c[0].split() or w in c[1] for w in words)]
    for ids, what, function in chosen:
        began = time.monotonic()
        try:
            function(server)
            mark = "ok  "
            more = ""
        except Exception as failure:  # a check may fail in any way; the others go on
            failed += 1
            mark = "FAIL"
            place = traceback.extract_tb(failure.__traceback__)
            lines = [f"{entry.filename.rsplit('/', 1)[-1]}:{entry.lineno}" for entry in place[1:2]]
            more = f"\n       {type(failure).__name__}: {failure} {lines}"
        print(f"{mark} {ids:<12} {what} ({time.monotonic() - began:.1f} s){more}", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} checks are as the contract says", flush=True)
    return failed
