"""Models in which a row of the answer depends on more than its own row of the request: requests must not share a run."""

import numpy as np
import tensorflow as tf

from saving import DEFAULT, PREDICT, Loaded, image_file, save_graph, save_module, signature

v1 = tf.compat.v1
raw = tf.raw_ops

ROWS = [None, 4]


def exported(directory, compute, specs=None):
    """A module with one signature, as TensorFlow 2 exports it."""
    module = tf.Module()
    inputs = specs or [tf.TensorSpec(ROWS, tf.float32, name="x")]
    module.compute = tf.function(compute, input_signature=inputs)
    save_module(module, directory, {DEFAULT: module.compute})


def batch_mean(directory, _):
    exported(directory, lambda x: {"y": x - tf.reduce_mean(x, 0)})


def max_mask(directory, _):
    exported(directory, lambda x: {"y": tf.cast(tf.equal(x, tf.reduce_max(x)), tf.float32)})


def unique(directory, _):
    exported(
        directory,
        lambda x: {"y": tf.unique(x).idx},
        [tf.TensorSpec([None], tf.string, name="x")],
    )


def cond_any(directory, _):
    exported(directory, lambda x: {"y": tf.cond(tf.reduce_any(x > 1.0), lambda: 2.0 * x, lambda: x)})


def top_row(directory, _):
    def compute(x):
        best = tf.math.top_k(tf.transpose(x), 1).values
        return {"y": tf.where(x >= tf.transpose(best), x, tf.zeros_like(x))}

    exported(directory, compute)


def run_count(directory, _):
    module = tf.Module()
    module.count = tf.Variable(0.0, name="count")

    @tf.function(input_signature=[tf.TensorSpec(ROWS, tf.float32, name="x")])
    def compute(x):
        return {"y": 0.0 * x + module.count.assign_add(1.0)}

    module.compute = compute
    save_module(module, directory, {DEFAULT: compute})


def noise(directory, _):
    exported(directory, lambda x: {"y": x + tf.random.uniform(tf.shape(x), seed=7)})


def padding(directory, _):
    """Rows of zeros up to a multiple of four, and all of them in the answer."""

    def compute(x):
        missing = -tf.shape(x)[0] % 4
        return {"y": 2.0 * tf.pad(x, [[0, missing], [0, 0]])}

    exported(directory, compute)


def running_sum(directory, _):
    exported(directory, lambda x: {"y": tf.cumsum(x, 0)})


def sorted_rows(directory, _):
    exported(directory, lambda x: {"y": tf.sort(x, 0)})


def batch_norm(directory, _):
    def compute(image):
        scale, offset = tf.constant([1.0, 2.0]), tf.constant([0.0, 1.0])
        return {"y": v1.nn.fused_batch_norm(image, scale, offset, is_training=True)[0]}

    exported(directory, compute, [tf.TensorSpec([None, 3, 3, 2], tf.float32, name="image")])


def table_write(directory, _):
    """Notes how long each word is, and gives what was known of it before; new words have -1."""
    module = tf.Module()
    module.seen = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
    def compute(word):
        before = module.seen.lookup(word)
        with tf.control_dependencies([before]):
            module.seen.insert(word, tf.cast(tf.strings.length(word), tf.int64))
        return {"before": before}

    module.compute = compute
    save_module(module, directory, {DEFAULT: compute})


# Each becomes a signature of the model `tangled`: x is float [-1, 4] unless said otherwise below.


def rows_of(x):
    return tf.shape(x)[0]


def next_row(x):
    return tf.gather(x, (tf.range(rows_of(x)) + 1) % rows_of(x))


def square(x):
    """The first column as a row against itself as a column: every row against every other."""
    return tf.reduce_mean(tf.abs(x[:, 0] - x[:, :1]), 1)


def until_all(x):
    """Halves everything until nothing is above 1."""
    return tf.while_loop(lambda y: tf.reduce_any(tf.abs(y) > 1.0), lambda y: [0.5 * y], [x])[0]


