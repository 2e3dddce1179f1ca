"""Loops over the rows: those of tf.map_fn, in which each row stays for itself, and others that only look like them."""

import tensorflow as tf

import coupled
import row_wise
from coupled import ROWS, exported, rows_of
from row_wise import WORDS, weights
from saving import DEFAULT, Loaded, save_module

X = tf.TensorSpec(ROWS, tf.float32, name="x")
TEXT = tf.TensorSpec([None], tf.string, name="text")
FILES = tf.TensorSpec([None], tf.string, name="image_bytes")


def array(x):
    """A list for as many results as x has rows."""
    return tf.TensorArray(x.dtype, rows_of(x), element_shape=x.shape[1:])


def looped(x, write, first=0, by=1, bound=None):
    """What `write` makes of the counter, a list of the rows and a list of results, round after round."""
    rows = array(x).unstack(x)
    end = rows_of(x) if bound is None else bound
    results = tf.while_loop(
        lambda i, out: i < end, lambda i, out: (i + by, write(i, rows, out)), (tf.constant(first), array(x))
    )
    return results[1].stack()


def only_y(compute):
    return lambda *inputs: {"y": compute(*inputs)}


def add(module, signatures, name, compute, *specs):
    function = tf.function(compute, input_signature=specs)
    setattr(module, name, function)
    signatures[name] = function


# Rows that stay apart.


def described(row):
    """A thumbnail of an image file of any size, the first letters of a word, and how many it has."""
    image_bytes, word = row
    pixels = tf.io.decode_image(image_bytes, channels=3, expand_animations=False)
    letters = tf.io.decode_raw(word, tf.uint8)
    first = letters[:8]
    return tf.image.resize(pixels, [2, 2]) / 255.0, tf.pad(first, [[0, 8 - tf.size(first)]]), tf.size(letters)


def thumbnail(content):
    pixels = tf.io.decode_image(content, channels=3, expand_animations=False)
    return tf.image.resize(pixels, [2, 2]) / 255.0


def checked(row):
    with tf.control_dependencies([tf.debugging.assert_greater(tf.reduce_max(row), -1e9)]):
        return 3.0 * row


def halved(row):
    """Until nothing of the row is above 1."""
    return tf.while_loop(lambda y: tf.reduce_max(tf.abs(y)) > 1.0, lambda y: [0.5 * y], [row])[0]


def write_positive(i, rows, out):
    row = rows.read(i)
    return tf.cond(row[0] > 0.0, lambda: out.write(i, row), lambda: out)


def mapped(directory, _):
    module = tf.Module()
    module.vectors = tf.Variable(weights(4, 3), name="vectors")
    names = tf.lookup.KeyValueTensorInitializer(WORDS[:3], tf.constant([1, 2, 3], tf.int64))
    module.names = tf.lookup.StaticHashTable(names, 0)
    signatures = {}

    def describe(image_bytes, text):
        specs = (tf.TensorSpec([2, 2, 3], tf.float32), tf.TensorSpec([8], tf.uint8), tf.TensorSpec([], tf.int32))
        thumbnail, letters, length = tf.map_fn(described, (image_bytes, text), fn_output_signature=specs)
        return {"thumbnail": 2.0 * thumbnail - 1.0, "letters": tf.cast(letters, tf.int32), "length": length}

    def find(word):
        return tf.gather(module.vectors, module.names.lookup(word))

    add(module, signatures, DEFAULT, describe, FILES, TEXT)
    for name, compute in APART.items():
        add(module, signatures, name, only_y(compute), X)
    found = only_y(lambda text: tf.map_fn(find, text, fn_output_signature=tf.float32))
    add(module, signatures, "found", found, TEXT)
    two = only_y(lambda x, scale: tf.map_fn(lambda row: row[0] * row[1], (x, scale), fn_output_signature=tf.float32))
    add(module, signatures, "two", two, X, tf.TensorSpec([None], tf.float32, name="scale"))
    series = tf.TensorSpec([None, None], tf.float32, name="series")
    add(module, signatures, "series", only_y(APART["doubled"]), series)
    save_module(module, directory, signatures)


