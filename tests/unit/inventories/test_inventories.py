# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped inventories: one topology, seen through links, and nothing that leaks from one environment into another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
INVENTORIES = ROOT / "inventories"
TOPOLOGY = INVENTORIES / "shared/topology.yml"
SCHEMA: dict[str, Any] = json.loads((ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8"))
# In ansible-test's copy the folder above is ansible_collections/fintech already.
COLLECTIONS = ROOT / ".build/collections" if (ROOT / ".build/collections").is_dir() else ROOT.parent.parent.parent
HOSTS = sorted(path.parent.name for path in INVENTORIES.glob("*/hosts.yml"))
ENVIRONMENTS = [host for host in HOSTS if host != "hub"]


def names(path: Path) -> set[str]:
    return set(yaml.safe_load(path.read_text(encoding="utf-8")))


def ansible(*command: str, hosts: list[str]) -> str:
    """What the command prints, run beside this Python as it is in a virtual environment."""
    sources = [argument for host in hosts for argument in ("-i", str(INVENTORIES / host))]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run([*command, *sources], check=True, stdout=subprocess.PIPE, text=True, cwd=INVENTORIES, env=environment).stdout


def host_vars(*hosts: str) -> dict[str, Any]:
    return json.loads(ansible("ansible-inventory", "--list", hosts=list(hosts)))["_meta"]["hostvars"]


def test_shipped_are_the_hub_and_all_declared_environments() -> None:
    declared = [entry["name"] for entry in yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))["platform_environments"]]
    assert sorted(["hub", *declared]) == HOSTS


@pytest.mark.parametrize("host", HOSTS)
def test_only_the_link_to_the_topology_is_seen_by_all(host: str) -> None:
    assert [path.name for path in (INVENTORIES / host / "group_vars").rglob("*")] == ["all", "topology.yml"]
    link = INVENTORIES / host / "group_vars/all/topology.yml"
    assert link.readlink() == Path("../../../shared/topology.yml")
    assert link.resolve() == TOPOLOGY.resolve()


@pytest.mark.parametrize("host", HOSTS)
def test_variables_stand_where_the_schema_says(host: str) -> None:
    def where(place: str) -> set[str]:
        return {name for name, node in SCHEMA["properties"].items() if node["x-file"] == place}

    files = sorted((INVENTORIES / host / "host_vars").rglob("*.yml"))
    assert {path.parent.name for path in files} == {host}
    assert set().union(*map(names, files)) <= where("environment")
    assert names(TOPOLOGY) == where("topology")


@pytest.mark.parametrize("path", [*sorted(INVENTORIES.rglob("host_vars/*/*.yml")), TOPOLOGY], ids=lambda path: str(path.relative_to(INVENTORIES)))
def test_editors_find_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == ROOT / "schemas/platform.schema.json"


@pytest.mark.parametrize("host", HOSTS)
def test_placeholder_account_is_marked(host: str) -> None:
    (line,) = [
        line for path in (INVENTORIES / host).rglob("*.yml") for line in path.read_text(encoding="utf-8").splitlines() if "123456789012" in line
    ]
    assert "# change me" in line


def test_several_inventories_make_one_run() -> None:
    together = host_vars(*HOSTS)
    assert sorted(together) == HOSTS
    assert all(host_vars(host) == {host: together[host]} for host in HOSTS)


def test_production_is_protected_and_keeps_a_year_of_flows() -> None:
    variables = host_vars("production")["production"]
    assert variables["platform_deletion_protection"] is True
    assert variables["network_flow_logs"]["retention_days"] >= 365


def test_validation_runs_no_process(tmp_path: Path) -> None:
    """A module would need the interpreter."""
    play = {"hosts": ["environments", "hubs"], "gather_facts": False, "tasks": [{"fintech.platform.validate_inventory": None}]}
    (tmp_path / "validate.yml").write_text(yaml.safe_dump([play]))
    shown = ansible("ansible-playbook", str(tmp_path / "validate.yml"), "-e", "ansible_python_interpreter=/nonexistent", hosts=HOSTS)
    assert sorted(line for line in shown.splitlines() if line.startswith("ok: ")) == [f"ok: [{host}]" for host in HOSTS]
