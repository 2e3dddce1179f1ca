#!/usr/bin/env python3
"""Asks the server over gRPC what digits images show.

Needs either TensorFlow Serving's package (pip install tensorflow-serving-api), or only
pip install grpcio grpcio-tools and this checkout, whose .proto files it then reads.
"""

import argparse
import os
import pathlib
import sys

import grpc

try:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
except ModuleNotFoundError:
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "proto/src/main/protobuf"))
    predict_pb2 = grpc.protos("tensorflow_serving/apis/predict.proto")
    prediction_service_pb2_grpc = grpc.services("tensorflow_serving/apis/prediction_service.proto")

DT_STRING = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="+", help="PNG or JPEG")
    parser.add_argument("--server", default="localhost:8500")
    parser.add_argument("--timeout", type=float, default=10, help="seconds")
    arguments = parser.parse_args()
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "digits"
    # All images in one request: a tensor of strings, one for each.
    tensor = request.inputs["image_bytes"]
    tensor.dtype = DT_STRING
    tensor.tensor_shape.dim.add(size=len(arguments.image))
    tensor.string_val.extend(read(image) for image in arguments.image)
    with grpc.insecure_channel(arguments.server) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            outputs = service.Predict(request, arguments.timeout).outputs
        except grpc.RpcError as error:
            sys.exit(f"{arguments.server} answers {error.code().name}: {error.details()}")
    for image, label, probability in zip(
        arguments.image, outputs["label"].string_val, outputs["probability"].float_val
    ):
        print(f"{image}: {label.decode()} ({probability:.1%})")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")


if __name__ == "__main__":
    main()
