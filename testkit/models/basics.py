"""Models for predict, assets, strings and runs that last."""

import pathlib
import time

import tensorflow as tf

from saving import CLASSIFY, DEFAULT, PREDICT, REGRESS, Loaded, example, save_graph, save_module, signature, times_out

v1 = tf.compat.v1
raw = tf.raw_ops

TYPES = {
    "float": tf.float32,
    "double": tf.float64,
    "int32": tf.int32,
    "int64": tf.int64,
    "bool": tf.bool,
    "string": tf.string,
}

# The id of a word is its place here; any other word has the id -1.
WORDS = ["zero", "one", "two", "three", "apple", "pear", "straße", "水"]


# half_plus_two: variables, an asset, examples; a graph without functions.


def half_plus_two(directory, version):
    """y = a x + b and y2 = a x + c, where a = 0.5, b = version + 1, c = version + 2."""
    with tf.Graph().as_default(), v1.Session() as session:
        a, b, c = (v1.get_variable(n, [], initializer=v1.zeros_initializer(), use_resource=True) for n in "abc")
        session.run(v1.global_variables_initializer())
        # Only the checkpoint knows these values, so a model that was not restored answers 0.
        session.run([a.assign(0.5), b.assign(version + 1.0), c.assign(version + 2.0)])
        asset = pathlib.Path("foo.txt")
        asset.write_text("asset-file-contents\n")
        path = tf.constant(str(asset), name="asset_path")
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, path)

        x = v1.placeholder(tf.float32, [None], name="x")
        y = tf.add(a * x, b, name="y")
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        features = {
            "x": tf.io.FixedLenFeature([1], tf.float32),
            "x2": tf.io.FixedLenFeature([1], tf.float32, default_value=[0.0]),
        }
        parsed = tf.io.parse_example(examples, features)
        example_y = tf.add(a * parsed["x"], b, name="example_y")
        example_y2 = tf.add(a * parsed["x"], c, name="example_y2")
        x2 = tf.identity(parsed["x2"], name="x2")
        y3 = tf.add(a * x2, c, name="y3")
        signatures = {
            DEFAULT: signature(PREDICT, {"x": x}, {"y": y}),
            "regress_x_to_y": signature(REGRESS, {"inputs": examples}, {"outputs": example_y}),
            "regress_x_to_y2": signature(REGRESS, {"inputs": examples}, {"outputs": example_y2}),
            "regress_x2_to_y3": signature(REGRESS, {"inputs": x2}, {"outputs": y3}),
            "classify_x_to_y": signature(CLASSIFY, {"inputs": examples}, {"scores": example_y}),
            "classify_x2_to_y3": signature(CLASSIFY, {"inputs": x2}, {"scores": y3}),
        }
        save_graph(session, directory, signatures, v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS))


# identity: every common type, nothing but Identity; a SavedModel without variables.


def identity(directory, _):
    with tf.Graph().as_default(), v1.Session() as session:
        inputs = {name: v1.placeholder(dtype, None, name="in_" + name) for name, dtype in TYPES.items()}
        outputs = {name: tf.identity(tensor, name="out_" + name) for name, tensor in inputs.items()}
        signatures = {name: signature(PREDICT, {"x": inputs[name]}, {"y": outputs[name]}) for name in TYPES}
        signatures[DEFAULT] = signature(PREDICT, inputs, outputs)
        save_graph(session, directory, signatures)


# strings, table, slow, gate: exports with functions, as TensorFlow 2 makes them.


def strings(directory, _):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec(None, tf.string, name="text")])
    def describe(text):
        return {
            "upper": tf.strings.upper(text),
            "length": tf.strings.length(text),
            "raw_bytes": tf.identity(text),
        }

    module.describe = describe
    save_module(module, directory, {DEFAULT: describe})


def table(directory, _):
    vocabulary = pathlib.Path("words.txt")
    vocabulary.write_text("".join(word + "\n" for word in WORDS), encoding="utf-8")
    module = tf.Module()
    lookup = tf.lookup
    module.table = lookup.StaticHashTable(
        lookup.TextFileInitializer(
            str(vocabulary),
            tf.string,
            lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            lookup.TextFileIndex.LINE_NUMBER,
        ),
        default_value=-1,
    )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
    def find(word):
        return {"id": module.table.lookup(word)}

    module.find = find
    save_module(module, directory, {DEFAULT: find})


SCALAR = {"output_types": [tf.int64], "output_shapes": [tf.TensorShape([])]}


