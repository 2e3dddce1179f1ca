"""What the server says of its models and of itself: metadata, status, health, reflection."""

import requests_of as of
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from harness import INVALID_ARGUMENT, NOT_FOUND, UNIMPLEMENTED, check, equal, fails, holds
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis.get_model_status_pb2 import ModelVersionStatus

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@check("D01 D03 PR-9", "metadata packs every signature, and says which version")
def metadata(servers):
    answer = servers.plain.predictions.GetModelMetadata(of.metadata(version=123))
    equal(list(answer.metadata), ["signature_def"])
    equal(answer.metadata["signature_def"].type_url, "type.googleapis.com/tensorflow.serving.SignatureDefMap")
    equal((answer.model_spec.name, answer.model_spec.version.value, answer.model_spec.signature_name),
          ("half_plus_two", 123, ""))
    signatures = get_model_metadata_pb2.SignatureDefMap()
    holds(answer.metadata["signature_def"].Unpack(signatures), "does not unpack")
    default = signatures.signature_def["serving_default"]
    equal((list(default.inputs), list(default.outputs)), (["x"], ["y"]))
    holds({"regress_x_to_y", "classify_x_to_y"} <= set(signatures.signature_def), "signatures are missing")


@check("D02", "mistakes in a metadata request")
def wrong_metadata(servers):
    call = servers.plain.predictions.GetModelMetadata
    fails(INVALID_ARGUMENT, "GetModelMetadataRequest must specify at least one metadata_field", call, of.metadata(fields=[]))
    fails(INVALID_ARGUMENT, "Metadata field graph is not supported", call, of.metadata(fields=["signature_def", "graph"]))
    fails(NOT_FOUND, "Servable not found for request: Latest(nope)", call, of.metadata("nope"))


@check("S01 S03 PR-9", "status of one version")
def status_of_one(servers):
    answer = servers.plain.models.GetModelStatus(of.status(version=123))
    equal(len(answer.model_version_status), 1)
    one = answer.model_version_status[0]
    equal((one.version, one.state, one.status.error_code, one.status.error_message),
          (123, ModelVersionStatus.AVAILABLE, 0, ""))
    holds(one.HasField("status"), "the status is missing")


@check("S02 S06 MS-3", "status of all versions, the highest first; a label does not matter")
def status_of_all(servers):
    for label in [None, "nope"]:
        answer = servers.plain.models.GetModelStatus(of.status(label=label))
        equal([one.version for one in answer.model_version_status], [124, 123])


@check("S04 MS-2", "status of what never was")
def status_of_nothing(servers):
    call = servers.plain.models.GetModelStatus
    fails(NOT_FOUND, "Could not find any versions of model nope", call, of.status("nope"))
    fails(NOT_FOUND, "Could not find version 9 of model half_plus_two", call, of.status(version=9))


@check("S05", "a load that failed is at its end, with the reason")
def failed_load(servers):
    one = servers.plain.models.GetModelStatus(of.status("broken")).model_version_status[0]
    equal((one.version, one.state), (1, ModelVersionStatus.END))
    holds(one.status.error_code != 0 and one.status.error_message, "no reason")


@check("V04", "health of the server, of its services and of each model")
def health(servers):
    stub = health_pb2_grpc.HealthStub(servers.plain.main)

    def ask(name):
        return stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=60).status

    for name in ["", "ModelService", "PredictionService", "tensorflow.serving.ModelService",
                 "tensorflow.serving.PredictionService", "half_plus_two", "keras"]:
        equal(ask(name), SERVING, name)
    equal(ask("broken"), NOT_SERVING)
    fails(NOT_FOUND, "", stub.Check, health_pb2.HealthCheckRequest(service="nope"))
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="nope"), timeout=60)
    equal(next(watch).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
    watch.cancel()


@check("V04", "reflection lists the services, and their messages can be built from it")
def reflection(servers):
    database = ProtoReflectionDescriptorDatabase(servers.plain.main)
    equal(sorted(database.get_services()),
          ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
           "tensorflow.serving.ModelService", "tensorflow.serving.PredictionService"])
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("tensorflow.serving.PredictionService")
    equal(sorted(service.methods_by_name), ["Classify", "GetModelMetadata", "MultiInference", "Predict", "Regress"])
    fields = service.methods_by_name["Predict"].input_type.fields_by_name["inputs"].message_type
    equal(fields.fields_by_name["value"].message_type.full_name, "tensorflow.TensorProto")


class Generic:
    """A client that knows what the server's reflection says, and nothing else: calls take and give what JSON is."""

    def __init__(self, channel):
        self.channel = channel
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))

    def call(self, service, method, request):
        about = self.pool.FindServiceByName(service).methods_by_name[method]
        send = message_factory.GetMessageClass(about.input_type)
        receive = message_factory.GetMessageClass(about.output_type)
        rpc = self.channel.unary_unary(
            f"/{service}/{method}", request_serializer=send.SerializeToString, response_deserializer=receive.FromString)
        return json_format.MessageToDict(
            rpc(json_format.ParseDict(request, send(), descriptor_pool=self.pool), timeout=60),
            descriptor_pool=self.pool, preserving_proto_field_name=True)


@check("V04", "a client without proto files predicts, and asks for status and health, by reflection alone")
def generic(servers):
    for server in [servers.plain, servers.one]:
        client = Generic(server.main)
        answer = client.call("tensorflow.serving.PredictionService", "Predict", {
            "model_spec": {"name": "half_plus_two", "version": 124},
            "inputs": {"x": {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 2}]}, "float_val": [2, 4]}}})
        equal(answer["outputs"]["y"], {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "2"}]}, "float_val": [4, 5]})
        answer = client.call("tensorflow.serving.ModelService", "GetModelStatus", {
            "model_spec": {"name": "half_plus_two", "version": 124}})
        equal(answer["model_version_status"], [{"version": "124", "state": "AVAILABLE", "status": {}}])
        equal(client.call("grpc.health.v1.Health", "Check", {"service": "half_plus_two"}), {"status": "SERVING"})


@check("V04", "SessionRun is UNIMPLEMENTED")
def session_run(servers):
    for method in ["SessionService/SessionRun", "PredictionService/Nope"]:
        fails(UNIMPLEMENTED, "", servers.plain.main.unary_unary(f"/tensorflow.serving.{method}"), b"")
