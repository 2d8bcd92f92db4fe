# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `manifests`: the same 500 manifests applied to a real Kubernetes API, each side to an empty one of its own.

    python -m tests.benchmark.manifests [--sides ours,kubectl,peer_list,peer] [--manifests 500]

`peer` loops over `kubernetes.core.k8s`, `peer_list` gives that module all manifests in one task, `kubectl` applies them
server-side from one file. Nobody waits for rollouts, and no Deployment has replicas, so that controllers have little to do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ansible
import yaml
from kubernetes import config

from rehearsal.kubernetes.binary import binary
from rehearsal.kubernetes.control_plane import ControlPlane

ROOT = Path(__file__).parents[2]
MANIFESTS = 500
NAMESPACES = 5
SIDES = ("ours", "kubectl", "peer_list", "peer")
RUNS = ("first", "noop")
RATIO = 10  # that the peer's wall clock is to be over ours, first and unchanged

Body = dict[str, Any]
Row = dict[str, Any]


def manifests(count: int = MANIFESTS) -> list[Body]:
    """Namespaces, and applications of nine objects each in them."""
    found: list[Body] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}} for number in range(NAMESPACES)]
    number = 0
    while len(found) < count:
        found += _application(f"app-{number}", f"team-{number % NAMESPACES}")
        number += 1
    return found[:count]


def _application(name: str, namespace: str) -> Iterator[Body]:
    labels, rbac = {"app": name}, "rbac.authorization.k8s.io"
    container = {
        "name": "main",
        "image": "registry.test/app:1",
        "ports": [{"containerPort": 8443, "name": "https"}],
        "resources": {"requests": {"cpu": "0.1", "memory": "128Mi"}, "limits": {"memory": "1024Mi"}},
        "env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "https"}},
    }
    pod = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": name, "containers": [container]}}
    parts: list[tuple[str, str, Body]] = [
        ("v1", "ConfigMap", {"data": {"settings.yml": "".join(f"key_{number}: value\n" for number in range(20))}}),
        ("v1", "Secret", {"data": {"password": "aHVudGVyMg=="}, "type": "Opaque"}),
        ("v1", "ServiceAccount", {"automountServiceAccountToken": False}),
        ("v1", "Service", {"spec": {"selector": labels, "ports": [{"name": "https", "port": 443, "targetPort": "https"}]}}),
        ("apps/v1", "Deployment", {"spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod}}),
        ("policy/v1", "PodDisruptionBudget", {"spec": {"minAvailable": 1, "selector": {"matchLabels": labels}}}),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {"spec": {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 8443}]}]}},
        ),
        (f"{rbac}/v1", "Role", {"rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]}),
        (
            f"{rbac}/v1",
            "RoleBinding",
            {"roleRef": {"apiGroup": rbac, "kind": "Role", "name": name}, "subjects": [{"kind": "ServiceAccount", "name": name}]},
        ),
    ]
    for api_version, kind, fields in parts:
        yield {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels}, **fields}


def command(who: str, kubeconfig: Path, directory: Path, count: int) -> list[str]:
    """What a user would run. Writes the files that it takes."""
    declared = manifests(count)
    if who == "kubectl":
        (directory / "all.yml").write_text(yaml.safe_dump_all(declared))
        options = ["--server-side", "--field-manager=bench", "--filename", str(directory / "all.yml")]
        return [str(binary()), "kubectl", f"--kubeconfig={kubeconfig}", "apply", *options]
    peer = {"kubeconfig": str(kubeconfig), "state": "present"}
    task = {
        "ours": {"fintech.platform.manifest_set": {"name": "bench", "kubeconfig": str(kubeconfig), "definitions": "{{ manifests }}", "wait": False}},
        "peer_list": {"kubernetes.core.k8s": {**peer, "definition": "{{ manifests }}"}},
        "peer": {"kubernetes.core.k8s": {**peer, "definition": "{{ item }}"}, "loop": "{{ manifests }}", "loop_control": {"label": "one"}},
    }[who]
    shared = {"ansible_python_interpreter": sys.executable, "manifests": declared}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": shared, "tasks": [task]}
    (directory / f"{who}.yml").write_text(yaml.safe_dump([play]))
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(directory / f"{who}.yml")]


