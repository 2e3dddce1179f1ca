#!/usr/bin/env python3
"""Trains the tutorial's network with Keras 3 and saves it as the next version of boston_model.

The same as the Java trainer does: network, normalisation inside the model, split by seed, early stopping, a version
that appears at once. Needs what requirements.txt lists.
"""

import argparse
import os
import pathlib
import re
import shutil
import sys
import uuid

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = [0.09178, 0.0, 4.05, 0.0, 0.51, 6.416, 84.1, 2.6463, 5.0, 296.0, 16.6, 395.5, 9.04]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", required=True, type=pathlib.Path, help="writes MODELS/boston_model/<next version>")
    parser.add_argument("--data", default=HERE / "boston_housing.csv", type=pathlib.Path, help="a CSV file")
    parser.add_argument("--seed", default=1, type=int, help="another split, other first weights (default: 1)")
    parser.add_argument("--max_epochs", default=400, type=int, help="stop after so many at the latest (default: 400)")
    args = parser.parse_args()

    import keras
    import numpy as np

    try:
        data = np.loadtxt(args.data, delimiter=",", skiprows=1, dtype=np.float32)
    except (OSError, ValueError) as error:
        sys.exit(f"cannot read {args.data}: {error}")
    keras.utils.set_random_seed(args.seed)
    training, validation, test = split(data, np.random.default_rng(args.seed))
    print(f"Boston housing: {len(training)} areas to train on, {len(validation)} to validate, {len(test)} to test")

    model = build(training)
    model.fit(
        training[:, :-1],
        training[:, -1],
        validation_data=(validation[:, :-1], validation[:, -1]),
        batch_size=16,
        epochs=args.max_epochs,
        verbose=0,
        callbacks=[
            # The average of the last weights is what is validated, and kept if it is the best.
            keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            keras.callbacks.EarlyStopping("val_rmse", mode="min", patience=60, restore_best_weights=True),
            keras.callbacks.LambdaCallback(on_epoch_end=progress),
        ],
    )

    guesses = model.predict(test[:, :-1], verbose=0)[:, 0]
    mean = training[:, -1].mean()
    print(f"Test RMSE {rmse(guesses, test):.2f} thousand dollars; guessing the mean price gives {rmse(mean, test):.2f}")
    sample = model.predict(np.array([SAMPLE], np.float32), verbose=0)[0][0]
    print(f"The sample row: {sample}")
    print(f"Wrote {publish(model, args.models / 'boston_model')}")


def split(data, random):
    """A fifth for the test at the end, a tenth of the rest to say when to stop, the others to train on."""
    data = random.permutation(data)
    test = round(len(data) * 0.2)
    validation = round((len(data) - test) * 0.1)
    return data[test + validation :], data[test : test + validation], data[:test]


def build(training):
    """The network 13-13-28-13-8-1; what it gets is plain numbers, which its first layer normalises."""
    import keras

    features = training[:, :-1]
    signal = inputs = keras.Input((features.shape[1],), name="dense_input")
    signal = keras.layers.Normalization(mean=features.mean(0), variance=features.var(0))(signal)
    for units in (13, 28, 13, 8):
        signal = keras.layers.Dense(units, "relu", kernel_regularizer=keras.regularizers.L2(0.03))(signal)
    blind_guess = keras.initializers.Constant(training[:, -1].mean())
    outputs = keras.layers.Dense(1, bias_initializer=blind_guess, kernel_regularizer=keras.regularizers.L2(0.03))(signal)
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.995),
        loss="mean_squared_error",
        metrics=[keras.metrics.RootMeanSquaredError("rmse")],
    )
    return model


def progress(epoch, logs):
    if epoch == 0 or (epoch + 1) % 10 == 0:
        print(f"  epoch {epoch + 1:4}   train loss {logs['loss']:7.2f}   validation RMSE {logs['val_rmse']:6.2f}", flush=True)


def rmse(guesses, rows):
    return float(((guesses - rows[:, -1]) ** 2).mean() ** 0.5)


def publish(model, folder):
    """Exports into a folder that no server looks at, which then gets the next number as its name."""
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / f".writing-{uuid.uuid4()}"
    try:
        model.export(work, verbose=False)
        while True:
            target = folder / f"{next_version(folder):07}"
            try:
                return work.rename(target)
            except OSError:
                if not target.exists():  # else somebody has taken that number meanwhile
                    raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def next_version(folder):
    names = (child.name for child in folder.iterdir())
    return max((int(name) for name in names if re.fullmatch("[0-9]+", name)), default=0) + 1


if __name__ == "__main__":
    main()
