"""The pages of metrics, read by the Prometheus project's own parser, before and after a load that is known."""

import json
import urllib.error
import urllib.request

import grpc
import requests_of as of
from harness import NOT_FOUND, check, equal, fails, holds
from prometheus_client.parser import text_string_to_metric_families

OWN = "/metrics"
REFERENCE = "/monitoring/prometheus/metrics"
REST_GOOD, REST_BAD, GRPC_GOOD, GRPC_BAD = 40, 7, 30, 5


def http(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.rest_port}{path}", data, timeout=60) as answer:
        return answer.read().decode()


class Page:
    """The samples of a page by name and labels."""

    def __init__(self, server, path):
        self.samples = {}
        self.kinds = {}
        for family in text_string_to_metric_families(http(server, path)):
            self.kinds[family.name] = family.type
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                holds(key not in self.samples, f"{key} is on the page twice")
                self.samples[key] = sample.value

    def of(self, name, **labels):
        """The sum of the samples of this name that have these labels."""
        return sum(value for (found, having), value in self.samples.items()
                   if found == name and labels.items() <= dict(having).items())


def load(server):
    good, bad = {"instances": [1.0, 2.0]}, {"instances": ["text"]}
    path = "/v1/models/half_plus_two:predict"
    for _ in range(REST_GOOD):
        http(server, path, good)
    for _ in range(REST_BAD):
        try:
            http(server, path, bad)
        except urllib.error.HTTPError as refused:
            equal(refused.code, 400, "HTTP status")
            continue
        raise AssertionError("bad values were answered")
    for _ in range(GRPC_GOOD):
        server.predictions.Predict(of.predict({"x": [1.0]}), timeout=60)
    for _ in range(GRPC_BAD):
        try:
            server.predictions.Predict(of.predict({"y": [1.0]}), timeout=60)
        except grpc.RpcError:
            continue
        raise AssertionError("a wrong input was answered")


def around_the_load(server, path):
    before = Page(server, path)
    load(server)
    after = Page(server, path)
    return after, lambda name, **labels: after.of(name, **labels) - before.of(name, **labels)


def cumulative(page, name):
    """Buckets only grow, and the last of them is the count; of every series of a histogram."""
    series = {}
    for (found, labels), value in page.samples.items():
        if found == name + "_bucket":
            rest = dict(labels)
            bound = float(rest.pop("le"))
            series.setdefault(frozenset(rest.items()), []).append((bound, value))
    holds(series, f"there is no {name}")
    for labels, buckets in series.items():
        values = [value for _, value in sorted(buckets)]
        equal(values, sorted(values), f"buckets of {name} {dict(labels)}")
        equal(max(buckets)[0], float("inf"), "last bound")
        equal(values[-1], page.samples[(name + "_count", labels)], f"count of {name} {dict(labels)}")


@check("UP-24", "our own page adds up after a known load, and unknown models share one name")
def own_page(servers):
    before = Page(servers.one, OWN)
    for name in ["nope_1", "nope_2", "nope_3"]:
        fails(NOT_FOUND, name, servers.one.predictions.Predict, of.predict({"x": [1.0]}, name=name))
    after = Page(servers.one, OWN)
    unknown = {"model": "<unknown>", "status": "NOT_FOUND"}
    equal(after.of("sluice_requests_total", **unknown) - before.of("sluice_requests_total", **unknown), 3, "unknown models")
    holds(not any("nope_" in dict(labels).get("model", "") for _, labels in after.samples), "an unknown model has its name")
    page, grown = around_the_load(servers.one, OWN)
    about = {"model": "half_plus_two", "method": "predict"}
    equal(grown("sluice_requests_total", protocol="rest", status="OK", **about), REST_GOOD, "good ones over REST")
    equal(grown("sluice_requests_total", protocol="rest", status="INVALID_ARGUMENT", **about), REST_BAD, "bad ones over REST")
    equal(grown("sluice_requests_total", protocol="grpc", status="OK", **about), GRPC_GOOD, "good ones over gRPC")
    equal(grown("sluice_requests_total", protocol="grpc", **about), GRPC_GOOD + GRPC_BAD, "all over gRPC")
    equal(grown("sluice_request_seconds_count", **about), REST_GOOD + GRPC_GOOD, "latencies")
    equal(grown("sluice_stage_seconds_count", stage="run", **about), REST_GOOD + GRPC_GOOD, "runs")
    equal(grown("sluice_run_calls_total", model="half_plus_two"), REST_GOOD + GRPC_GOOD, "calls in runs")
    equal(grown("sluice_rest_responses_total", code="400"), REST_BAD, "answers with 400")
    equal(page.of("sluice_requests_in_flight"), 0, "in flight")
    equal(page.of("sluice_ready"), 1, "ready")
    for name, kind in page.kinds.items():
        if kind == "histogram":
            cumulative(page, name)


@check("PR-5", "TensorFlow Serving's page adds up after a known load")
def reference_page(servers):
    page, grown = around_the_load(servers.one, REFERENCE)
    name = ":tensorflow:serving:request_count_total"  # the parser gives every counter this end
    equal(grown(name, model_name="half_plus_two", status="OK"), REST_GOOD + GRPC_GOOD, "good ones")
    equal(grown(name, model_name="half_plus_two"), REST_GOOD + REST_BAD + GRPC_GOOD + GRPC_BAD, "all")
    cumulative(page, ":tensorflow:serving:request_latency")
