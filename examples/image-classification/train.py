"""Trains a small network on handwritten digits and exports it so that a PNG goes in and a label comes out.

    python train.py              trains, prints the accuracy and writes models/digits/<next version>
    python train.py --images     also writes ten held-out digits to images/, as PNGs that a person can read
"""

import argparse
import csv
import gzip
import os
import pathlib
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras  # noqa: E402  (the environment above must be set before TensorFlow is imported)
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
LABELS = [str(digit) for digit in range(10)]
SIZE = 8
EPOCHS = 40


def load():
    """Pictures [1797,8,8,1] with values from 0 to 1, and their digits."""
    with gzip.open(HERE / "data/digits.csv.gz", "rt") as file:
        rows = np.array(list(csv.reader(file)), np.float32)
    return rows[:, :-1].reshape(-1, SIZE, SIZE, 1) / 16, rows[:, -1].astype(np.int64)


def split(count, seed):
    """Numbers of the rows to train with, and of the fifth that is held out."""
    order = np.random.default_rng(seed).permutation(count)
    return order[count // 5 :], order[: count // 5]


def network():
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.25),
            layers.Dense(len(LABELS), activation="softmax"),
        ]
    )


def train(net, pictures, digits):
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def progress(epoch, logs):
        print(f"epoch {epoch + 1:2d} of {EPOCHS}  loss {logs['loss']:.4f}  accuracy {logs['accuracy']:.4f}", flush=True)

    show = keras.callbacks.LambdaCallback(on_epoch_end=progress)
    net.fit(pictures, digits, batch_size=32, epochs=EPOCHS, verbose=0, callbacks=[show])


def prepared(content):
    """A PNG, JPEG, GIF or BMP of any size as a bright digit on black, 8 by 8."""
    picture = tf.cast(tf.io.decode_image(content, channels=3, expand_animations=False), tf.float32) / 255
    grey = tf.image.rgb_to_grayscale(picture)
    # The training data are bright on black; ink on paper is the other way round.
    grey = tf.cond(tf.reduce_mean(grey) > 0.5, lambda: 1 - grey, lambda: grey)
    return tf.image.resize(grey, [SIZE, SIZE], method=tf.image.ResizeMethod.AREA)


def export(net, directory):
    """`serving_default` takes encoded images, `classify` the same as feature `image_bytes` of tf.Examples."""
    module = tf.Module()
    module.weights = [weight.value for weight in net.weights]
    labels = tf.constant(LABELS)

    def probabilities(images):
        pictures = tf.map_fn(prepared, images, fn_output_signature=tf.TensorSpec([SIZE, SIZE, 1], tf.float32))
        return net(pictures, training=False)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
    def predict(image_bytes):
        found = probabilities(image_bytes)
        return {
            "label": tf.gather(labels, tf.argmax(found, 1)),
            "probability": tf.reduce_max(found, 1),
            "probabilities": found,
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classify(inputs):
        feature = {"image_bytes": tf.io.FixedLenFeature([], tf.string)}
        found = probabilities(tf.io.parse_example(inputs, feature)["image_bytes"])
        scores, places = tf.math.top_k(found, len(LABELS))
        return {"classes": tf.gather(labels, places), "scores": scores}

    module.predict = predict
    module.classify = classify
    options = tf.saved_model.SaveOptions(experimental_debug_stripper=True)
    signatures = {"serving_default": predict, "classify": classify}
    tf.saved_model.save(module, str(directory), signatures=signatures, options=options)


def publish(net, base):
    """Exports as the next version; it appears by one rename, so a server that watches takes it whole."""
    base.mkdir(parents=True, exist_ok=True)
    versions = [int(path.name) for path in base.iterdir() if path.name.isdecimal()]
    target = base / str(max(versions, default=0) + 1)
    with tempfile.TemporaryDirectory(prefix=".exporting-", dir=base) as scratch:
        written = pathlib.Path(scratch) / "model"
        export(net, written)
        written.rename(target)
    return target


def enlarged(picture, size):
    """A picture of 8 by 8 as one that a person can read, with bytes for pixels."""
    large = tf.image.resize(picture, [size, size], method=tf.image.ResizeMethod.BICUBIC)
    return tf.cast(tf.clip_by_value(tf.round(large * 255), 0, 255), tf.uint8)


def accuracy_of_export(directory, pictures, digits):
    """What a client would find: pictures as PNGs, and the exported graph reads them."""
    loaded = tf.saved_model.load(str(directory))
    images = tf.stack([tf.io.encode_png(enlarged(picture, 64)) for picture in pictures])
    found = loaded.signatures["serving_default"](image_bytes=images)["label"]
    return np.mean(found.numpy().astype(np.int64) == digits)


def write_images(pictures, digits, folder):
    """The first picture of each digit, and one as dark ink on white paper, larger and a JPEG in colours."""
    first = [pictures[np.argmax(digits == digit)] for digit in range(len(LABELS))]
    for digit, picture in enumerate(first):
        (folder / f"digit-{digit}.png").write_bytes(tf.io.encode_png(enlarged(picture, 64)).numpy())
    paper = tf.image.grayscale_to_rgb(255 - enlarged(first[4], 160))
    (folder / "paper-4.jpg").write_bytes(tf.io.encode_jpeg(tf.maximum(paper, [20, 40, 120])).numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "models/digits", help="base path of the model")
    parser.add_argument("--images", action="store_true", help="write held-out digits as PNGs")
    parser.add_argument("--seed", type=int, default=1, help="of the split and of the training")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    pictures, digits = load()
    training, held_out = split(len(digits), arguments.seed)
    net = network()
    print(f"{len(training)} pictures to train with, {len(held_out)} held out, {net.count_params():,} weights")
    train(net, pictures[training], digits[training])
    _, accuracy = net.evaluate(pictures[held_out], digits[held_out], verbose=0)
    print(f"accuracy on the {len(held_out)} pictures that were held out: {accuracy:.4f}")
    if arguments.images:
        write_images(pictures[held_out], digits[held_out], HERE / "images")
    directory = publish(net, arguments.output.resolve())
    accuracy = accuracy_of_export(directory, pictures[held_out], digits[held_out])
    print(f"the same of the export, from PNGs of 64 by 64: {accuracy:.4f}")
    print(f"wrote {directory}")


if __name__ == "__main__":
    main()
