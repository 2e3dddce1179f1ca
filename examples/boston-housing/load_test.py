#!/usr/bin/env python3
"""Calls a served model from several threads at once and prints rate, latency and errors.

Each thread keeps one connection and sends its next request when it has the answer to the last. Needs nothing but
Python, which is itself busy while it measures: for the limits of a server take a tool made for that, such as wrk.
Exits with 1 if a request failed.
"""

import argparse
import collections
import http.client
import pathlib
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8501/v1/models/boston_model:predict", help="default: %(default)s")
    parser.add_argument("--file", default=HERE / "data.json", type=pathlib.Path, help="the payload (default: data.json)")
    parser.add_argument("--concurrency", default=8, type=positive(int), help="threads, a connection each (default: 8)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--duration", default=5.0, type=positive(float), help="seconds (default: 5)")
    length.add_argument("--count", type=positive(int), help="requests in all, instead of a duration")
    args = parser.parse_args()

    url = urllib.parse.urlsplit(args.url)
    if url.scheme != "http" or not url.hostname:
        parser.error(f"{args.url} is not an http:// address")
    try:
        payload = args.file.read_bytes()
    except OSError as error:
        parser.error(f"cannot read {args.file}: {error}")

    run = Run(url, payload, args.count, args.duration)
    threads = [threading.Thread(target=run.work, daemon=True) for _ in range(args.concurrency)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return run.report(args.concurrency, time.perf_counter() - started)


def positive(kind):
    def parse(text):
        value = kind(text)
        if not value > 0:
            raise ValueError(text)
        return value

    parse.__name__ = f"positive {kind.__name__}"  # argparse puts it into its message
    return parse


class Run:
    """What the threads share. Lists are appended to, which is atomic; the budget has a lock."""

    def __init__(self, url, payload, count, duration):
        self.url = url
        self.path = url.path + (f"?{url.query}" if url.query else "")
        self.payload = payload
        self.end = None if count else time.perf_counter() + duration
        self.left = count
        self.lock = threading.Lock()
        self.seconds = []
        self.errors = []

    def another(self):
        if self.end is not None:
            return time.perf_counter() < self.end
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def work(self):
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port or 80, timeout=30)
        while self.another():
            started = time.perf_counter()
            error = self.call(connection)
            if error:
                self.errors.append(error)
                connection.close()  # the next request connects anew
                if error.startswith("no connection"):
                    time.sleep(0.1)  # a server that is away is not asked as fast as it can refuse
            else:
                self.seconds.append(time.perf_counter() - started)
        connection.close()

    def call(self, connection):
        """Sends one request; returns what was wrong, or None."""
        try:
            connection.request("POST", self.path, self.payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except ConnectionRefusedError:
            return f"no connection to {self.url.netloc}: is the server running?"
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        if response.status != 200:
            return f"HTTP status {response.status}: {' '.join(body.decode(errors='replace').split())[:200]}"
        return None

    def report(self, concurrency, elapsed):
        done = len(self.seconds)
        print(f"{done} answers in {elapsed:.1f} s over {concurrency} connections: {done / elapsed:.0f} requests/s")
        if done:
            ordered = sorted(self.seconds)
            p50, p99 = (1000 * ordered[min(done - 1, int(done * part))] for part in (0.50, 0.99))
            print(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        print(f"errors: {len(self.errors)}")
        for error, count in collections.Counter(self.errors).most_common(5):
            print(f"  {count} x {error}", file=sys.stderr)
        return 1 if self.errors or not done else 0


if __name__ == "__main__":
    sys.exit(main())
