"""Models for types, shapes, several inputs and outputs, state, defaults, and other ways to export."""

import keras
import numpy as np
import tensorflow as tf

from saving import DEFAULT, PREDICT, Loaded, save_graph, save_keras, save_module, signature

v1 = tf.compat.v1
raw = tf.raw_ops

# The signature of each type has the name that TensorFlow uses in its error texts.
ALL_TYPES = {
    "half": tf.float16,
    "bfloat16": tf.bfloat16,
    "float": tf.float32,
    "double": tf.float64,
    "int8": tf.int8,
    "int16": tf.int16,
    "int32": tf.int32,
    "int64": tf.int64,
    "uint8": tf.uint8,
    "uint16": tf.uint16,
    "uint32": tf.uint32,
    "uint64": tf.uint64,
    "bool": tf.bool,
    "string": tf.string,
    "complex64": tf.complex64,
    "complex128": tf.complex128,
    "qint8": tf.qint8,
    "quint8": tf.quint8,
    "qint16": tf.qint16,
    "quint16": tf.quint16,
    "qint32": tf.qint32,
    "float8_e5m2": tf.dtypes.experimental.float8_e5m2,
    "float8_e4m3fn": tf.dtypes.experimental.float8_e4m3fn,
    "int4": tf.dtypes.experimental.int4,
    "uint4": tf.dtypes.experimental.uint4,
}


def all_types(directory, _):
    with tf.Graph().as_default(), v1.Session() as session:
        signatures = {}
        for name, dtype in ALL_TYPES.items():
            x = v1.placeholder(dtype, None, name="in_" + name)
            signatures[name] = signature(PREDICT, {"x": x}, {"y": tf.identity(x, name="out_" + name)})
        save_graph(session, directory, signatures)


def shapes(directory, _):
    """y = 2 x under four declared shapes."""
    declared = {"fixed": [2, 3], "batch": [None, 3], "any": None, "scalar": []}
    with tf.Graph().as_default(), v1.Session() as session:
        signatures = {}
        for name, shape in declared.items():
            x = v1.placeholder(tf.float32, shape, name="in_" + name)
            signatures[name] = signature(PREDICT, {"x": x}, {"y": tf.multiply(x, 2.0, name="out_" + name)})
        save_graph(session, directory, signatures)


def mixed(directory, _):
    """Two inputs of different types and ranks; of the three outputs, `columns` has another first dimension."""
    with tf.Graph().as_default(), v1.Session() as session:
        numbers = v1.placeholder(tf.float32, [None, 3], name="numbers")
        words = v1.placeholder(tf.string, [None], name="words")
        total = tf.reduce_sum(numbers, 1, name="total")
        tagged = tf.strings.join([words, "=", tf.as_string(total, precision=1)], name="tagged")
        columns = tf.reduce_sum(numbers, 0, name="columns")
        inputs = {"numbers": numbers, "words": words}
        signatures = {
            DEFAULT: signature(PREDICT, inputs, {"total": total, "tagged": tagged, "columns": columns}),
            "rows": signature(PREDICT, inputs, {"total": total, "tagged": tagged}),
            "twins": signature(PREDICT, {"numbers": numbers}, {"first": total, "second": total}),
        }
        save_graph(session, directory, signatures)


def counter(directory, _):
    """A count that starts at 0 in each loaded copy."""
    with tf.Graph().as_default(), v1.Session() as session:
        count = v1.get_variable("count", [], tf.int64, v1.zeros_initializer(), use_resource=True)
        session.run(v1.global_variables_initializer())
        delta = v1.placeholder(tf.int64, [], name="delta")
        x = v1.placeholder(tf.float32, [None], name="x")
        # Adds and reads under one lock, so two runs at once never get the same number.
        number = raw.ResourceCountUpTo(resource=count.handle, limit=2**62, T=tf.int64) + 1
        signatures = {
            DEFAULT: signature(PREDICT, {"x": x}, {"run": tf.fill(tf.shape(x), number), "y": tf.identity(x)}),
            "get_counter": signature(PREDICT, {}, {"output": count.read_value()}),
            "incr_counter": signature(PREDICT, {}, {"output": number}),
            "incr_counter_by": signature(PREDICT, {"delta": delta}, {"output": tf.identity(count.assign_add(delta))}),
            "reset_counter": signature(PREDICT, {}, {"output": tf.identity(count.assign(0))}),
        }
        save_graph(session, directory, signatures)


def ragged(directory, _):
    """Rows of different lengths: TensorFlow 2 gives a signature their flat values and row splits."""
    module = tf.Module()
    rows = [tf.RaggedTensorSpec([None, None], tf.float32, ragged_rank=1)]

    @tf.function(input_signature=rows)
    def total(values):
        return {"total": tf.reduce_sum(values, 1)}

    @tf.function(input_signature=rows)
    def doubled(values):
        return {"doubled": 2.0 * values}

    @tf.function(input_signature=[tf.SparseTensorSpec([None, 4], tf.float32)])
    def dense(values):
        return {"dense": tf.sparse.to_dense(values)}

    module.total = total
    module.doubled = doubled
    module.dense = dense
    save_module(module, directory, {DEFAULT: total, "doubled": doubled, "sparse": dense})


