"""Models for classify, regress and multi-inference, right ones and wrong ones."""

import tensorflow as tf

from saving import CLASSIFY, DEFAULT, PREDICT, REGRESS, Loaded, example, save_graph, save_module, signature

v1 = tf.compat.v1

LABELS = ["small", "medium", "large"]

FEATURES = {
    "x": tf.io.FixedLenFeature([], tf.float32),
    "bias": tf.io.FixedLenFeature([], tf.float32, default_value=0.0),
    "count": tf.io.FixedLenFeature([], tf.int64, default_value=0),
    "word": tf.io.FixedLenFeature([], tf.string, default_value=""),
}


def classifier(directory, _):
    """Scores for s = x + bias: small -s, medium 0.5, large s. The regression is 10 s."""
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        features = tf.io.parse_example(examples, FEATURES)
        s = features["x"] + features["bias"]
        scores = tf.stack([-s, tf.fill(tf.shape(s), 0.5), s], axis=1, name="scores")
        classes = tf.tile([LABELS], [tf.size(s), 1], name="classes")
        best, places = tf.math.top_k(scores, 2, name="top")
        text = tf.stack([tf.as_string(s, precision=2), tf.as_string(features["count"]), features["word"]], axis=1)
        price = tf.multiply(s, 10.0, name="price")

        def classify(method=CLASSIFY, **outputs):
            return signature(method, {"inputs": examples}, outputs)

        def regress(outputs):
            return signature(REGRESS, {"inputs": examples}, {"outputs": outputs})

        signatures = {
            DEFAULT: classify(classes=classes, scores=scores),
            "classes_only": classify(classes=classes),
            "scores_only": classify(scores=scores),
            "top_two": classify(classes=tf.gather(LABELS, places), scores=best),
            "no_classes": classify(classes=classes[:, :0], scores=scores[:, :0]),
            "features": classify(classes=text),
            "regress": regress(price),
            "regress_column": regress(tf.expand_dims(price, 1)),
            "foreign_method": classify("not/supported/method", classes=classes, scores=scores),
            "no_method": classify("", classes=classes, scores=scores),
        }
        save_graph(session, directory, signatures)


def regressor(directory, _):
    """10 (x + bias), as TensorFlow 2 exports it: the method name says predict."""
    module = tf.Module()
    inputs = [tf.TensorSpec([None], tf.string, name="inputs")]

    def sums(serialized):
        features = tf.io.parse_example(serialized, FEATURES)
        return features["x"] + features["bias"]

    @tf.function(input_signature=inputs)
    def regress(inputs):
        return {"outputs": 10.0 * sums(inputs)}

    @tf.function(input_signature=inputs)
    def classify(inputs):
        s = sums(inputs)
        return {"classes": tf.tile([["low", "high"]], [tf.size(s), 1]), "scores": tf.stack([-s, s], axis=1)}

    module.regress = regress
    module.classify = classify
    save_module(module, directory, {DEFAULT: regress, "classify": classify})


def wrong_results(directory, _):
    """Signatures that look right and return what a classifier or a regressor must not."""
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        rows = tf.size(examples)

        def floats(*shape):
            return tf.fill(shape, 0.5)

        def labels(*shape):
            return tf.fill(shape, "label")

        classifications = {
            "classes_int64": {"classes": tf.fill([rows, 2], tf.constant(7, tf.int64))},
            "classes_vector": {"classes": labels(rows)},
            "classes_row_more": {"classes": labels(rows + 1, 2)},
            "scores_double": {"scores": tf.fill([rows, 2], tf.constant(0.5, tf.float64))},
            "scores_scalar": {"scores": tf.constant(0.5)},
            "scores_vector": {"scores": floats(rows)},
            "scores_cube": {"scores": floats(rows, 2, 3)},
            "scores_row_more": {"classes": labels(rows, 2), "scores": floats(rows + 1, 2)},
            "scores_column_more": {"classes": labels(rows, 2), "scores": floats(rows, 3)},
        }
        regressions = {
            "regress_two_columns": floats(rows, 2),
            "regress_cube": floats(rows, 1, 1),
            "regress_scalar": tf.constant(0.5),
            "regress_row_more": floats(rows + 1),
            "regress_double": tf.fill([rows], tf.constant(0.5, tf.float64)),
            "regress_string": labels(rows),
        }
        inputs = {"inputs": examples}
        signatures = {name: signature(CLASSIFY, inputs, outputs) for name, outputs in classifications.items()}
        for name, outputs in regressions.items():
            signatures[name] = signature(REGRESS, inputs, {"outputs": outputs})
        save_graph(session, directory, signatures)