def own_scale(x):
    return raw.FakeQuantWithMinMaxVars(inputs=x, min=tf.reduce_min(x), max=tf.reduce_max(x) + 1.0)


def neighbours(x):
    """A convolution along the rows."""
    lines = tf.nn.conv1d(x[tf.newaxis], tf.ones([3, 4, 4]) / 3.0, 1, "SAME")
    return lines[0]


def mirrored_halves(x):
    parts = tf.dynamic_partition(x, tf.range(rows_of(x)) % 2, 2)
    return tf.concat([parts[1], parts[0]], 0)


TANGLED = {
    "argmax_rows": lambda x: 0.0 * x + tf.cast(tf.argmax(x, 0), tf.float32),
    "argsort_rows": lambda x: tf.argsort(x, 0),
    "concat_rows": lambda x: tf.concat([x, x], 0),
    "count_above": lambda x: x + tf.math.count_nonzero(x > 0.5, 0, dtype=tf.float32),
    "doubled_rows": lambda x: tf.repeat(x, 2, 0),
    "einsum_over_rows": lambda x: x @ tf.einsum("ij,ik->jk", x, x),
    "fixed_size": lambda x: tf.ones([2, 2]),
    "flattened": lambda x: tf.reshape(x, [-1]),
    "gram": lambda x: tf.matmul(x, x, transpose_b=True),
    "last_row": lambda x: x + x[-1],
    "minus_first": lambda x: x - x[0],
    "mirrored_halves": mirrored_halves,
    "neighbours": neighbours,
    "next_row": next_row,
    "norm_of_all": lambda x: tf.math.l2_normalize(x, None),
    "own_scale": own_scale,
    "reshape_mixes": lambda x: tf.reshape(tf.transpose(x), tf.shape(x)),
    "reversed_rows": lambda x: tf.reverse(x, [0]),
    "rolled_rows": lambda x: tf.roll(x, 1, 0),
    "rows_above": lambda x: tf.boolean_mask(x, x[:, 0] > 0.0),
    "rows_as_value": lambda x: x * tf.cast(rows_of(x), tf.float32),
    "scalar": lambda x: tf.reduce_sum(x),
    "segments": lambda x: tf.math.unsorted_segment_sum(x, tf.zeros([rows_of(x)], tf.int32), 2)[:1] + x,
    "size_as_value": lambda x: x / tf.cast(tf.size(x), tf.float32),
    "slice_of_rows": lambda x: x[::2],
    "softmax_over_rows": lambda x: tf.nn.softmax(x, 0),
    "square": square,
    "tiled_rows": lambda x: tf.tile(x, [2, 1]),
    "transposed": lambda x: tf.transpose(x),
    "until_all": until_all,
    "where_rows": lambda x: tf.where(x > 0.0),
}


def tangled(directory, _):
    module = tf.Module()
    signatures = {}

    def add(name, compute, *specs):
        function = tf.function(lambda *inputs: {"y": compute(*inputs)}, input_signature=specs)
        setattr(module, name, function)
        signatures[name] = function

    for name, compute in TANGLED.items():
        add(name, compute, tf.TensorSpec(ROWS, tf.float32, name="x"))
    add("scalar_input", lambda x, factor: x * factor, tf.TensorSpec(ROWS, name="x"), tf.TensorSpec([], name="factor"))
    add("one_row", lambda x: 2.0 * x, tf.TensorSpec([1, 4], name="x"))
    add("shared_row", lambda x, row: x + row, tf.TensorSpec(ROWS, name="x"), tf.TensorSpec([1, 4], name="row"))
    add("joined_words", lambda x: tf.strings.join([x, tf.strings.reduce_join(x)]), tf.TensorSpec([None], tf.string, name="x"))
    add("any_rank", lambda x: x - tf.reduce_max(x, -1, keepdims=True), tf.TensorSpec(None, name="x"))
    save_module(module, directory, signatures)


