"""Makes the image network that the measurements serve: a CNN of the size of MobileNet, with random weights.

The weights come from a seed, so the answers mean nothing but are the same each time. See ../README.md for the command.
"""

import argparse
import os
import pathlib
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras  # noqa: E402  (the environment above must be set before TensorFlow is imported)
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "target/models/cnn"
SIZE = 224
CLASSES = 1000

# Filters and stride of each separable block.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]

# With Keras's own choice nothing of the image would reach the end, and every answer would be the same.
HE = "he_normal"
HE_OF_NINE = {"class_name": "RandomNormal", "config": {"stddev": (2 / 9) ** 0.5}}


def network():
    """Floats from -1 to 1 in, probabilities out; 4.2 million weights, 0.57 billion multiplications an image."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = activated(layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, kernel_initializer=HE)(image))
    for filters, stride in BLOCKS:
        depth = {"strides": stride, "padding": "same", "use_bias": False, "depthwise_initializer": HE_OF_NINE}
        x = activated(layers.DepthwiseConv2D(3, **depth)(x))
        x = activated(layers.Conv2D(filters, 1, use_bias=False, kernel_initializer=HE)(x))
    x = layers.GlobalAveragePooling2D()(x)
    classes = layers.Dense(CLASSES, activation="softmax", kernel_initializer=HE, name="probabilities")
    return keras.Model(image, classes(x), name="cnn")


def activated(x):
    return layers.ReLU(6)(layers.BatchNormalization()(x))


def export(net, directory):
    module = tf.Module()
    # Keras 3.15 would save every weight twice with TensorFlow 2.18, and a server would load both.
    module.weights = [weight.value for weight in net.weights]

    @tf.function(input_signature=[tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32, name="image")])
    def from_floats(image):
        return {"probabilities": net(image, training=False)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def from_bytes(image_bytes):
        images = tf.map_fn(decoded, image_bytes, fn_output_signature=tf.TensorSpec([SIZE, SIZE, 3], tf.float32))
        return {"probabilities": net(images, training=False)}

    module.from_floats = from_floats
    module.from_bytes = from_bytes
    signatures = {"serving_default": from_floats, "bytes": from_bytes}
    tf.saved_model.save(module, str(directory), signatures=signatures)


def decoded(content):
    """A JPEG, PNG, GIF or BMP of any size as floats from -1 to 1."""
    pixels = tf.io.decode_image(content, channels=3, expand_animations=False)
    return tf.image.resize(pixels, [SIZE, SIZE]) / 127.5 - 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT, help="base path; the model is its version 1")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    net = network()
    target = arguments.output.resolve() / "1"
    target.parent.mkdir(parents=True, exist_ok=True)
    # A server may be watching, so the version appears by one rename.
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as scratch:
        written = pathlib.Path(scratch) / "1"
        export(net, written)
        shutil.rmtree(target, ignore_errors=True)
        written.rename(target)
    print(f"{target}: {net.count_params():,} weights")


if __name__ == "__main__":
    main()
