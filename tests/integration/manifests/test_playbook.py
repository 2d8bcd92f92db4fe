# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as a playbook runs it: templates, files, check mode with its diff, errors, and what is never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.manifest_sets import Cluster, config_map
from tests.support.plays import ROOT, Ran, run_tasks

pytestmark = pytest.mark.slow
MODULE = "fintech.platform.manifest_set"
SECRET = "correct-horse-battery-staple"
TEMPLATE = """
{% for number in range(count) %}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-{{ number }}
data:
  colour: {{ colour }}
  included: "{% include 'part.txt' %}"
{% endfor %}
"""

Run = Callable[..., Ran]


@pytest.fixture
def run(cluster: Cluster, tmp_path: Path) -> Run:
    """A play beside which there are templates and files: ``run({"templates": [...]}, "--check")``."""
    files = {
        "templates/settings.yml.j2": TEMPLATE,
        "templates/part.txt": "yes",
        "templates/secret.yml.j2": 'apiVersion: v1\nkind: Secret\nmetadata: {name: password}\nstringData: {value: "{{ password }}"}\n',
        "files/parts/a.yml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {from: file}\n",
        "files/parts/b.yml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ServiceAccount, metadata: {name: b}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    shared = {"count": 2, "colour": "blue", "password": SECRET}

    def play(options: dict[str, Any], *arguments: str, **variables: Any) -> Ran:
        task = {MODULE: {**dict.fromkeys(("name", "set_namespace", "namespace"), cluster.namespace), **options}}
        return run_tasks(tmp_path, [task], "-vvv", *arguments, environment=environment(cluster), variables={**shared, **variables})

    return play


def environment(cluster: Cluster) -> dict[str, str]:
    return {"K8S_AUTH_KUBECONFIG": str(cluster.kubeconfig)}


def test_templates_files_and_definitions_make_one_set(cluster: Cluster, run: Run) -> None:
    options = {
        "templates": ["settings.yml.j2"],
        "src": ["parts/*.yml"],
        "definitions": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "inline"}, "data": {"colour": "{{ colour }}"}}],
    }
    planned = run(options, "--check", "--diff")
    assert planned.result["counts"]["created"] == 5
    assert f"ConfigMap.{cluster.namespace}/settings-1:\n  data:\n    colour: blue\n    included: yes\n" in planned.result["diff"]["after"]
    assert cluster.get("ConfigMap", "a") is None
    applied = run(options)
    assert applied.result["changes"] == planned.result["changes"]
    assert cluster.there("ConfigMap", "settings-1")["data"] == {"colour": "blue", "included": "yes"}
    assert cluster.there("ConfigMap", "inline")["data"] == {"colour": "blue"}
    again = run(options)
    assert (again.result["changed"], again.result["api_calls"]) == (False, {"read": 5})


def test_secret_is_shown_nowhere(cluster: Cluster, run: Run) -> None:
    encoded = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ"
    created = run({"templates": ["secret.yml.j2"]}, "--diff")
    assert created.result["diff"]["after"] == f"Secret.{cluster.namespace}/password:\n  data:\n    value: (masked)\n"
    changed = run({"templates": ["secret.yml.j2"]}, "--diff", password=f"{SECRET}-2")
    assert changed.result["changes"][0]["fields"] == {"data.value": {"before": "(masked)", "after": "(masked, changed)"}}
    cluster.edit("Secret", "password", {"data": {"value": "b3RoZXI="}})
    refused = run({"templates": ["secret.yml.j2"]})
    assert "data.value is owned by the field manager kubectl-edit" in refused.result["msg"]
    for wrong in ({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": encoded + "=="}}, {"data": {"value": encoded}}):
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrong"}, **wrong}
        assert run({"definitions": [body]}).result["failed"]
    mistaken = run({"templates": ["secret.yml.j2"], "wait": "perhaps"})
    assert "wait" in mistaken.result["msg"]
    removed = run({"state": "absent"}, "--diff")
    for ran in (created, changed, refused, mistaken, removed):
        assert SECRET not in ran.text
        assert encoded not in ran.text


def test_broken_manifests_are_named_with_their_file(run: Run) -> None:
    ran = run({"templates": ["settings.yml.j2"]}, colour="[not, closed")
    assert ran.result["msg"].startswith("/")
    assert "templates/settings.yml.j2, line " in ran.result["msg"]
    assert "this is not YAML" in ran.result["msg"]
    missing = run({"src": ["nowhere/*.yml"]})
    assert missing.result["msg"].startswith("There are no manifests nowhere/*.yml")
    assert run({"src": ["parts/*.json"]}).result["msg"].startswith("No file matches parts/*.json in ")


def test_variable_that_is_not_defined_fails(run: Run) -> None:
    ran = run({"templates": ["settings.yml.j2"]}, colour="{{ nowhere }}")
    assert ran.code != 0
    assert "'nowhere' is undefined" in ran.result["msg"]


def test_kubeconfig_as_a_mapping_and_host_with_a_certificate(cluster: Cluster, run: Run) -> None:
    api, settings = cluster.api(), [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}]
    loaded = yaml.safe_load(cluster.kubeconfig.read_text())
    by_mapping = run({"definitions": settings, "kubeconfig": loaded})
    assert by_mapping.result["counts"]["created"] == 1
    assert by_mapping.result["invocation"]["module_args"]["kubeconfig"] == "(not shown)"
    files = {"client_cert": api.configuration.cert_file, "client_key": api.configuration.key_file, "ca_cert": api.configuration.ssl_ca_cert}
    again = run({"definitions": settings, "host": api.host, **files})
    assert again.result["counts"] == {"created": 0, "updated": 0, "replaced": 0, "deleted": 0, "unchanged": 1}
    assert again.result["invocation"]["module_args"]["definitions"] == "(not shown)"


def test_examples_of_the_documentation(cluster: Cluster, tmp_path: Path) -> None:
    """Those that need neither an EKS cluster nor templates."""
    text = (ROOT / "plugins/modules/manifest_set.py").read_text(encoding="utf-8")
    examples = yaml.safe_load(text.partition('EXAMPLES = r"""')[2].partition('"""')[0])
    ran = run_tasks(tmp_path, [each for each in examples if "cluster" not in each[MODULE]], environment=environment(cluster))
    applied, removed = ran.results
    assert (applied["counts"]["created"], removed["counts"]["deleted"]) == (2, 2)


def test_warnings_of_the_server_reach_the_user(cluster: Cluster, run: Run) -> None:
    cluster.edit("Namespace", cluster.namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/warn": "restricted"}}})
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": [{"name": "c", "image": "registry.test/app:1"}]}}
    (warning,) = run({"definitions": [pod, config_map("settings")]}, "--check").result["warnings"]
    assert warning.startswith('Pod bare: would violate PodSecurity "restricted:latest"')
