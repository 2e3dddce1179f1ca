"""Sends one REST request again and again over several connections, as a client that behaves: it opens a new connection when it is told to.

Without --until-refused it ends after --seconds, and whatever is not answered with 200 is a failure. With it, it goes on until the server refuses
connections, as in a stop. Two ends of a connection are no failures then and are counted apart: one before anything came back over it, as the
server had not taken it, and one on which this client, on a busy machine, was silent for so long that the server may end it (half a second).
Prints "under way" after the first hundred answers, and a line of counts at the end. Exits with 1 if a request failed.
"""

import argparse
import http.client
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("host")
parser.add_argument("port", type=int)
parser.add_argument("path")
parser.add_argument("body", help="a file")
parser.add_argument("--connections", type=int, default=8)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--until-refused", action="store_true")
options = parser.parse_args()

with open(options.body, "rb") as file:
    body = file.read()
SILENT = 0.3
end = time.monotonic() + options.seconds
lock = threading.Lock()
counts = {"answers": 0, "too late": 0}
failures = []


def answered():
    with lock:
        counts["answers"] += 1
        if counts["answers"] == 100:
            print("under way", flush=True)


def failed(why):
    with lock:
        failures.append(why)


def ask():
    """Over one connection, until the server wants another; says whether to go on."""
    connection = http.client.HTTPConnection(options.host, options.port, timeout=60)
    heard = False
    since = time.monotonic()
    silent = 0.0
    try:
        while time.monotonic() < end:
            try:
                connection.request("POST", options.path, body, {"Content-Type": "application/json"})
            finally:
                silent = time.monotonic() - since
            answer = connection.getresponse()
            text = answer.read()
            heard = True
            since = time.monotonic()
            if answer.status != 200:
                failed(f"{answer.status} {text[:200]!r}")
                return False
            answered()
            if answer.will_close:
                return True
        if options.until_refused:
            failed(f"still answered after {options.seconds} s")
        return False
    except (OSError, http.client.HTTPException) as why:
        refused = isinstance(why, ConnectionRefusedError)
        if options.until_refused and (not heard or silent > SILENT):
            if not refused:
                with lock:
                    counts["too late"] += 1
            return heard
        failed(f"{type(why).__name__}: {why}")
        return False
    finally:
        connection.close()


def client():
    while ask():
        pass


threads = [threading.Thread(target=client) for _ in range(options.connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{counts['answers']} answers, {len(failures)} failed, {counts['too late']} connections came too late")
for why in failures[:5]:
    print("failed:", why)
raise SystemExit(1 if failures or counts["answers"] == 0 else 0)
