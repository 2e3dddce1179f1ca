"""Predict: what it answers, and what it says of mistakes."""

import numpy as np
import requests_of as of
import tensorflow as tf
from harness import FAILED_PRECONDITION, INTERNAL, INVALID_ARGUMENT, check, equal, fails, holds
from tensorflow_serving.apis import predict_pb2


def expected(name, version, signature, outputs):
    answer = predict_pb2.PredictResponse()
    of.spec(answer.model_spec, name, version=version, signature=signature)
    for alias, value in outputs.items():
        answer.outputs[alias].dtype = tf.float32.as_datatype_enum
        answer.outputs[alias].tensor_shape.SetInParent()
        for size in np.shape(value):
            answer.outputs[alias].tensor_shape.dim.add(size=size)
        answer.outputs[alias].float_val.extend(np.ravel(value))
    return answer


@check("P01 P02 P04", "0.5 x + 2, with a filter and without, as one whole message")
def half_plus_two(servers):
    for outputs in [("y",), ()]:
        answer = servers.plain.predictions.Predict(of.predict({"x": [2.0]}, version=123, outputs=outputs))
        equal(answer, expected("half_plus_two", 123, "serving_default", {"y": [3.0]}))


@check("P03", "a scalar gives a scalar, whose shape is there and empty")
def scalar(servers):
    answer = servers.plain.predictions.Predict(of.predict({"x": 2.0}, version=123))
    equal(answer, expected("half_plus_two", 123, "serving_default", {"y": 3.0}))
    holds(answer.outputs["y"].HasField("tensor_shape"), "the shape is missing")


@check("P05 P06 P17", "every signature by its name, classify and regress ones too")
def signatures(servers):
    for signature, output in [("regress_x2_to_y3", "outputs"), ("classify_x2_to_y3", "scores")]:
        answer = servers.plain.predictions.Predict(
            of.predict({"inputs": np.array([[2.0]], np.float32)}, version=123, signature=signature))
        equal(tf.make_ndarray(answer.outputs[output]).ravel().tolist(), [4.0], signature)
        equal(answer.model_spec.signature_name, signature)


@check("PR-2", "two models of one config file, 3.0 and 4.0")
def two_models(servers):
    for outputs in [(), ("y",)]:
        for name, y in [("half_plus_two", 3.0), ("half_plus_three", 4.0)]:
            answer = servers.plain.predictions.Predict(
                of.predict({"x": [2.0]}, name=name, version=123, outputs=outputs))
            equal(list(answer.outputs["y"].float_val), [y], name)


@check("P07 P08 P09", "missing, wrong and extra inputs are named")
def wrong_inputs(servers):
    call = servers.plain.predictions.Predict
    fails(INVALID_ARGUMENT, "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but"
          " required: {x}.", call, of.predict({}))
    fails(INVALID_ARGUMENT, "Signature input alias: x(feed name: ", call, of.predict({"wrong": [2.0]}))
    fails(INVALID_ARGUMENT, "input size does not match signature: 2!=1 len({unknown_key1,unknown_key2}) != len({x}). Sent"
          " extra: {unknown_key1,unknown_key2}. Missing but required: {x}.", call,
          of.predict({"unknown_key2": [2.0], "unknown_key1": [2.0]}))


@check("P10 P11", "a filter with an unknown name, or one twice")
def filters(servers):
    call = servers.plain.predictions.Predict
    fails(INVALID_ARGUMENT, "output tensor alias not found in signature: output_filter Outputs expected to be in the set"
          " {y}.", call, of.predict({"x": [2.0]}, outputs=["output_filter"]))
    fails(INVALID_ARGUMENT, "duplicate output tensor alias: y", call, of.predict({"x": [2.0]}, outputs=["y", "y"]))


