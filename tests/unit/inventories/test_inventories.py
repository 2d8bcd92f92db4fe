# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped inventories: one topology, seen through links, and nothing that leaks from one environment into another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fintech.platform.plugins.module_utils._engine.graph import ordered
from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.access import compile_access
from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.connections import check_connections, placeholders
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry import ECR_REGISTRY
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry_spec import ECR_REGISTRY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster import EKS_CLUSTER
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_spec import EKS_CLUSTER_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network import TRANSIT_NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network_spec import TRANSIT_NETWORK_SPEC

ROOT = Path(__file__).resolve().parents[3]
INVENTORIES = ROOT / "inventories"
TOPOLOGY = INVENTORIES / "shared/topology.yml"
SHARED = {"topology": TOPOLOGY, "images": INVENTORIES / "shared/images.yml"}
SCHEMA: dict[str, Any] = json.loads((ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8"))
# In ansible-test's copy the folder above is ansible_collections/fintech already.
COLLECTIONS = ROOT / ".build/collections" if (ROOT / ".build/collections").is_dir() else ROOT.parent.parent.parent
HOSTS = sorted(path.parent.name for path in INVENTORIES.glob("*/hosts.yml"))
ENVIRONMENTS = [host for host in HOSTS if host != "hub"]
STACKS = {
    "network": (NETWORK, {**TOPOLOGY_SPEC, **STACK_SPEC, **NETWORK_SPEC}),
    "transit_network": (TRANSIT_NETWORK, {**TOPOLOGY_SPEC, **STACK_SPEC, **TRANSIT_NETWORK_SPEC}),
    "eks_cluster": (EKS_CLUSTER, {**TOPOLOGY_SPEC, **STACK_SPEC, **EKS_CLUSTER_SPEC}),
    "ecr_registry": (ECR_REGISTRY, {**STACK_SPEC, **ECR_REGISTRY_SPEC}),
}


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
def test_only_links_to_what_is_shared_are_seen_by_all(host: str) -> None:
    seen = INVENTORIES / host / "group_vars/all"
    assert sorted((INVENTORIES / host / "group_vars").rglob("*")) == [seen, *sorted(seen / path.name for path in SHARED.values())]
    for path in SHARED.values():
        assert (seen / path.name).readlink() == Path("../../../shared") / path.name
        assert (seen / path.name).resolve() == path.resolve()


@pytest.mark.parametrize("host", HOSTS)
def test_variables_stand_where_the_schema_says(host: str) -> None:
    def where(place: str) -> set[str]:
        return {name for name, node in SCHEMA["properties"].items() if node["x-file"] == place}

    files = sorted((INVENTORIES / host / "host_vars").rglob("*.yml"))
    assert {path.parent.name for path in files} == {host}
    own = {name for name in where("environment") if name.startswith("platform_")} | where("hub") if host == "hub" else where("environment")
    assert set().union(*map(names, files)) <= own
    assert {place: names(path) for place, path in SHARED.items()} == {place: where(place) for place in SHARED}


@pytest.mark.parametrize(
    "path", [*sorted(INVENTORIES.rglob("host_vars/*/*.yml")), *SHARED.values()], ids=lambda path: str(path.relative_to(INVENTORIES))
)
def test_editors_find_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == ROOT / "schemas/platform.schema.json"


@pytest.mark.parametrize("host", HOSTS)
def test_placeholder_account_is_marked(host: str) -> None:
    lines = [line for path in (INVENTORIES / host).rglob("*.yml") for line in path.read_text(encoding="utf-8").splitlines() if "123456789012" in line]
    assert lines
    assert [line for line in lines if "# change me" not in line] == []


def test_placeholder_gateways_are_marked_and_nobodys() -> None:
    lines = [line for line in TOPOLOGY.read_text(encoding="utf-8").splitlines() if "gateway_address:" in line]
    assert len(lines) == len(yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))["platform_sites"])
    assert [line for line in lines if "# change me" not in line] == []
    sites = topology().sites
    assert placeholders(topology()) == [site.name for site in sites]


def topology() -> Topology:
    variables = yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))
    options = {name.removeprefix("platform_"): value for name, value in variables.items() if name != "platform_name"}
    checked = ArgumentSpecValidator(TOPOLOGY_SPEC).validate({**options, "platform": variables["platform_name"]})
    assert checked.error_messages == []
    return Topology.from_mapping(checked.validated_parameters)


def test_the_shared_topology_can_be_built() -> None:
    today = date(2026, 6, 30)
    check_connections(topology(), today)
    plan_addresses(topology())
    matrix = compile_access(topology(), today)
    assert matrix.expired == ()
    assert all(matrix.sites_of(environment) for environment in ENVIRONMENTS)
    assert [matrix.peers_of(environment) for environment in ENVIRONMENTS] == [()] * len(ENVIRONMENTS)


@pytest.mark.parametrize(
    ("role", "host"),
    [*((role, host) for role in ("network", "eks_cluster") for host in ENVIRONMENTS), ("transit_network", "hub"), ("ecr_registry", "hub")],
)
def test_every_host_can_be_planned(role: str, host: str) -> None:
    """As the role gives it to the module: nothing of what is declared is beyond a limit that the plan knows."""
    files = [ROOT / f"roles/{role}/defaults/main.yml", *SHARED.values(), *(INVENTORIES / host / "host_vars" / host).glob("*.yml")]
    variables = {"inventory_hostname": host} | {
        key: value for file in files for key, value in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    }
    task = yaml.safe_load((ROOT / f"roles/{role}/tasks/main.yml").read_text(encoding="utf-8"))[0][f"fintech.platform.{role}"]
    stack, spec = STACKS[role]
    options = {option: variables[name] for option, value in task.items() if option in spec and (name := value.split()[1]) in variables}
    checked = ArgumentSpecValidator(spec).validate(options)
    assert checked.error_messages == []
    declared = stack.build(checked.validated_parameters, variables["platform_region"])
    assert len(ordered(declared.resources)) == len(declared.resources)


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