def tangled_graph(directory, _):
    """The same kind of things as TensorFlow 1 exports them: a graph without functions, and old control flow."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.disable_control_flow_v2()
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        outputs = {
            "batch_norm": v1.nn.batch_normalization(x, *tf.nn.moments(x, [0]), None, None, 1e-3),
            "cond": v1.cond(tf.reduce_any(x > 1.0), lambda: 2.0 * x, lambda: tf.identity(x)),
            "loop": v1.while_loop(lambda y: tf.reduce_any(tf.abs(y) > 1.0), lambda y: 0.5 * y, [x]),
            "noise": x + v1.random_normal(tf.shape(x), seed=7),
            "queue": in_turn(x),
        }
        v1.enable_control_flow_v2()
        signatures = {name: signature(PREDICT, {"x": x}, {"y": y}) for name, y in outputs.items()}
        save_graph(session, directory, signatures)


def in_turn(x):
    """Puts x into a queue and takes out what is first there."""
    queue = tf.queue.FIFOQueue(10, [tf.float32], shared_name="in_turn")
    with tf.control_dependencies([queue.enqueue([x])]):
        out = queue.dequeue()
    out.set_shape(x.shape)
    return out


MODELS = {
    ("batch_mean", 1): batch_mean,
    ("max_mask", 1): max_mask,
    ("unique", 1): unique,
    ("cond_any", 1): cond_any,
    ("top_row", 1): top_row,
    ("run_count", 1): run_count,
    ("noise", 1): noise,
    ("padding", 1): padding,
    ("running_sum", 1): running_sum,
    ("sorted_rows", 1): sorted_rows,
    ("batch_norm", 1): batch_norm,
    ("table_write", 1): table_write,
    ("tangled", 1): tangled,
    ("tangled_graph", 1): tangled_graph,
}

# What keeps a state, and what is row-wise on the rows of this check and yet must not share a run.
STATE = {"run_count", "noise", "table_write"}
ANSWERS_ONLY = {"noise", "queue", "one_row", "shared_row", "scalar_input", "any_rank"}
X = [[1.5, -2, 0.5, 1], [0, 0.4, -0.25, 1], [3, 0.5, -1, 2]]


def check(output):
    for name, version in MODELS:
        model = Loaded(output, name, version)
        for each in sorted(model.signatures):
            if not each.startswith("__"):
                check_coupled(model, each, name in STATE or each in ANSWERS_ONLY)


def check_coupled(model, name, answers_only):
    """The answer to three rows is not the three answers to one row each, in order."""
    inputs = {alias: value_of(alias, info) for alias, info in model.signatures[name].inputs.items()}
    together = model(name, inputs)
    if answers_only:
        print(f"{model.title} {name} runs")
        return
    singly = [model(name, {alias: value[i : i + 1] for alias, value in inputs.items()}) for i in range(3)]
    for alias, whole in together.items():
        rows = [single[alias] for single in singly]
        same = np.shape(whole)[:1] == (3,) and np.array_equal(np.concatenate(rows), whole)
        print(f"{model.title} {name} -> {alias} {np.shape(whole)} for three rows, {np.shape(rows[0])} for one")
        assert not same, f"{model.title} {name} has rows that do not depend on each other"


def value_of(alias, info):
    if alias == "image_bytes":
        return np.array([image_file(1 + i, 2, i) for i in range(3)])
    if info.dtype == tf.string.as_datatype_enum:
        return np.array([b"b", b"a", b"a"])
    if alias == "image":
        return np.arange(54, dtype=np.float32).reshape(3, 3, 3, 2)
    if alias == "factor":
        return np.float32(2)
    dims = [dim.size for dim in info.tensor_shape.dim]
    return np.array(X, np.float32)[: 1 if dims[:1] == [1] else 3]