def wrong_signatures(directory, _):
    """Signatures whose inputs and outputs are not those of a classifier or a regressor."""
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        more = v1.placeholder(tf.string, [None], name="more")
        column = [tf.size(examples), 1]
        scores = tf.fill(column, 0.5)
        labels = tf.fill(column, "label")
        one = {"inputs": examples}
        two = {"inputs": examples, "more": more}
        signatures = {
            "empty": signature("", {}, {}),
            "classify_two_inputs": signature(CLASSIFY, two, {"scores": scores}),
            "classify_other_input": signature(CLASSIFY, {"examples": examples}, {"scores": scores}),
            "classify_three_outputs": signature(CLASSIFY, one, {"scores": scores, "classes": labels, "more": labels}),
            "classify_other_outputs": signature(CLASSIFY, one, {"score": scores, "class": labels}),
            "classify_floats": signature(
                CLASSIFY, {"inputs": v1.placeholder(tf.float32, [None, 1])}, {"scores": scores}
            ),
            "regress_two_inputs": signature(REGRESS, two, {"outputs": scores}),
            "regress_other_input": signature(REGRESS, {"examples": examples}, {"outputs": scores}),
            "regress_two_outputs": signature(REGRESS, one, {"outputs": scores, "more": scores}),
            "regress_other_output": signature(REGRESS, one, {"output": scores}),
            "predict": signature(PREDICT, one, {"outputs": scores}),
        }
        save_graph(session, directory, signatures)


MODELS = {
    ("classifier", 1): classifier,
    ("regressor", 1): regressor,
    ("wrong_results", 1): wrong_results,
    ("wrong_signatures", 1): wrong_signatures,
}


def check(output):
    check_classifier(Loaded(output, "classifier", 1))
    model = Loaded(output, "regressor", 1)
    inputs = {"inputs": [example(x=2.0), example(x=-1.0, bias=0.5)]}
    model.expect(DEFAULT, inputs, {"outputs": [20.0, -5.0]})
    model.expect(
        "classify", inputs, {"classes": [[b"low", b"high"]] * 2, "scores": [[-2.0, 2.0], [0.5, -0.5]]}
    )
    check_wrong_results(Loaded(output, "wrong_results", 1))
    check_wrong_signatures(Loaded(output, "wrong_signatures", 1))


def check_classifier(model):
    inputs = {"inputs": [example(x=2.0), example(x=-1.5, bias=0.5, count=-7, word=b"\xff")]}
    classes = [[b"small", b"medium", b"large"]] * 2
    scores = [[-2.0, 0.5, 2.0], [1.0, 0.5, -1.0]]
    both = {"classes": classes, "scores": scores}
    model.expect(DEFAULT, inputs, both)
    model.expect("foreign_method", inputs, both)
    model.expect("no_method", inputs, both)
    model.expect("classes_only", inputs, {"classes": classes})
    model.expect("scores_only", inputs, {"scores": scores})
    model.expect(
        "top_two",
        inputs,
        {"classes": [[b"large", b"medium"], [b"small", b"medium"]], "scores": [[2.0, 0.5], [1.0, 0.5]]},
    )
    model.expect("no_classes", inputs, {"classes": [[], []], "scores": [[], []]})
    model.expect("features", inputs, {"classes": [[b"2.00", b"0", b""], [b"-1.00", b"-7", b"\xff"]]})
    model.expect("regress", inputs, {"outputs": [20.0, -10.0]})
    model.expect("regress_column", inputs, {"outputs": [[20.0], [-10.0]]})


def check_wrong_results(model):
    three = {"inputs": [example(x=1.0)] * 3}
    wanted = {
        "classes_int64": [(3, 2)],
        "classes_vector": [(3,)],
        "classes_row_more": [(4, 2)],
        "scores_double": [(3, 2)],
        "scores_scalar": [()],
        "scores_vector": [(3,)],
        "scores_cube": [(3, 2, 3)],
        "scores_row_more": [(3, 2), (4, 2)],
        "scores_column_more": [(3, 2), (3, 3)],
        "regress_two_columns": [(3, 2)],
        "regress_cube": [(3, 1, 1)],
        "regress_scalar": [()],
        "regress_row_more": [(4,)],
        "regress_double": [(3,)],
        "regress_string": [(3,)],
    }
    assert set(model.signatures) == set(wanted)
    for name, shapes in wanted.items():
        answer = model(name, three)
        assert [answer[alias].shape for alias in sorted(answer)] == shapes, (name, answer)
    print(f"{model.title} {wanted}")


def check_wrong_signatures(model):
    for name in ("classify_two_inputs", "regress_two_inputs"):
        answer = model(name, {"inputs": [b""], "more": [b""]})
        print(f"{model.title} {name} -> {answer}")
    model.expect("classify_other_input", {"examples": [b""]}, {"scores": [[0.5]]})
    model.expect("predict", {"inputs": [b""]}, {"outputs": [[0.5]]})
    empty = model.signatures["empty"]
    assert not empty.inputs and not empty.outputs and not empty.method_name