APART = {
    "doubled": lambda x: tf.map_fn(lambda row: 2.0 * row, x),
    "summed": lambda x: tf.map_fn(tf.reduce_sum, x, fn_output_signature=tf.float32),
    "chosen": lambda x: tf.map_fn(lambda row: tf.cond(row[0] > 0.0, lambda: row + 1.0, lambda: -row), x),
    "checked": lambda x: tf.map_fn(checked, x),
    "halved": lambda x: tf.map_fn(halved, x),
    "nested": lambda x: tf.map_fn(lambda row: tf.map_fn(lambda v: v * tf.reduce_max(row), row), x),
    "parts": lambda x: tf.reshape(tf.map_fn(tf.nn.softmax, tf.reshape(x, [-1, 2])), [-1, 4]),
    "by_hand": lambda x: looped(x, lambda i, rows, out: out.write(i, tf.square(rows.read(i)))),
    "positive": lambda x: looped(x, write_positive),
}


# Rows that don't.


def scan(directory, _):
    exported(directory, lambda x: {"y": tf.scan(lambda total, row: total + row, x, tf.zeros([4]))})


def row_before(directory, _):
    def write(i, rows, out):
        return out.write(i, rows.read(i) - rows.read(tf.maximum(i - 1, 0)))

    exported(directory, lambda x: {"y": looped(x, write)})


def early_stop(directory, _):
    """The rows up to the first that is no zero, and zeros behind it."""

    def compute(x):
        rows = array(x).unstack(x)
        _, _, out = tf.while_loop(
            lambda i, found, out: tf.logical_and(i < rows_of(x), tf.logical_not(found)),
            lambda i, found, out: (i + 1, tf.reduce_max(tf.abs(rows.read(i))) > 0.0, out.write(i, rows.read(i))),
            (tf.constant(0), tf.constant(False), array(x)),
        )
        return {"y": out.stack()}

    exported(directory, compute)


def stop_by_item(x):
    """Like early_stop, but the condition looks at the rows itself."""
    rows = array(x).unstack(x)
    last = rows_of(x) - 1
    return tf.while_loop(
        lambda i, out: tf.logical_and(i < rows_of(x), tf.reduce_max(tf.abs(rows.read(tf.minimum(i, last)))) < 1.25),
        lambda i, out: (i + 1, out.write(i, rows.read(i))),
        (tf.constant(0), array(x)),
    )[1].stack()


def second_counter(x):
    """One counter is right, and another one that begins at 1 is computed with."""
    rows = array(x).unstack(x)
    return tf.while_loop(
        lambda i, k, out: i < rows_of(x),
        lambda i, k, out: (i + 1, k + 1, out.write(i, rows.read(i) + tf.cast(k, tf.float32))),
        (tf.constant(0), tf.constant(1), array(x)),
    )[2].stack()


def doubling(x):
    """A factor that is no counter and does not depend on the rows, but on the round."""
    rows = array(x).unstack(x)
    return tf.while_loop(
        lambda i, factor, out: i < rows_of(x),
        lambda i, factor, out: (i + 1, 2.0 * factor, out.write(i, factor * rows.read(i))),
        (tf.constant(0), tf.constant(1.0), array(x)),
    )[2].stack()


def last_item(x):
    rows = array(x).unstack(x)
    last = tf.while_loop(
        lambda i, last: i < rows_of(x), lambda i, last: (i + 1, rows.read(i)), (tf.constant(0), tf.zeros([4]))
    )[1]
    return x + last


def rounds_as_value(x):
    rows = array(x).unstack(x)
    rounds, out = tf.while_loop(
        lambda i, out: i < rows_of(x), lambda i, out: (i + 1, out.write(i, rows.read(i))), (tf.constant(0), array(x))
    )
    return out.stack() * tf.cast(rounds, tf.float32)


