"""Checks what Helm has made of the chart, and KServe's runtime: against Kubernetes' own schemas, and against what the server offers.

    python3 check.py CHECKOUT FILE... [--crd FILE]

FILE is a file of manifests. Needs PyYAML and kubernetes-validate. Prints a line for each manifest; exits with 1 at the first that is wrong.
"""

import argparse
import pathlib
import re

import kubernetes_validate
import yaml

parser = argparse.ArgumentParser()
parser.add_argument("checkout", type=pathlib.Path)
parser.add_argument("files", nargs="+", type=pathlib.Path)
parser.add_argument("--crd", type=pathlib.Path, help="the definition of ClusterServingRuntime")
options = parser.parse_args()

FLAGS = set(
    name.lower()
    for name in re.findall(
        r"^  ([A-Z][A-Z_]+)\(",
        (options.checkout / "server/src/main/java/dev/sluice/server/config/Flag.java").read_text(),
        re.MULTILINE,
    )
)
assert len(FLAGS) > 48, f"found only {len(FLAGS)} flags in Flag.java"
VERSIONS = ["1.27", None]  # the oldest that the chart allows, and the newest that the package knows


def expect(condition, text):
    if not condition:
        raise SystemExit(f"WRONG: {text}")


def flags(container):
    found = {}
    for argument in container["args"]:
        match = re.fullmatch(r"--([a-z0-9_]+)=(.*)", argument, re.DOTALL)
        expect(match, f"argument {argument}")
        expect(match[1] in FLAGS, f"the server has no flag {match[1]}")
        expect(match[1] not in found, f"flag {match[1]} is given twice")
        found[match[1]] = match[2]
    return found


def validate(manifest):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(manifest, version or kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.VersionNotSupportedError:
            expect(version is not None, "the package knows no version")


def check_server(container, volumes):
    given = flags(container)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expect(given["port"] == str(ports["grpc"]) and given["rest_api_port"] == str(ports["rest"]), "the ports")
    expect(given["admin_port"] == str(ports["admin"]), "the admin port")
    expect(given["admin_bind_address"] == "0.0.0.0", "probes come over the pod's address")
    check_probe(container["livenessProbe"], "/healthz", ports)
    check_probe(container["readinessProbe"], "/readyz", ports)
    for mount in container["volumeMounts"]:
        expect(mount["name"] in volumes, f"there is no volume {mount['name']}")
    secure = container["securityContext"]
    expect(secure["readOnlyRootFilesystem"] and secure["capabilities"]["drop"] == ["ALL"], "the security context")
    return given


def check_probe(probe, path, ports):
    expect(probe["httpGet"]["path"] == path and probe["httpGet"]["port"] == "admin" and "admin" in ports, f"the probe {probe}")


def check_deployment(manifest):
    pod = manifest["spec"]["template"]
    selector = manifest["spec"]["selector"]["matchLabels"]
    expect(selector.items() <= pod["metadata"]["labels"].items(), "the selector does not fit the pod's labels")
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    container = pod["spec"]["containers"][0]
    given = check_server(container, volumes)
    stop = int(given["drain_delay_seconds"]) + int(given["drain_timeout_seconds"])
    stop += int(container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])[1])
    expect(pod["spec"]["terminationGracePeriodSeconds"] > stop + 5, "a pod may be killed before its stop is over")
    return selector, {port["name"] for port in container["ports"]}


def check_release(manifests):
    kinds = {manifest["kind"]: manifest for manifest in manifests}
    expect(len(kinds) == len(manifests), "a kind comes twice")
    selector, ports = check_deployment(kinds["Deployment"])
    expect(kinds["Service"]["spec"]["selector"] == selector, "the service selects other pods")
    expect({port["targetPort"] for port in kinds["Service"]["spec"]["ports"]} == ports - {"admin"}, "the service's ports")
    expect(kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == selector, "the budget is for other pods")
    if "HorizontalPodAutoscaler" in kinds:
        target = kinds["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
        expect(target == kinds["Deployment"]["metadata"]["name"], "the autoscaler scales something else")
        expect("replicas" not in kinds["Deployment"]["spec"], "the deployment would work against the autoscaler")
    if "ConfigMap" in kinds:
        config = next(v for v in kinds["Deployment"]["spec"]["template"]["spec"]["volumes"] if v["name"] == "config")
        expect(config["configMap"]["name"] == kinds["ConfigMap"]["metadata"]["name"], "the config is another one")


def check_runtime(manifest):
    container = manifest["spec"]["containers"][0]
    expect(flags(container)["model_base_path"] == "/mnt/models", "KServe puts the model into /mnt/models")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sluice"}, "spec": {"containers": [container]}}
    validate(pod)
    if options.crd:
        import jsonschema

        definition = yaml.safe_load(options.crd.read_text())
        version = next(v for v in definition["spec"]["versions"] if v["name"] == "v1alpha1")
        schema = closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
        jsonschema.validate(manifest["spec"], schema)
        print("ok: spec of ClusterServingRuntime by KServe's definition")


def closed(schema):
    """The same, refusing fields that it does not name, and with the numbers-or-texts of Kubernetes."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if result.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if isinstance(result.get("properties"), dict) and "additionalProperties" not in result and result.get("type") == "object":
        result["additionalProperties"] = False
    return result


for file in options.files:
    manifests = [manifest for manifest in yaml.safe_load_all(file.read_text()) if manifest]
    expect(manifests, f"nothing in {file}")
    for manifest in manifests:
        if manifest["apiVersion"].startswith("serving.kserve.io/"):
            check_runtime(manifest)
        else:
            validate(manifest)
        print(f"ok: {file.name}: {manifest['kind']} {manifest['metadata']['name']}")
    if any(manifest["kind"] == "Deployment" for manifest in manifests):
        check_release(manifests)
        print(f"ok: {file.name}: the parts fit each other and the server")