def defaults(directory, _):
    """y = x * factor, and the same with a unit as a text; factor and unit need not be sent."""
    module = tf.Module()
    specs = [
        tf.TensorSpec([None], tf.float32, name="x"),
        tf.TensorSpec([], tf.float32, name="factor"),
        tf.TensorSpec([], tf.string, name="unit"),
    ]

    @tf.function(input_signature=specs)
    def scale(x, factor=tf.constant(2.0), unit=tf.constant("kg")):
        y = x * factor
        return {"y": y, "label": tf.strings.join([tf.as_string(y, precision=1), " ", unit])}

    module.scale = scale
    save_module(module, directory, {DEFAULT: scale})


def keras_net(directory, _):
    """3-2-1 with a ReLU, exported by Keras 3: price = 1 + 2 relu(a + c) + 3 relu(b - c + 0.5)."""
    features = keras.Input((3,), name="features")
    hidden = keras.layers.Dense(2, activation="relu", name="hidden")(features)
    price = keras.layers.Dense(1, name="price")(hidden)
    net = keras.Model(features, price, name="net")
    weights = [[[1, 0], [0, 1], [1, -1]], [0, 0.5], [[2], [3]], [1]]
    net.set_weights([np.array(each, np.float32) for each in weights])
    save_keras(net, directory)


MODELS = {
    ("all_types", 1): all_types,
    ("shapes", 1): shapes,
    ("mixed", 1): mixed,
    ("counter", 1): counter,
    ("ragged", 1): ragged,
    ("defaults", 1): defaults,
    ("keras", 1): keras_net,
}


def check(output):
    check_all_types(Loaded(output, "all_types", 1))
    check_shapes(Loaded(output, "shapes", 1))
    check_mixed(Loaded(output, "mixed", 1))
    check_counter(Loaded(output, "counter", 1))
    check_ragged(Loaded(output, "ragged", 1))
    check_defaults(Loaded(output, "defaults", 1))
    model = Loaded(output, "keras", 1)
    for name in (DEFAULT, "serve"):
        # hidden: relu(1 + 3) and relu(2 - 3 + 0.5); then relu(-1 + 0) and relu(2 - 0 + 0.5).
        model.expect(name, {"features": [[1, 2, 3], [-1, 2, 0]]}, {"output_0": [[9.0], [8.5]]})


def check_all_types(model):
    assert set(model.signatures) == set(ALL_TYPES)
    for name, dtype in ALL_TYPES.items():
        values = np.array([b"a", b"\xff"] if dtype == tf.string else [1, 0])
        answer = model(name, {"x": values.astype(dtype.as_numpy_dtype)})["y"]
        print(f"{model.title} {name} {values} -> {answer}")
        assert answer.astype(values.dtype).tolist() == values.tolist(), name
        assert tf.as_dtype(model.signatures[name].inputs["x"].dtype) == dtype


def check_shapes(model):
    model.expect("fixed", {"x": [[1, 2, 3], [4, 5, 6]]}, {"y": [[2, 4, 6], [8, 10, 12]]})
    model.expect("batch", {"x": [[1, 2, 3]]}, {"y": [[2, 4, 6]]})
    model.expect("any", {"x": [[[1.5]]]}, {"y": [[[3]]]})
    model.expect("scalar", {"x": 1.5}, {"y": 3})


def check_mixed(model):
    inputs = {"numbers": [[1, 2, 3], [4, 5, 6.5]], "words": ["a", "b"]}
    rows = {"total": [6, 15.5], "tagged": [b"a=6.0", b"b=15.5"]}
    model.expect(DEFAULT, inputs, rows | {"columns": [5, 7, 9.5]})
    model.expect("rows", inputs, rows)
    model.expect("twins", {"numbers": [[1, 2, 3]]}, {"first": [6], "second": [6]})


def check_counter(model):
    model.expect("get_counter", {}, {"output": 0})
    model.expect("incr_counter", {}, {"output": 1})
    model.expect("reset_counter", {}, {"output": 0})
    model.expect("incr_counter", {}, {"output": 1})
    model.expect("incr_counter_by", {"delta": 3}, {"output": 4})
    model.expect(DEFAULT, {"x": [1.5, 2.5]}, {"run": [5, 5], "y": [1.5, 2.5]})
    model.expect("get_counter", {}, {"output": 5})


def check_ragged(model):
    # [[1, 2], [], [3]]
    model.expect(DEFAULT, {"values": [1, 2, 3], "values_1": [0, 2, 2, 3]}, {"total": [3, 0, 3]})
    assert model.signatures["doubled"].outputs["doubled"].WhichOneof("encoding") == "composite_tensor"
    sparse = {"values": [[0, 1], [1, 3]], "values_1": [5, 6], "values_2": [2, 4]}
    model.expect("sparse", sparse, {"dense": [[0, 5, 0, 0], [0, 0, 0, 6]]})


def check_defaults(model):
    own = model.signatures[DEFAULT].defaults
    assert own["factor"].float_val == [2.0] and own["unit"].string_val == [b"kg"] and len(own) == 2
    sent = {"x": [1.5], "factor": 3.0, "unit": "m"}
    model.expect(DEFAULT, sent, {"y": [4.5], "label": [b"4.5 m"]})
