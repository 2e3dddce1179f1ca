"""Classify, Regress and MultiInference."""

import requests_of as of
from harness import INVALID_ARGUMENT, UNIMPLEMENTED, check, equal, fails
from tensorflow_serving.apis import classification_pb2, regression_pb2


def classes(server, *arguments, **more):
    answer = server.predictions.Classify(of.classify(*arguments, **more))
    return [[(found.label, round(found.score, 4)) for found in one.classes] for one in answer.result.classifications]


def values(server, *arguments, **more):
    answer = server.predictions.Regress(of.regress(*arguments, **more))
    return [one.value for one in answer.result.regressions]


@check("C01", "classify: one class with a score and no label")
def classify(servers):
    answer = servers.plain.predictions.Classify(
        of.classify([of.example(x=2.0)], version=123, signature="classify_x_to_y"))
    expected = classification_pb2.ClassificationResponse()
    expected.result.classifications.add().classes.add(score=3.0)
    of.spec(expected.model_spec, version=123, signature="classify_x_to_y")
    equal(answer, expected)


@check("R01", "regress: one value")
def regress(servers):
    answer = servers.plain.predictions.Regress(of.regress([of.example(x=2.0)], version=123, signature="regress_x_to_y"))
    expected = regression_pb2.RegressionResponse()
    expected.result.regressions.add(value=3.0)
    of.spec(expected.model_spec, version=123, signature="regress_x_to_y")
    equal(answer, expected)


@check("C02 C03 C11", "labels and scores in the order of rows and columns, or one of the two")
def rows_and_columns(servers):
    two = [of.example(x=0.25), of.example(x=2.0)]
    equal(classes(servers.plain, two, name="classifier"),
          [[("small", -0.25), ("medium", 0.5), ("large", 0.25)], [("small", -2.0), ("medium", 0.5), ("large", 2.0)]])
    equal(classes(servers.plain, two[:1], name="classifier", signature="classes_only"),
          [[("small", 0.0), ("medium", 0.0), ("large", 0.0)]])
    equal(classes(servers.plain, two[:1], name="classifier", signature="scores_only"),
          [[("", -0.25), ("", 0.5), ("", 0.25)]])


@check("R02", "outputs of one and of two dimensions")
def shapes_of_outputs(servers):
    for signature in ["regress", "regress_column"]:
        found = values(servers.plain, [of.example(x=1.0), of.example(x=2.0)], name="classifier", signature=signature)
        equal(found, [10.0, 20.0], signature)


@check("C04 I01", "a context is common to all; what an example says itself wins")
def context(servers):
    options = {"signature": "regress_x_to_y", "version": 123}
    equal(values(servers.plain, [of.example(), of.example()], of.example(x=7.0), **options), [5.5, 5.5])
    equal(values(servers.plain, [of.example(x=9.0), of.example()], of.example(x=7.0), **options), [6.5, 5.5])


@check("C05", "no examples")
def nothing(servers):
    for request in [of.classify([], signature="classify_x_to_y"),
                    of.classify([], of.example(x=1.0), signature="classify_x_to_y")]:
        fails(INVALID_ARGUMENT, "Input is empty", servers.plain.predictions.Classify, request)
    request = of.regress([of.example()], signature="regress_x_to_y")
    request.ClearField("input")
    fails(INVALID_ARGUMENT, "Input is empty", servers.plain.predictions.Regress, request)


@check("C06 C09", "signatures of another kind")
def other_kind(servers):
    one = [of.example(x=1.0)]
    fails(INVALID_ARGUMENT, 'Expected classification signature outputs to contain at least one of "classes" or "scores".',
          servers.plain.predictions.Classify, of.classify(one, signature="regress_x_to_y"))
    fails(INVALID_ARGUMENT, "No regression outputs found in SignatureDef", servers.plain.predictions.Regress,
          of.regress(one, signature="classify_x_to_y"))
    equal(len(classes(servers.plain, one, name="classifier", signature="foreign_method")), 1)
    fails(INVALID_ARGUMENT, "Expected classification signature method_name to be tensorflow/serving/classify. Was: "
          "not/supported/method", servers.strict.predictions.Classify,
          of.classify(one, name="classifier", signature="foreign_method"))