def measure(arguments: Sequence[str], directory: Path) -> tuple[int, float, float, str]:
    """Exit code, seconds of CPU of the process and all that it waited for, seconds on the clock, output."""
    paths = os.pathsep.join((str(ROOT / ".build" / "collections"), str(Path(ansible.__file__).parents[1])))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_", "PYTHON"))}
    environment = {**kept, "ANSIBLE_COLLECTIONS_PATH": paths, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_NOCOLOR": "1"}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return process.returncode, round(usage.ru_utime + usage.ru_stime, 2), round(wall, 2), output.read().decode(errors="replace")


def changed(who: str, output: str) -> int:
    """How many objects it says that it changed."""
    if who == "kubectl":
        return 0  # it says "serverside-applied" of all, changed or not
    (task,) = json.JSONDecoder().raw_decode(output[output.index("{\n") :])[0]["plays"][0]["tasks"]
    result = task["hosts"]["localhost"]
    if who == "ours":
        return sum(count for name, count in result["counts"].items() if name != "unchanged")
    many = result["results"] if who == "peer" else result["result"]["results"]
    return sum(bool(each["changed"]) for each in many)


def stored(kubeconfig: Path, count: int) -> Iterator[tuple[str, str]]:
    """Every object of the declared kinds, with all of it that no controller writes, which a run that changes nothing leaves alone."""
    loaded: Any = config
    api = loaded.new_client_from_config(str(kubeconfig))
    paths = sorted({_path(each) for each in manifests(count)})
    for path in paths:
        answer = api.call_api("GET", f"{api.configuration.host}{path}", header_params={"Accept": "application/json"})
        for item in json.loads(answer.read())["items"]:
            yield (
                f"{path} {item['metadata'].get('namespace')}/{item['metadata']['name']}",
                json.dumps([item["metadata"].get("generation"), {key: value for key, value in item.items() if key not in ("metadata", "status")}]),
            )


def _path(body: Body) -> str:
    plural = {"NetworkPolicy": "networkpolicies"}.get(body["kind"], f"{body['kind'].lower()}s")
    return f"/{'apis' if '/' in body['apiVersion'] else 'api'}/{body['apiVersion']}/{plural}"


def rows(_emulated: Any = None, sides: Sequence[str] = SIDES, count: int = MANIFESTS) -> Iterator[Row]:
    wanted = {f"{_path(each)} {each['metadata'].get('namespace')}/{each['metadata']['name']}" for each in manifests(count)}
    for who in sides:
        with tempfile.TemporaryDirectory() as place:
            directory = Path(place)
            plane = ControlPlane(f"bench-{who.replace('_', '-')}", directory / "plane")
            kubeconfig = plane.start().kubeconfig
            try:
                before: dict[str, str] = {}
                for run in RUNS:
                    code, cpu, wall, output = measure(command(who, kubeconfig, directory, count), directory)
                    now = {name: content for name, content in stored(kubeconfig, count) if name in wanted}
                    said = changed(who, output) if code == 0 else 0
                    ok = code == 0 and now.keys() == wanted and (run == "first" or (now == before and not said))
                    if not ok:
                        print(output[-3000:])
                    before = now
                    yield {
                        "scenario": "manifests", "who": who, "manifests": count, "run": run, "cpu_seconds": cpu, "wall_seconds": wall, "changed": said,
                        "ok": ok,
                    }  # fmt: skip
            finally:
                plane.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.manifests")
    parser.add_argument("--sides", type=lambda text: text.split(","), default=list(SIDES))
    parser.add_argument("--manifests", type=int, default=MANIFESTS)
    asked = parser.parse_args()
    failed = False
    for row in rows(sides=asked.sides, count=asked.manifests):
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
        failed |= not row["ok"]
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