@check("P12 P13", "another type is the runtime's own error")
def wrong_types(servers):
    call = servers.plain.predictions.Predict
    fails(INVALID_ARGUMENT, "to be float but string is provided", call, of.predict({"x": np.array([b"two"])}))
    fails(INVALID_ARGUMENT, "to be float but bool is provided", call, of.predict({"x": np.array([True])}))


@check("P14", "an unknown signature is FAILED_PRECONDITION")
def unknown_signature(servers):
    fails(FAILED_PRECONDITION, 'Serving signature key "nope" not found.', servers.plain.predictions.Predict,
          of.predict({"x": [2.0]}, signature="nope"))


@check("P15", "a counter: signatures without inputs, and state between requests")
def counter(servers):
    def count(signature, inputs=None, outputs=()):
        request = of.predict(inputs or {}, name="counter", signature=signature, outputs=outputs)
        answer = servers.plain.predictions.Predict(request)
        return int(tf.make_ndarray(answer.outputs["output"]).item())

    equal([count("get_counter"), count("incr_counter"), count("reset_counter"),
           count("incr_counter", outputs=["output"]), count("incr_counter_by", {"delta": np.int64(3)})], [0, 1, 0, 1, 4])


@check("P16 E52", "method names are checked only where the flag says so")
def method_names(servers):
    request = of.predict({"inputs": np.array([of.example(x=2.0).SerializeToString()])}, name="classifier",
                         signature="foreign_method")
    holds("scores" in servers.plain.predictions.Predict(request).outputs, "no scores")
    fails(INTERNAL, "Expected prediction signature method_name to be one of {tensorflow/serving/predict,"
          " tensorflow/serving/classify, tensorflow/serving/regress}. Was: not/supported/method",
          servers.strict.predictions.Predict, request)


@check("P18", "a model of Keras")
def keras(servers):
    answer = servers.plain.predictions.Predict(
        of.predict({"features": [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]}, name="keras"))
    rows = tf.make_ndarray(answer.outputs["output_0"])
    equal(rows.tolist(), [[9.0], [2.5]])


@check("P20", "fields for other servers change nothing")
def unused_fields(servers):
    request = of.predict({"x": [2.0]}, version=123)
    request.predict_streamed_options.request_state = 1
    request.client_id = b"me"
    request.request_options.client_id = b"me"
    request.request_options.deterministic_mode = 1
    equal(list(servers.plain.predictions.Predict(request).outputs["y"].float_val), [3.0])


@check("P21", "two names for one tensor of the graph: both come back")
def twins(servers):
    answer = servers.plain.predictions.Predict(
        of.predict({"numbers": [[1.0, 2.0, 3.0]]}, name="mixed", signature="twins"))
    equal({name: list(value.float_val) for name, value in answer.outputs.items()}, {"first": [6.0], "second": [6.0]})


@check("P22", "inputs that the signature has defaults for")
def defaults(servers):
    call = servers.plain.predictions.Predict
    answer = call(of.predict({"x": [1.0, 1.5]}, name="defaults"))
    equal(list(answer.outputs["y"].float_val), [2.0, 3.0])
    equal(list(answer.outputs["label"].string_val), [b"2.0 kg", b"3.0 kg"])
    answer = call(of.predict({"x": [1.0], "factor": np.float32(3), "unit": np.array(b"m")}, name="defaults"))
    equal(list(answer.outputs["label"].string_val), [b"3.0 m"])
    fails(INVALID_ARGUMENT, "Signature input alias: x(feed name: ", call, of.predict({"factor": np.float32(3)}, name="defaults"))
    fails(INVALID_ARGUMENT, "Inputs contains invalid name. Used request inputs: x, request input: nope,x", call,
          of.predict({"x": [1.0], "nope": [1.0]}, name="defaults"))


@check("", "errors of the run keep the runtime's code and text")
def failing_run(servers):
    fails(INVALID_ARGUMENT, "Could not parse example input", servers.plain.predictions.Predict,
          of.predict({"inputs": np.array([b"\xff\xff"])}, version=123, signature="regress_x_to_y"))
