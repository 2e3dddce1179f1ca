#!/usr/bin/env python3
"""Checks that an export of the Java trainer loads in Python with the same weights and the same answer.

usage: check_export.py EXPORT_DIR REPORT.json

REPORT.json is what the trainer wrote with --report. Exits with 0 if every weight is the same to the last bit and the
prediction for the sample row differs by no more than 1e-4, with 1 if not, with 2 if a file cannot be read.
"""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

TOLERANCE = 1e-4


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export_dir", help="the folder of one version, such as models/boston_model/0000001")
    parser.add_argument("report", help="the file that the trainer wrote with --report")
    args = parser.parse_args()

    try:
        with open(args.report, encoding="utf-8") as file:
            report = json.load(file)
    except (OSError, ValueError) as error:
        return fail(2, f"cannot read {args.report}: {error}")

    import tensorflow as tf  # late, so that mistakes above are answered at once

    try:
        model = tf.saved_model.load(args.export_dir)
    except OSError as error:
        return fail(2, f"cannot load {args.export_dir}: {error}")

    problems = compare_weights(model.variables, report["weights"])
    signature = model.signatures["serving_default"]
    (answer,) = signature(tf.constant([report["sample"]], tf.float32)).values()
    difference = abs(float(answer[0][0]) - report["prediction"])
    if not difference <= TOLERANCE:
        problems.append(f"the prediction is {float(answer[0][0])}, and was {report['prediction']} in the trainer")

    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    print(f"{len(report['weights'])} variables are identical; the prediction differs by {difference:.1e}")
    return 0


def compare_weights(variables, reported):
    """What differs between the variables of the loaded model and the weights of the report: a line each."""
    import numpy as np

    loaded = {variable.name.split(":")[0]: variable.numpy() for variable in variables}
    problems = []
    if set(loaded) != set(reported):
        problems.append(f"the export has the variables {sorted(loaded)}, the report {sorted(reported)}")
    for name in sorted(set(loaded) & set(reported)):
        expected = np.array(reported[name]["values"], np.float32).reshape(reported[name]["shape"])
        if loaded[name].shape != expected.shape:
            problems.append(f"{name} has the shape {loaded[name].shape}, expected {expected.shape}")
        elif loaded[name].tobytes() != expected.tobytes():
            problems.append(f"{name} differs by up to {np.abs(loaded[name] - expected).max()}")
    return problems


def fail(code, message):
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
