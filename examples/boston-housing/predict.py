#!/usr/bin/env python3
"""Sends a payload to a served model with the requests library and prints what it predicts."""

import argparse
import json
import pathlib
import sys

import requests

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8501/v1/models/boston_model:predict", help="default: %(default)s")
    parser.add_argument("--file", default=HERE / "data.json", type=pathlib.Path, help="the payload (default: data.json)")
    parser.add_argument("--timeout", default=10.0, type=float, help="seconds to wait for an answer (default: 10)")
    args = parser.parse_args()

    try:
        payload = json.loads(args.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return fail(f"cannot read {args.file}: {error}")
    try:
        response = requests.post(args.url, json=payload, timeout=args.timeout)
    except requests.ConnectionError:
        return fail(f"no server answers at {args.url}: is it running?")
    except requests.Timeout:
        return fail(f"no answer from {args.url} within {args.timeout:g} seconds")
    except requests.RequestException as error:
        return fail(f"cannot ask {args.url}: {error}")

    try:
        answer = dict(response.json())
    except (TypeError, ValueError):
        return fail(f"HTTP status {response.status_code}, and no JSON object: {response.text[:200]!r}")
    if response.status_code != 200:
        return fail(f"HTTP status {response.status_code}: {answer.get('error', answer)}")
    if "predictions" in answer:  # one per instance of the payload
        for prediction in answer["predictions"]:
            print(prediction)
    else:  # the payload has "inputs", and the answer whole columns
        print(answer.get("outputs", answer))
    return 0


def fail(message):
    print(f"predict.py: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
