"""Servers of the checks' own: models in a folder of theirs, one process each, ports that are free."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import grpc
from tensorflow_serving.apis import (
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

HOME = pathlib.Path(__file__).resolve().parent.parent
MODELS = HOME / "testkit/src/main/resources/dev/sluice/testkit/models"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Folder:
    """The models, as the flags and the config file of the servers name them."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="conformance-"))
        self.entries = []
        self.add("half_plus_two", {1: 123, 2: 124}, "version_labels { key: 'old' value: 123 }"
                 " version_labels { key: 'new' value: 124 } model_version_policy { all {} }")
        self.add("half_plus_three", {2: 123}, source="half_plus_two")
        for name in ["all_types", "classifier", "regressor", "counter", "defaults", "keras", "mixed", "shapes", "slow",
                     "strings", "table", "wrong_results", "wrong_signatures", "identity"]:
            self.add(name, {1: 1})
        (self.path / "broken" / "1").mkdir(parents=True)
        self.entries.append(self.entry("broken", ""))
        self.config = self.path / "models.config"
        self.config.write_text("model_config_list {\n" + "\n".join(self.entries) + "\n}\n")
        self.monitoring = self.path / "monitoring.config"
        self.monitoring.write_text("prometheus_config { enable: true }\n")

    def add(self, name, versions, more="", source=None):
        for version, number in versions.items():
            shutil.copytree(MODELS / (source or name) / str(version), self.path / name / str(number))
        self.entries.append(self.entry(name, more))

    def entry(self, name, more):
        return f"config {{ name: '{name}' base_path: '{self.path}/{name}' model_platform: 'tensorflow' {more} }}"

    def remove(self):
        shutil.rmtree(self.path)


class Server:
    """`sluice serve` with some flags, and stubs of the official clients for it."""

    def __init__(self, folder, *flags, port=None, one_port=False, models=None, name="server"):
        self.folder = folder
        self.port = free_port() if port is None else port
        self.rest_port = self.port if one_port else free_port()
        self.log = folder.path / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(HOME / "sluice"), "serve", "--bind_address=127.0.0.1", f"--port={self.port}",
                 f"--rest_api_port={self.rest_port}", *(models or [f"--model_config_file={folder.config}"]),
                 "--max_num_load_retries=0", "--version_completeness_check=false", *flags],
                stdout=log, stderr=subprocess.STDOUT, cwd=folder.path, env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL=""))
        self.channels = []

    def await_ready(self):
        deadline = time.monotonic() + 300  # the first start builds
        while "Ready. Serving" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        self.connect(f"127.0.0.1:{self.port}" if self.port else f"unix:{self.folder.path}/only.sock")
        return self

    def connect(self, target):
        channel = self.channel(target)
        self.main = channel
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)

    def channel(self, target=None, options=(), **more):
        channel = grpc.insecure_channel(
            target or f"127.0.0.1:{self.port}", options=UNLIMITED + list(options), **more)
        self.channels.append(channel)
        return channel

    def stop(self):
        """SIGTERM; the server must end with 0."""
        for channel in self.channels:
            channel.close()
        self.process.terminate()
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if code != 0:
            raise AssertionError(f"SIGTERM ended the server with {code}, expected 0")
