"""Models in which row i of each answer depends on row i of each input alone: requests may share a run."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from saving import DEFAULT, PREDICT, Loaded, image_file, save_graph, save_keras, save_module, signature

v1 = tf.compat.v1
raw = tf.raw_ops
layers = keras.layers

WORDS = ["red", "green", "blue", "apple", "pear", "straße", "水"]


def weights(*shape):
    """The same small numbers in each making."""
    count = int(np.prod(shape))
    return (np.sin(np.arange(1, count + 1) * 1.7) * 0.5).astype(np.float32).reshape(shape)


def save_net(net, directory):
    """A Keras model with weights of ours."""
    own = [weights(*variable.shape) for variable in net.weights]
    net.set_weights([abs(w) if "variance" in v.name else w for v, w in zip(net.weights, own)])
    save_keras(net, directory)


def mlp(directory, _):
    x = keras.Input((4,), name="x")
    y = layers.Dense(8, activation="relu", name="first")(x)
    y = layers.Dropout(0.5, seed=1, name="dropout")(y)
    y = layers.Dense(6, activation="gelu", name="second")(y)
    y = layers.Dense(3, activation="softmax", name="last")(y)
    save_net(keras.Model(x, y, name="mlp"), directory)


def cnn(directory, _):
    image = keras.Input((8, 8, 3), name="image")
    y = layers.Conv2D(4, 3, padding="same", name="conv")(image)
    y = layers.BatchNormalization(name="norm")(y)
    y = layers.ReLU(6.0, name="relu")(y)
    y = layers.MaxPooling2D(name="pool")(y)
    y = layers.DepthwiseConv2D(3, name="depthwise")(y)
    y = layers.ZeroPadding2D(1, name="pad")(y)
    y = layers.AveragePooling2D(2, name="average")(y)
    flat = layers.Flatten(name="flat")(y)
    mean = layers.GlobalAveragePooling2D(name="mean")(y)
    y = layers.Concatenate(name="both")([flat, mean])
    save_net(keras.Model(image, layers.Dense(2, name="last")(y), name="cnn"), directory)


def embedding(directory, _):
    ids = keras.Input((5,), dtype="int32", name="ids")
    y = layers.Embedding(20, 4, name="table")(ids)
    y = layers.GlobalAveragePooling1D(name="mean")(y)
    save_net(keras.Model(ids, layers.Dense(2, activation="tanh", name="last")(y), name="embedding"), directory)


def lstm(directory, _):
    series = keras.Input((None, 3), name="series")
    y = layers.LSTM(4, seed=1, return_sequences=True, name="first")(series)
    y = layers.LSTM(3, seed=1, name="second")(y)
    save_net(keras.Model(series, layers.Dense(1, name="last")(y), name="lstm"), directory)


def softmax(directory, _):
    """As TensorFlow 1 exports it: a graph without functions."""
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        w = v1.get_variable("w", [4, 5], initializer=v1.zeros_initializer(), use_resource=True)
        b = v1.get_variable("b", [5], initializer=v1.zeros_initializer(), use_resource=False)
        session.run(v1.global_variables_initializer())
        session.run([w.assign(weights(4, 5)), b.assign(weights(5))])
        logits = v1.nn.bias_add(x @ w, b)
        best, place = tf.math.top_k(logits, 2)
        outputs = {
            "probabilities": tf.nn.softmax(logits),
            "log_probabilities": tf.nn.log_softmax(logits),
            "best": best,
            "place": place,
            "first": tf.argmax(logits, 1),
            "running": tf.cumsum(logits, 1),
            "sum": tf.reduce_sum(logits, -1),
        }
        save_graph(session, directory, {DEFAULT: signature(PREDICT, {"x": x}, outputs)})


def lookup(directory, _):
    vocabulary = pathlib.Path("colours.txt")
    vocabulary.write_text("".join(word + "\n" for word in WORDS), encoding="utf-8")
    module = tf.Module()
    files = tf.lookup.TextFileInitializer(
        str(vocabulary), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    module.table = tf.lookup.StaticVocabularyTable(files, 3)
    module.vectors = tf.Variable(weights(10, 2), name="vectors")

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.string, name="words")])
    def find(words):
        ids = module.table.lookup(words)
        return {"ids": ids, "mean": tf.reduce_mean(tf.nn.embedding_lookup(module.vectors, ids), 1)}

    module.find = find
    save_module(module, directory, {DEFAULT: find})


def words(directory, _):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def describe(text):
        plain = tf.strings.lower(tf.strings.strip(text), "utf-8")
        return {
            "plain": tf.strings.regex_replace(plain, "[^a-z]+", "-"),
            "start": tf.strings.substr(text, 0, 2),
            "length": tf.strings.length(plain, "UTF8_CHAR"),
            "bucket": tf.strings.to_hash_bucket_fast(plain, 100),
            "fruit": tf.strings.regex_full_match(plain, "apple|pear"),
            "tagged": tf.strings.join([plain, "tag"], ":"),
        }

    module.describe = describe
    save_module(module, directory, {DEFAULT: describe})


def many_ports(directory, _):
    """Four inputs and five outputs of different types and ranks."""
    module = tf.Module()
    specs = {
        "count": tf.TensorSpec([None], tf.int64, name="count"),
        "flags": tf.TensorSpec([None, 2], tf.bool, name="flags"),
        "grid": tf.TensorSpec([None, 2, 3], tf.float64, name="grid"),
        "label": tf.TensorSpec([None], tf.string, name="label"),
    }

    @tf.function(input_signature=list(specs.values()))
    def combine(count, flags, grid, label):
        wide = tf.cast(count, tf.float64)
        return {
            "all": tf.reduce_all(flags, 1),
            "scaled": grid * wide[:, tf.newaxis, tf.newaxis],
            "twice": 2 * count,
            "text": tf.strings.join([label, "=", tf.as_string(count)]),
            "kept": tf.where(flags, grid[:, :, 0], -grid[:, :, 1]),
        }

    module.combine = combine
    save_module(module, directory, {DEFAULT: combine})


def attention(directory, _):
    """A block of a transformer, with Reshape, Transpose and batched products, and one of Keras after it."""
    x = keras.Input((5, 8), name="x")
    y = OwnAttention(name="own")(x)
    y = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([x, y]))
    y = layers.MultiHeadAttention(2, 4, name="heads")(y, y)
    y = layers.Dense(8, activation="gelu", name="dense")(y)
    save_net(keras.Model(x, layers.LayerNormalization(name="last")(y), name="attention"), directory)


class OwnAttention(layers.Layer):
    """Two heads of four, as it is written by hand: the number of rows is asked for with tf.shape."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(8, 24), name="qkv")

    def call(self, x):
        rows, steps = tf.shape(x)[0], tf.shape(x)[1]
        product = tf.matmul(tf.reshape(x, [-1, 8]), self.kernel)
        split = tf.transpose(tf.reshape(product, [rows, steps, 3, 2, 4]), [2, 0, 3, 1, 4])
        query, key, value = tf.unstack(split)
        scores = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) * 0.5)
        return tf.reshape(tf.transpose(tf.matmul(scores, value), [0, 2, 1, 3]), [rows, steps, 8])


