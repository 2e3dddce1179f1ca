"""How the models are written, and how the checks load them again."""

from unittest import mock

import numpy as np
import tensorflow as tf
from keras.src.export import saved_model_export_archive
from tensorflow.core.protobuf import saved_model_pb2

v1 = tf.compat.v1

PREDICT = "tensorflow/serving/predict"
CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"
DEFAULT = "serving_default"


def signature(method, inputs, outputs):
    info = v1.saved_model.build_tensor_info
    return v1.saved_model.build_signature_def(
        inputs={name: info(tensor) for name, tensor in inputs.items()},
        outputs={name: info(tensor) for name, tensor in outputs.items()},
        method_name=method,
    )


def save_graph(session, directory, signatures, assets=None):
    builder = v1.saved_model.Builder(str(directory))
    builder.add_meta_graph_and_variables(
        session,
        [v1.saved_model.tag_constants.SERVING],
        signature_def_map=signatures,
        assets_collection=assets,
        strip_default_attrs=True,
    )
    builder.save()


def save_module(module, directory, signatures):
    options = tf.saved_model.SaveOptions(experimental_debug_stripper=True)
    tf.saved_model.save(module, str(directory), signatures=signatures, options=options)


def save_keras(net, directory):
    # Keras takes the variables from a set, in an order that changes from process to process.
    listed = saved_model_export_archive._list_variables_used_by_fns

    def in_order(functions):
        return tuple(sorted(variables, key=lambda variable: variable.name) for variables in listed(functions))

    with mock.patch.object(saved_model_export_archive, "_list_variables_used_by_fns", in_order):
        net.export(str(directory), verbose=False)


def settle(directory):
    """Takes out what differs from one making to the next."""
    path = directory / "saved_model.pb"
    message = saved_model_pb2.SavedModel()
    message.ParseFromString(path.read_bytes())
    path.write_bytes(message.SerializeToString(deterministic=True))
    # It holds a random number, and nothing needs it to load.
    (directory / "fingerprint.pb").unlink(missing_ok=True)


class Loaded:
    def __init__(self, output, name, version):
        self.title = f"{name}/{version}"
        self.session = v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            meta = v1.saved_model.load(self.session, ["serve"], str(output / name / str(version)))
        self.signatures = meta.signature_def

    def __call__(self, signature_name, feeds, timeout_millis=0):
        """Runs the signature and gives all its outputs by alias."""
        chosen = self.signatures[signature_name]
        fetches = {alias: info.name for alias, info in chosen.outputs.items()}
        feed_dict = {chosen.inputs[alias].name: value for alias, value in feeds.items()}
        options = v1.RunOptions(timeout_in_ms=timeout_millis)
        return self.session.run(fetches, feed_dict, options=options)

    def expect(self, signature_name, feeds, wanted):
        answer = {alias: value.tolist() for alias, value in self(signature_name, feeds).items()}
        print(f"{self.title} {signature_name} {feeds} -> {answer}")
        assert answer == wanted, f"{self.title} {signature_name}: {answer} instead of {wanted}"


def example(**features):
    """A serialised tf.Example: floats, ints and bytes become features of that kind."""
    feature = {name: feature_of(value) for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def image_file(height, width, first):
    """A PNG; `first` is its first byte of colour."""
    pixels = (np.arange(height * width * 3) * 37 + first * 50) % 256
    return tf.io.encode_png(pixels.reshape(height, width, 3).astype(np.uint8)).numpy()


def feature_of(value):
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    if isinstance(value, int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))


def times_out(model, name, feeds):
    try:
        model(name, feeds, timeout_millis=50)
    except tf.errors.DeadlineExceededError:
        print(f"{model.title} {name} {feeds} timed out, as it should")
        return
    raise AssertionError(f"{model.title} {name} did not time out")