def slow(directory, _):
    """Waits on a condition variable for the largest of `millis`, then gives `millis` back."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec(None, tf.int64, name="millis")])
    def cancellable(millis):
        with tf.control_dependencies([asleep(tf.reduce_max(millis))]):
            return {"slept": tf.identity(millis)}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.int64, name="millis")])
    def stubborn(millis):
        with tf.control_dependencies([asleep_to_the_end(tf.reduce_max(millis))]):
            return {"slept": tf.identity(millis)}

    module.cancellable = cancellable
    module.stubborn = stubborn
    save_module(module, directory, {DEFAULT: cancellable, "stubborn": stubborn})


def asleep(millis):
    """A scalar that is there after `millis`; cancelling the run ends the wait."""
    sleep = raw.SleepDataset(
        input_dataset=raw.TensorDataset(components=[millis], output_shapes=[tf.TensorShape([])]),
        sleep_microseconds=millis * 1000,
        **SCALAR,
    )
    return only_element(sleep)


def asleep_to_the_end(millis):
    """The same, but a cancelled run waits on: the function that ends a generator has a cancellation of its own."""
    scalar = [tf.TensorSpec([], tf.int64)]
    same = tf.function(lambda x: x, input_signature=scalar).get_concrete_function()
    end = tf.function(asleep, input_signature=scalar).get_concrete_function()
    generator = raw.GeneratorDataset(
        init_func_other_args=[millis],
        next_func_other_args=[],
        finalize_func_other_args=[],
        init_func=same,
        next_func=same,
        finalize_func=end,
        **SCALAR,
    )
    return only_element(generator)


def only_element(dataset):
    # Reading one element asks for a second one too, which would sleep again.
    first = raw.TakeDataset(input_dataset=dataset, count=tf.constant(1, tf.int64), **SCALAR)
    return raw.DatasetToSingleElement(dataset=first, **SCALAR)[0]


def gate(directory, _):
    """A run of `hold` lasts until a run of `release`, before it or after, lets one through."""
    module = tf.Module()

    def queue():
        return raw.FIFOQueueV2(component_types=[tf.int64], shapes=[[]], shared_name="gate")

    @tf.function(input_signature=[tf.TensorSpec(None, tf.int64, name="x")])
    def hold(x):
        with tf.control_dependencies(raw.QueueDequeueV2(handle=queue(), component_types=[tf.int64])):
            return {"y": tf.identity(x)}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.int64, name="x")])
    def release(x):
        with tf.control_dependencies([raw.QueueEnqueueV2(handle=queue(), components=[tf.constant(0, tf.int64)])]):
            return {"y": tf.identity(x)}

    module.hold = hold
    module.release = release
    save_module(module, directory, {"hold": hold, "release": release})


MODELS = {
    ("half_plus_two", 1): half_plus_two,
    ("half_plus_two", 2): half_plus_two,
    ("identity", 1): identity,
    ("strings", 1): strings,
    ("table", 1): table,
    ("slow", 1): slow,
    ("gate", 1): gate,
}


def check(output):
    for version in (1, 2):
        check_half_plus_two(Loaded(output, "half_plus_two", version), version)
    check_identity(Loaded(output, "identity", 1))
    check_strings(Loaded(output, "strings", 1))
    Loaded(output, "table", 1).expect(
        DEFAULT, {"word": ["two", "水", "nowhere", "straße"]}, {"id": [2, WORDS.index("水"), -1, WORDS.index("straße")]}
    )
    check_slow(Loaded(output, "slow", 1))
    check_gate(Loaded(output, "gate", 1))


def check_half_plus_two(model, version):
    two = example(x=2.0)
    model.expect(DEFAULT, {"x": [1.0, 2.0]}, {"y": [1.5 + version, 2.0 + version]})
    model.expect("regress_x_to_y", {"inputs": [two, example(x=4.0)]}, {"outputs": [[2.0 + version], [3.0 + version]]})
    model.expect("regress_x_to_y2", {"inputs": [two]}, {"outputs": [[3.0 + version]]})
    model.expect("regress_x2_to_y3", {"inputs": [[2.0]]}, {"outputs": [[3.0 + version]]})
    model.expect("classify_x_to_y", {"inputs": [two]}, {"scores": [[2.0 + version]]})
    model.expect("classify_x2_to_y3", {"inputs": [[2.0]]}, {"scores": [[3.0 + version]]})


def check_identity(model):
    values = {
        "float": [1.5],
        "double": [[2.5, -2.5]],
        "int32": 3,
        "int64": [[1 << 40]],
        "bool": [True, False],
        "string": [b"a", b"\x00\xff"],
    }
    model.expect(DEFAULT, values, values)
    for name, value in values.items():
        model.expect(name, {"x": value}, {"y": value})


def check_strings(model):
    text = ["abC", "", b"\xff\x00z"]
    wanted = {
        "upper": [b"ABC", b"", b"\xff\x00Z"],
        "length": [3, 0, 3],
        "raw_bytes": [b"abC", b"", b"\xff\x00z"],
    }
    model.expect(DEFAULT, {"text": text}, wanted)


def check_slow(model):
    for name in (DEFAULT, "stubborn"):
        print(f"{model.title} {name}")
        model(name, {"millis": 0})
        wall, cpu = timed(lambda: model.expect(name, {"millis": [300, 10]}, {"slept": [300, 10]}))
        print(f"  {wall} ms of time, {cpu} ms of CPU for 300 ms")
        assert 300 <= wall < 600 and cpu < 100
        wall, _ = timed(lambda: times_out(model, name, {"millis": 800}))
        print(f"  800 ms with a timeout of 50 ms ended after {wall} ms")
        assert (wall < 400) if name == DEFAULT else (wall >= 800)


def check_gate(model):
    times_out(model, "hold", {"x": 1})
    model.expect("release", {"x": 1}, {"y": 1})
    model.expect("hold", {"x": 2}, {"y": 2})


def timed(run):
    """Milliseconds on the wall and of CPU."""
    wall, cpu = time.monotonic(), time.process_time()
    run()
    return round((time.monotonic() - wall) * 1000), round((time.process_time() - cpu) * 1000)
