"""Which model a request means."""

import requests_of as of
from harness import INVALID_ARGUMENT, NOT_FOUND, check, equal, fails
from tensorflow_serving.apis import classification_pb2, regression_pb2


@check("L01 PR-11", "an unknown model is NOT_FOUND, by a text with the word Servable")
def unknown_model(servers):
    text = fails(NOT_FOUND, "Servable", servers.plain.predictions.Predict, of.predict({"x": [2.0]}, name="nope"))
    equal(text, "Servable not found for request: Latest(nope)")
    fails(NOT_FOUND, "Servable not found for request: Specific(half_plus_two, 9)",
          servers.plain.predictions.Predict, of.predict({"x": [2.0]}, version=9))


@check("L02 MS-1", "no model_spec is INVALID_ARGUMENT, everywhere")
def no_spec(servers):
    stub = servers.plain.predictions
    fails(INVALID_ARGUMENT, "Missing ModelSpec", stub.Predict, of.predict({"x": [2.0]}, name=None))
    fails(INVALID_ARGUMENT, "Missing ModelSpec", stub.Classify, classification_pb2.ClassificationRequest())
    fails(INVALID_ARGUMENT, "Missing ModelSpec", stub.Regress, regression_pb2.RegressionRequest())
    fails(INVALID_ARGUMENT, "Missing ModelSpec", stub.GetModelMetadata, of.metadata(name=None))
    fails(INVALID_ARGUMENT, "Missing ModelSpec", servers.plain.models.GetModelStatus, of.status(name=None))


@check("L03", "an empty name is INVALID_ARGUMENT")
def empty_name(servers):
    stub = servers.plain.predictions
    text = "ModelSpec has no name specified."
    fails(INVALID_ARGUMENT, text, stub.Predict, of.predict({"x": [2.0]}, name=""))
    fails(INVALID_ARGUMENT, text, stub.Classify, of.classify([of.example(x=2.0)], name=""))
    fails(INVALID_ARGUMENT, text, stub.GetModelMetadata, of.metadata(name=""))


@check("L04 L05", "the larger version answers, or the one that is named")
def versions(servers):
    for version, runs, y in [(None, 124, 4.0), (123, 123, 3.0), (124, 124, 4.0)]:
        answer = servers.plain.predictions.Predict(of.predict({"x": [2.0]}, version=version))
        equal(answer.model_spec.version.value, runs)
        equal(list(answer.outputs["y"].float_val), [y])


@check("L06", "labels resolve, and the answer has the number")
def labels(servers):
    for label, runs in [("old", 123), ("new", 124)]:
        answer = servers.plain.predictions.Predict(of.predict({"x": [2.0]}, label=label))
        equal(answer.model_spec.version.value, runs)
        equal(answer.model_spec.version_label, "")


@check("L07 L09", "an unknown label is INVALID_ARGUMENT, of an unknown model too")
def unknown_label(servers):
    for name in ["half_plus_two", "nope"]:
        fails(INVALID_ARGUMENT, "Unrecognized servable version label: x", servers.plain.predictions.Predict,
              of.predict({"x": [2.0]}, name=name, label="x"))


@check("L08", "an empty version is version 0, not the latest")
def version_zero(servers):
    request = of.predict({"x": [2.0]})
    request.model_spec.version.SetInParent()
    fails(NOT_FOUND, "Specific(half_plus_two, 0)", servers.plain.predictions.Predict, request)
