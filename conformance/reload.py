"""Other models for a running server: HandleReloadConfigRequest. Leaves the models as they were."""

import requests_of as of
from google.protobuf import text_format
from harness import FAILED_PRECONDITION, INVALID_ARGUMENT, NOT_FOUND, UNKNOWN, check, equal, fails, holds
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.config import model_server_config_pb2


def request(folder, more="", without=(), metrics=()):
    """The config that the servers began with, without some models, with some more."""
    lines = ["model_config_list {", more, "}"]
    config = text_format.Parse("\n".join(lines), model_server_config_pb2.ModelServerConfig())
    began = text_format.Parse(folder.config.read_text(), model_server_config_pb2.ModelServerConfig())
    config.model_config_list.config.extend(
        one for one in began.model_config_list.config if one.name not in without)
    return model_management_pb2.ReloadConfigRequest(config=config, metric_names=metrics)


def predicts(servers, name, **more):
    return servers.plain.predictions.Predict(of.predict({"x": [2.0]}, name=name, **more)).model_spec.version.value


@check("H01 H02 H12 SC-22", "a model comes, serves when the call returns, and goes; metrics that nobody knows are 0")
def add_and_remove(servers):
    call = servers.plain.models.HandleReloadConfigRequest
    more = servers.folder.entry("half_plus_three", "").replace("'half_plus_three'", "'another'", 1)
    answer = call(request(servers.folder, more, metrics=["a", "b", "a"]), timeout=60)
    holds(answer.HasField("status"), "the status is missing")
    equal((answer.status.error_code, answer.status.error_message), (0, ""))
    equal(sorted((metric.name, metric.int64_value_increase) for metric in answer.metric), [("a", 0), ("b", 0)])
    equal(predicts(servers, "another"), 123)
    equal(predicts(servers, "half_plus_two"), 124)
    for _ in range(2):
        call(request(servers.folder), timeout=60)
    equal(predicts(servers, "half_plus_two"), 124)


@check("H05 H07 H08", "what is wrong with a list is refused, and nothing has changed")
def refused(servers):
    call = servers.plain.models.HandleReloadConfigRequest
    half = servers.folder.entry("half_plus_two", "")
    fails(INVALID_ARGUMENT, "Illegal to list model half_plus_two multiple times in config list",
          call, request(servers.folder, half))
    for name, text, field in [
            ("x", "Expected model x to have an absolute path or URI; got base_path()=models",
             "base_path: 'models' model_platform: 'tensorflow'"),
            ("x", "Illegal setting neither ModelServerConfig::model_type", "base_path: '/m'"),
            ("x", "Illegal setting both ModelServerConfig::model_type",
             "base_path: '/m' model_platform: 'tensorflow' model_type: TENSORFLOW"),
            ("x", "Model x requests unsupported platform torch", "base_path: '/m' model_platform: 'torch'"),
            ("half_plus_two", "Illegal to change a model's platform", "base_path: '/m' model_platform: 'torch'")]:
        fails(INVALID_ARGUMENT, text, call,
              request(servers.folder, f"config {{ name: '{name}' {field} }}", without=["half_plus_two"]))
    empty = model_management_pb2.ReloadConfigRequest()
    fails(INVALID_ARGUMENT, "ServerModelConfig type not supported by HandleReloadConfigRequest", call, empty)
    empty.config.custom_model_config.SetInParent()
    fails(INVALID_ARGUMENT, "Only ModelConfigList is currently supported", call, empty)
    equal(predicts(servers, "half_plus_two"), 124)


@check("H09", "a label of a version that is not available is refused, and the old labels go on")
def label(servers):
    call = servers.plain.models.HandleReloadConfigRequest
    entry = servers.folder.entry(
        "half_plus_two", "model_version_policy { all {} } version_labels { key: 'old' value: 9 }")
    fails(FAILED_PRECONDITION,
          "Request to assign label to version 9 of model half_plus_two, which is not currently available for inference",
          call, request(servers.folder, entry, without=["half_plus_two"]))
    equal(predicts(servers, "half_plus_two", label="old"), 123)


@check("H11", "a model that does not load is UNKNOWN; the others serve")
def does_not_load(servers):
    call = servers.plain.models.HandleReloadConfigRequest
    bad = f"config {{ name: 'bad' base_path: '{servers.folder.path}/broken' model_platform: 'tensorflow' }}"
    fails(UNKNOWN, "1 model(s) did not become available: {{{name: bad version: 1} due to error:",
          call, request(servers.folder, bad))
    equal(predicts(servers, "half_plus_two"), 124)
    call(request(servers.folder), timeout=60)
    fails(NOT_FOUND, "Latest(bad)", servers.plain.predictions.Predict, of.predict({"x": [2.0]}, name="bad"))
