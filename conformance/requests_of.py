"""Requests as a user of the official packages writes them."""

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    predict_pb2,
    regression_pb2,
)

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"


def spec(message, name="half_plus_two", version=None, label=None, signature=""):
    message.name = name
    message.signature_name = signature
    if version is not None:
        message.version.value = version
    if label is not None:
        message.version_label = label


def predict(inputs, name="half_plus_two", outputs=(), **more):
    """Inputs are TensorProtos, or what numpy makes an array of; floats become float32."""
    request = predict_pb2.PredictRequest()
    if name is not None:
        spec(request.model_spec, name, **more)
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(tensor(value))
    request.output_filter.extend(outputs)
    return request


def tensor(value):
    if isinstance(value, tensor_pb2.TensorProto):
        return value
    array = np.asarray(value)
    return tf.make_tensor_proto(array.astype(np.float32) if array.dtype == np.float64 else array)


def example(**features):
    message = tf.train.Example()
    for key, value in features.items():
        feature = message.features.feature[key]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        elif isinstance(value, int):
            feature.int64_list.value.append(value)
        else:
            feature.float_list.value.append(value)
    return message


def fill(target, examples, context=None):
    if context is None:
        target.example_list.examples.extend(examples)
    else:
        target.example_list_with_context.examples.extend(examples)
        target.example_list_with_context.context.CopyFrom(context)


def classify(examples, context=None, name="half_plus_two", **more):
    request = classification_pb2.ClassificationRequest()
    spec(request.model_spec, name, **more)
    fill(request.input, examples, context)
    return request


def regress(examples, context=None, name="half_plus_two", **more):
    request = regression_pb2.RegressionRequest()
    spec(request.model_spec, name, **more)
    fill(request.input, examples, context)
    return request


def multi(tasks, examples=()):
    """Tasks are (method name, signature) or (method name, signature, model, version)."""
    request = inference_pb2.MultiInferenceRequest()
    for method, signature, *more in tasks:
        task = request.tasks.add()
        task.method_name = method
        name = more[0] if more else "half_plus_two"
        spec(task.model_spec, name, version=more[1] if len(more) > 1 else None, signature=signature)
    if examples:
        fill(request.input, examples)
    return request


def metadata(name="half_plus_two", fields=("signature_def",), **more):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    if name is not None:
        spec(request.model_spec, name, **more)
    request.metadata_field.extend(fields)
    return request


def status(name="half_plus_two", **more):
    request = get_model_status_pb2.GetModelStatusRequest()
    if name is not None:
        spec(request.model_spec, name, **more)
    return request