def preprocessing(directory, _):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, name="kind"), tf.TensorSpec([None, 3], tf.float32, name="x")])
    def prepare(kind, x):
        clean = tf.where(tf.math.is_nan(x), tf.zeros_like(x), x)
        bucket = raw.Bucketize(input=clean, boundaries=[-1.0, 0.0, 1.0])
        rows = tf.shape(x)[0]
        position = tf.fill([rows, 1], 0.5)
        code = tf.one_hot(kind, 20)
        return {"features": tf.concat([code, clean, tf.cast(bucket, tf.float32), position, tf.ones([rows, 2])], 1)}

    module.prepare = prepare
    save_module(module, directory, {DEFAULT: prepare})


def columns(directory, _):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="a"), tf.TensorSpec([None, 2], tf.float32, name="b")])
    def normalise(a, b):
        a = tf.clip_by_value((a - [1.0, 2.0, 3.0]) / [1.0, 0.5, 2.0], -2.0, 2.0)
        left, right = tf.split(b, 2, 1)
        joined = tf.concat([a, tf.math.log1p(tf.abs(left)), right[:, ::-1], a[:, 1:2] * b[:, 0:1]], -1)
        return {"y": tf.stack([joined, tf.reverse(joined, [1])], 1), "total": tf.add_n([a[:, 0], b[:, 1]])}

    module.normalise = normalise
    save_module(module, directory, {DEFAULT: normalise})


