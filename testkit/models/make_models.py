"""Makes the SavedModels that Sluice's tests serve, and checks that they answer.

See README.md in this folder for the commands.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import basics  # noqa: E402  (the environment above must be set before TensorFlow is imported)
import coupled  # noqa: E402
import examples  # noqa: E402
import mapped  # noqa: E402
import row_wise  # noqa: E402
import shapes  # noqa: E402
import saving  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
OUTPUT = HERE.parent / "src/main/resources/dev/sluice/testkit/models"
INDEX = "index.txt"

# In this order: the names of functions in a graph have numbers that count through the whole making,
# so a new model goes to the end, where it changes no other.
FAMILIES = (basics, examples, shapes, coupled, row_wise, mapped)


def make(output):
    shutil.rmtree(output, ignore_errors=True)
    # Paths of assets end up in the graphs, so they are relative to a folder that the graphs don't name.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for family in FAMILIES:
            for (name, version), write in family.MODELS.items():
                directory = output / name / str(version)
                directory.parent.mkdir(parents=True, exist_ok=True)
                write(directory, version)
                saving.settle(directory)
    files = sorted(str(path.relative_to(output)) for path in output.rglob("*") if path.is_file())
    (output / INDEX).write_text("".join(file + "\n" for file in files))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    parser.add_argument("--check", action="store_true", help="only check what is in the output folder")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    if not arguments.check:
        make(output)
    for family in FAMILIES:
        family.check(output)


if __name__ == "__main__":
    main()