def swapped(x):
    """Two lists, of which the second is always the first one with another last item."""
    rows = array(x).unstack(x)
    return tf.while_loop(
        lambda i, one, other: i < rows_of(x),
        lambda i, one, other: (i + 1, one.write(i, rows.read(i)), one.write(i, -rows.read(i))),
        (tf.constant(0), array(x), array(x)),
    )[2].stack()


def half_of_items(x):
    """As many rounds as rows, over a list of twice as many items."""
    halves = tf.reshape(x, [-1, 2])
    items = array(halves).unstack(halves)
    out = tf.TensorArray(tf.float32, rows_of(x), element_shape=[2])
    return tf.while_loop(
        lambda i, out: i < rows_of(x), lambda i, out: (i + 1, out.write(i, items.read(i))), (tf.constant(0), out)
    )[1].stack()


def mean_of_files(image_bytes):
    small = tf.map_fn(thumbnail, image_bytes, fn_output_signature=tf.TensorSpec([2, 2, 3], tf.float32))
    return small - tf.reduce_mean(small, 0)


def numbered(i):
    return tf.cast(i, tf.float32)


LOOPS = {
    "against_all": lambda x: tf.map_fn(lambda row: tf.reduce_sum(tf.abs(x - row), 0), x),
    "all_but_last": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i)), bound=rows_of(x) - 1),
    "always_first": lambda x: x + looped(x, lambda i, rows, out: out.write(0, rows.read(i))),
    "by_two": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i)), by=2),
    "doubling": doubling,
    "first_item": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i) - rows.read(0))),
    "from_behind": lambda x: looped(x, lambda i, rows, out: out.write(rows_of(x) - 1 - i, rows.read(i))),
    "from_one": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i)), first=1),
    "half_of_items": half_of_items,
    "last_item": last_item,
    "next_item": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(tf.minimum(i + 1, rows_of(x) - 1)))),
    "number": lambda x: tf.map_fn(lambda row: row * tf.cast(rows_of(x), tf.float32), x),
    "pairs_of_rows": lambda x: tf.map_fn(lambda a: tf.reduce_sum(tf.map_fn(lambda b: a * b, x), 0), x),
    "place": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i) + numbered(i))),
    "random_items": lambda x: tf.map_fn(lambda row: row + tf.random.uniform([4], seed=7), x),
    "rounds_as_value": rounds_as_value,
    "second_counter": second_counter,
    "stop_by_item": stop_by_item,
    "swapped": swapped,
    "through_results": lambda x: looped(
        x, lambda i, rows, out: out.write(i, rows.read(i) + out.read(tf.maximum(i - 1, 0)))
    ),
    "twice": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i)).write(0, rows.read(i))),
    "two_at_most": lambda x: looped(x, lambda i, rows, out: out.write(i, rows.read(i)), bound=tf.minimum(rows_of(x), 2)),
}


def tangled_loops(directory, _):
    module = tf.Module()
    signatures = {}
    for name, compute in LOOPS.items():
        add(module, signatures, name, only_y(compute), X)
    add(module, signatures, "mean_of_files", only_y(mean_of_files), FILES)
    save_module(module, directory, signatures)


MODELS = {
    ("mapped", 1): mapped,
    ("scan", 1): scan,
    ("row_before", 1): row_before,
    ("early_stop", 1): early_stop,
    ("tangled_loops", 1): tangled_loops,
}

# What is not the same twice.
ANSWERS_ONLY = {"random_items"}


def check(output):
    for name, version in MODELS:
        model = Loaded(output, name, version)
        for each in sorted(model.signatures):
            if each.startswith("__"):
                continue
            if name == "mapped":
                row_wise.check_row_wise(model, each)
            else:
                coupled.check_coupled(model, each, each in ANSWERS_ONLY)