def parsed(directory, _):
    """tf.Examples with x (three floats), n (an int, else 0) and word (bytes, else empty)."""
    module = tf.Module()
    module.kernel = tf.Variable(weights(4, 2), name="kernel")
    features = {
        "x": tf.io.FixedLenFeature([3], tf.float32),
        "n": tf.io.FixedLenFeature([], tf.int64, default_value=0),
        "word": tf.io.FixedLenFeature([], tf.string, default_value=""),
    }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def score(examples):
        found = tf.io.parse_example(examples, features)
        x = tf.concat([found["x"], tf.cast(found["n"], tf.float32)[:, tf.newaxis]], 1)
        return {"scores": tf.nn.sigmoid(x @ module.kernel), "classes": tf.stack([found["word"], tf.as_string(found["n"])], 1)}

    module.score = score
    save_module(module, directory, {DEFAULT: score})


MODELS = {
    ("mlp", 1): mlp,
    ("cnn", 1): cnn,
    ("embedding", 1): embedding,
    ("lstm", 1): lstm,
    ("softmax", 1): softmax,
    ("lookup", 1): lookup,
    ("words", 1): words,
    ("many_ports", 1): many_ports,
    ("attention", 1): attention,
    ("preprocessing", 1): preprocessing,
    ("columns", 1): columns,
    ("parsed", 1): parsed,
}


def check(output):
    for name, version in MODELS:
        check_row_wise(Loaded(output, name, version))


def check_row_wise(model, name=DEFAULT, rows=5):
    """The answer to several rows is the answers to one row each, in order."""
    random = np.random.default_rng(1)
    inputs = {alias: value_of(alias, info, rows, random) for alias, info in model.signatures[name].inputs.items()}
    together = model(name, inputs)
    singly = [model(name, {alias: value[i : i + 1] for alias, value in inputs.items()}) for i in range(rows)]
    for alias, whole in together.items():
        joined = np.concatenate([single[alias] for single in singly])
        print(f"{model.title} {name} -> {alias} {whole.dtype}{whole.shape}: {whole.flatten()[:3]}")
        same = np.allclose(whole, joined, 1e-5, 1e-6) if whole.dtype.kind == "f" else np.array_equal(whole, joined)
        assert same, f"{model.title} {name} {alias}"
        assert len({str(row) for row in whole}) > 1, f"{model.title} {name} {alias} is the same for each row"


def value_of(alias, info, rows, random):
    if alias == "examples":
        return np.array([row_example(i, random) for i in range(rows)])
    if alias == "image_bytes":
        return np.array([image_file(1 + i % 3, 4 - i % 2, i) for i in range(rows)])
    shape = [rows] + [4 if dim.size < 0 else dim.size for dim in info.tensor_shape.dim[1:]]
    dtype = tf.as_dtype(info.dtype)
    if dtype == tf.string:
        return random.choice([word.encode() for word in WORDS + ["Apple ", "Other"]], shape)
    if dtype.is_floating:
        return random.normal(size=shape).astype(dtype.as_numpy_dtype)
    return random.integers(0, 2 if dtype == tf.bool else 20, shape).astype(dtype.as_numpy_dtype)


def row_example(i, random):
    values = tf.train.FloatList(value=random.normal(size=3))
    features = {"x": tf.train.Feature(float_list=values)}
    if i % 2:
        features["word"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[WORDS[i].encode()]))
        features["n"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[i]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
