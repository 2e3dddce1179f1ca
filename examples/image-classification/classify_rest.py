#!/usr/bin/env python3
"""Asks the server over REST what digits images show. Needs nothing but Python 3."""

import argparse
import base64
import json
import sys
import urllib.error
import urllib.request


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", nargs="+", help="PNG or JPEG")
    parser.add_argument("--server", default="http://localhost:8501")
    arguments = parser.parse_args()
    instances = [{"image_bytes": {"b64": base64.b64encode(read(image)).decode()}} for image in arguments.image]
    url = arguments.server + "/v1/models/digits:predict"
    request = urllib.request.Request(
        url, json.dumps({"instances": instances}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as response:
            predictions = json.load(response)["predictions"]
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answers {error.code}: {error.read().decode()}")
    except urllib.error.URLError as error:
        sys.exit(f"{url} does not answer: {error.reason}")
    for image, prediction in zip(arguments.image, predictions):
        print(f"{image}: {prediction['label']} ({prediction['probability']:.1%})")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")


if __name__ == "__main__":
    main()
