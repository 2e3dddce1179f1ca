"""Runs every check against servers that this starts."""

import sys
import time
import types

import harness
import server as servers

# In the order in which they run.
import lookup  # noqa: F401
import predict  # noqa: F401
import codec  # noqa: F401
import examples  # noqa: F401
import state  # noqa: F401
import reload  # noqa: F401
import transport  # noqa: F401
import monitoring  # noqa: F401


def main(words):
    began = time.monotonic()
    folder = servers.Folder()
    running = []
    try:
        plain = servers.Server(folder, f"--grpc_socket_path={folder.path}/grpc.sock", name="plain")
        running.append(plain)
        plain.await_ready()  # before the others, since it may build
        strict = servers.Server(
            folder, f"--grpc_socket_path={folder.path}/only.sock", "--enable_serialization_as_tensor_content",
            "--enable_signature_method_name_check", "--max_tensor_bytes=1000000",
            "--grpc_channel_arguments=grpc.max_connection_age_ms=2000,grpc.lb_policy_name=grpclb", port=0, name="strict")
        running.append(strict)
        strict.await_ready()
        one = servers.Server(
            folder, f"--monitoring_config_file={folder.monitoring}", one_port=True, name="one",
            models=["--model_name=half_plus_two", f"--model_base_path={folder.path}/half_plus_two"])
        running.append(one)
        one.await_ready()
        print(f"servers are up after {time.monotonic() - began:.0f} s", flush=True)
        failed = harness.run(types.SimpleNamespace(plain=plain, strict=strict, one=one, folder=folder), words)
        while running:
            running.pop().stop()
        print(f"{time.monotonic() - began:.0f} s in all", flush=True)
        return 1 if failed else 0
    finally:
        for left in running:
            left.process.kill()
        folder.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