@check("C07 C08", "outputs that are not what the signature promised")
def wrong_results(servers):
    for signature, text in [
            ("classes_vector", "Expected Tensor shape: [batch_size num_classes] but got [1]"),
            ("scores_cube", "Expected Tensor shape: [batch_size num_classes] but got [1,2,3]"),
            ("classes_int64", "Expected classes Tensor of DT_STRING. Got: DT_INT64"),
            ("classes_row_more", "Expected classes output batch size of 1. Got: 2"),
            ("scores_double", "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE"),
            ("scores_row_more", "Expected scores output batch size of 1. Got: 2"),
            ("scores_column_more", "Tensors class and score should match in dim_size(1). Got 2 vs. 3")]:
        fails(INVALID_ARGUMENT, text, servers.plain.predictions.Classify,
              of.classify([of.example(x=1.0)], name="wrong_results", signature=signature))
    for signature, text in [
            ("regress_cube", "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [1,1,1]"),
            ("regress_row_more", "Input batch size did not match output batch size: 1 vs. 2"),
            ("regress_double", "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE")]:
        fails(INVALID_ARGUMENT, text, servers.plain.predictions.Regress,
              of.regress([of.example(x=1.0)], name="wrong_results", signature=signature))


@check("C10 C11", "an error of the run, and a signature that is not there")
def errors(servers):
    fails(INVALID_ARGUMENT, "Feature: x (data type: float) is required but could not be found.",
          servers.plain.predictions.Regress, of.regress([of.example()], signature="regress_x_to_y"))
    fails(INVALID_ARGUMENT, "No signature was found with the name: nope", servers.plain.predictions.Classify,
          of.classify([of.example(x=1.0)], signature="nope"))


@check("M01 M02", "several tasks in their order, each with its spec")
def several(servers):
    answer = servers.plain.predictions.MultiInference(
        of.multi([(of.REGRESS, "regress_x_to_y", "half_plus_two", 123), (of.CLASSIFY, "classify_x_to_y")],
                 [of.example(x=2.0)]))
    first, second = answer.results
    equal(first.regression_result.regressions[0].value, 3.0)
    equal(second.classification_result.classifications[0].classes[0].score, 3.0)
    equal([one.model_spec.signature_name for one in answer.results], ["regress_x_to_y", "classify_x_to_y"])
    equal([one.model_spec.version.value for one in answer.results], [123, 123])
    answer = servers.plain.predictions.MultiInference(
        of.multi([(of.REGRESS, "regress_x_to_y", "half_plus_two", 123), (of.REGRESS, "regress_x_to_y2")],
                 [of.example(x=2.0)]))
    equal([one.regression_result.regressions[0].value for one in answer.results], [3.0, 4.0])


@check("M03 M04 M05", "mistakes in tasks")
def wrong_tasks(servers):
    call = servers.plain.predictions.MultiInference
    one = [of.example(x=2.0)]
    task = (of.REGRESS, "regress_x_to_y")
    for code, text, tasks, sent in [
            (INVALID_ARGUMENT, "Input is empty", [task], []),
            (INVALID_ARGUMENT, "Requested signature not found in model graph: nope", [(of.REGRESS, "nope")], one),
            (INVALID_ARGUMENT, "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
             [task, (of.CLASSIFY, "classify_x_to_y", "other")], one),
            (INVALID_ARGUMENT, "Duplicate evaluation of signature: regress_x_to_y", [task, task], one),
            (UNIMPLEMENTED, "Unsupported signature method_name: tensorflow/serving/predict",
             [("tensorflow/serving/predict", "regress_x_to_y")], one),
            (INVALID_ARGUMENT, "ModelSpec has no name specified.", [], one)]:
        fails(code, text, call, of.multi(tasks, sent))
