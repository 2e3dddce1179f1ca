"""How messages come and go: sizes, compression, sockets, deadlines, cancellation, the ends of connections."""

import json
import subprocess
import threading
import time

import grpc
import numpy as np
import requests_of as of
import tensorflow as tf
from harness import DEADLINE_EXCEEDED, INVALID_ARGUMENT, NOT_FOUND, check, equal, fails, holds
from tensorflow_serving.apis import prediction_service_pb2_grpc


def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


def sleep(millis, signature=""):
    return of.predict({"millis": np.int64(millis)}, name="slow", signature=signature)


@check("V01", "12 MB and 64 MB each way")
def large(servers):
    for count in [3 << 20, 16 << 20]:
        array = np.arange(count, dtype=np.float32)
        answer = servers.plain.predictions.Predict(of.predict({"x": array}, version=123), timeout=120)
        found = np.array(answer.outputs["y"].float_val, np.float32)
        holds(np.array_equal(found, array / 2 + 2), f"{count} floats came back as others")


@check("V01", "12 MB as content each way")
def large_content(servers):
    array = np.arange(200_000, dtype=np.float32)  # below the strict server's limit
    answer = servers.strict.predictions.Predict(of.predict({"x": array}, version=123), timeout=120)
    holds(np.array_equal(tf.make_ndarray(answer.outputs["y"]), array / 2 + 2), "other values")


@check("V02", "a long text is cut")
def long_text(servers):
    text = fails(NOT_FOUND, "Servable not found", servers.plain.predictions.Predict,
                 of.predict({"x": [1.0]}, name="n" * 3000))
    holds(text.endswith("...TRUNCATED") and len(text) == 1024 + len("...TRUNCATED"), f"{len(text)} characters")


@check("", "gzip both ways, and deflate")
def compressed(servers):
    array = np.zeros(100_000, np.float32)
    for compression in [grpc.Compression.Gzip, grpc.Compression.Deflate]:
        answer = servers.plain.predictions.Predict(
            of.predict({"x": array}, version=123), compression=compression, timeout=60)
        holds(np.all(np.array(answer.outputs["y"].float_val) == 2), str(compression))


@check("P19 PR-6", "over the UNIX socket, and over the port beside it")
def unix_socket(servers):
    channel = servers.plain.channel(f"unix:{servers.folder.path}/grpc.sock")
    for one in [channel, servers.plain.main]:
        equal(list(stub(one).Predict(of.predict({"x": [2.0]}, version=123)).outputs["y"].float_val), [3.0])


def curl(server, path, *options):
    """Status and body of one request with curl."""
    found = subprocess.run(
        ["curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}", *options, f"http://127.0.0.1:{server.rest_port}{path}"],
        check=True, capture_output=True, text=True).stdout
    body, status = found.rsplit("\n", 1)
    return int(status), body


@check("", "REST and gRPC on one port, at the same time")
def one_port(servers):
    server = servers.one
    equal(server.port, server.rest_port)
    wrong = []

    def ask_rest():
        for _ in range(5):
            status, body = curl(server, "/v1/models/half_plus_two:predict", "-d", '{"instances": [2.0, 4.0]}')
            if (status, json.loads(body)) != (200, {"predictions": [4.0, 5.0]}):
                wrong.append((status, body))

    threads = [threading.Thread(target=ask_rest) for _ in range(5)]
    for thread in threads:
        thread.start()
    for number in range(100):
        channel = server.channel(options=[("grpc.use_local_subchannel_pool", 1)]) if number % 10 == 0 else channel
        equal(list(stub(channel).Predict(of.predict({"x": [2.0]}), timeout=60).outputs["y"].float_val), [4.0])
    for thread in threads:
        thread.join()
    equal(wrong, [])
    equal(curl(server, "/v1/models/half_plus_two/versions/9:predict", "-d", '{"instances": [1.0]}')[0], 404)
    equal(curl(server, "/v1/models/half_plus_two")[0], 200)
    fails(NOT_FOUND, "Servable not found", server.predictions.Predict, of.predict({"x": [2.0]}, name="nope"))


@check("V05 PR-4", "a connection ends at its age, and the next call has another one")
def connection_age(servers):
    until = time.monotonic() + 4
    while time.monotonic() < until:
        servers.strict.predictions.Predict(of.predict({"x": [2.0]}), timeout=60, wait_for_ready=True)


@check("V03", "a deadline that is shorter than the run, also where the run can't be stopped")
def deadline(servers):
    for signature in ["", "stubborn"]:
        began = time.monotonic()
        fails(DEADLINE_EXCEEDED, "", servers.plain.predictions.Predict, sleep(3000, signature), timeout=0.2)
        holds(time.monotonic() - began < 2.5, "the answer came with the run's end")


@check("", "deadlines and cancellation of calls that wait cost no run")
def queue(servers):
    """Each of these runs would take a minute; were one to begin, the last call would wait for it."""
    calls = [servers.plain.predictions.Predict.future(sleep(60_000), timeout=0.5) for _ in range(30)]
    calls += [servers.plain.predictions.Predict.future(sleep(60_000)) for _ in range(30)]
    for call in calls[30:]:
        call.cancel()
    for call in calls[:30]:
        equal(call.exception(timeout=60).code(), DEADLINE_EXCEEDED)
    for call in calls[30:]:
        try:
            call.result(timeout=60)
            raise AssertionError("was answered")
        except grpc.FutureCancelledError:
            pass
    holds(servers.plain.predictions.Predict(sleep(1), timeout=30), "no answer")


@check("", "a message that is none")
def malformed(servers):
    for method in ["Predict", "Classify", "Regress", "MultiInference"]:
        call = servers.plain.main.unary_unary(f"/tensorflow.serving.PredictionService/{method}")
        fails(INVALID_ARGUMENT, "Malformed", call, b"\x0a\x7f\x01")


@check("", "fifty clients at once get their own answers")
def many(servers):
    wrong = []

    def ask(number):
        for i in range(20):
            x = float(number * 100 + i)
            answer = servers.plain.predictions.Predict(of.predict({"x": [x]}, version=123), timeout=60)
            if list(answer.outputs["y"].float_val) != [x / 2 + 2]:
                wrong.append((x, answer))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong, [])
