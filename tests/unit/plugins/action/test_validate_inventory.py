# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user reads when the inventory is wrong: Ansible's own loaders read it, the action judges it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.constants import DEFAULT_VAULT_ID_MATCH
from ansible.errors import AnsibleActionFail
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, VaultSecretsContext
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.fintech.platform.plugins.action import validate_inventory as action

ROOT = Path(__file__).resolve().parents[4]


def run(inventory: Path, host: str, extra: dict[str, Any] | None = None, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    loader = DataLoader()
    manager = InventoryManager(loader, sources=[str(inventory)])
    task_vars = VariableManager(loader, manager).get_vars(host=manager.get_host(host)) | (extra or {})
    task = Task()
    task.args = arguments or {}
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    plugin = action.ActionModule(task, connection, None, loader, Templar(loader, task_vars), None)
    return plugin.run(task_vars=task_vars)


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    """A copy of the shipped inventory of dev beside the shared topology."""
    shutil.copytree(ROOT / "inventories/shared", tmp_path / "shared")
    shutil.copytree(ROOT / "inventories/dev", tmp_path / "dev", symlinks=True)
    return tmp_path / "dev"


@pytest.fixture
def errors(dev: Path) -> Callable[..., list[str]]:
    def read(**variables: Any) -> list[str]:
        """Errors of dev once these variables stand in its host_vars."""
        (dev / "host_vars/dev/zz.yml").write_text(yaml.safe_dump(variables))
        return refused(dev)

    return read


def refused(inventory: Path, host: str = "dev", extra: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(AnsibleActionFail) as failure:
        run(inventory, host, extra)
    first, *lines = str(failure.value).split("\n- ")
    assert first == f"The inventory of {host} has {len(lines)} error{'s' if len(lines) > 1 else ''}:"
    return lines


@pytest.mark.parametrize("host", ["hub", "dev", "test", "staging", "production"])
def test_shipped_inventories_are_valid(host: str) -> None:
    result = run(ROOT / "inventories" / host, host)
    assert not result["changed"]
    assert {"platform_name", "platform_account_id"} <= set(result["variables"])


def test_takes_no_arguments(dev: Path) -> None:
    with pytest.raises(Exception, match=r"Unsupported parameters.* strict"):
        run(dev, "dev", arguments={"strict": True})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"platform_suppernets": []}, "platform_suppernets is not known; did you mean platform_supernets?"),
        ({"network_egress": "zonal"}, "network_egress is not known; did you mean network_internet_egress?"),
        ({"platform_xyzzy": 1}, "platform_xyzzy is not known; the collection's inventory page lists the variables"),
        ({"platfrom_deletion_protection": True}, "platfrom_deletion_protection is not known; did you mean platform_deletion_protection?"),
        ({"platform_prefixes": {"subnets": 25}}, "platform_prefixes.subnets is not known; did you mean subnet?"),
        (
            {"network_flow_logs": {"colour": "red"}},
            "network_flow_logs.colour is not known; known here: aggregation_seconds, bucket_arn, destination, kms_key_arn, retention_days, traffic",
        ),
        (
            {"platform_sites": [{"name": "a", "type": "office", "networks": [{"name": "n", "cidr": ["10.0.0.0/24"]}]}]},
            "platform_sites[0].networks[0].cidr is not known; did you mean cidrs?",
        ),
        (
            {"platform_zones": [{"name": "a", "slot": 0, "az_id": "eu-central-1a"}, {"name": "b", "slot": 1}]},
            "platform_zones[0].az_id is 'eu-central-1a': an AZ ID is meant, not a zone's letter; for example euc1-az1",
        ),
        (
            {"platform_supernets": [{"cidr": "10.64.0/21", "first_slot": 0}]},
            "platform_supernets[0].cidr is '10.64.0/21': an IPv4 range is an address, a slash and a prefix length; for example 10.64.0.0/21",
        ),
        ({"platform_environments": [{"name": "dev", "slot": -1}]}, "platform_environments[0].slot is -1: at least 0; for example 0"),
        (
            {"platform_environments": [{"name": "dev"}]},
            "platform_environments[0].slot is missing: Place of the environment in the address plan; used once, never moved",
        ),
        ({"platform_prefixes": {"subnet": 29}}, "platform_prefixes.subnet is 29: at most 28; for example 25"),
        ({"platform_zones": [{"name": "a", "slot": 0}]}, "platform_zones is a list of 1: at least 2 entries"),
        ({"platform_supernets": []}, "platform_supernets is a list of 0: at least 1 entry"),
        (
            {"platform_account_id": 123456789012},
            'platform_account_id is 123456789012: it must be text (put it in quotes); for example "123456789012"',
        ),
        (
            {"platform_account_id": "1234"},
            "platform_account_id is '1234': an account id has 12 digits; for example \"123456789012\"",
        ),
        (
            {"platform_tags": {"aws:x": "y"}},
            "platform_tags has the key 'aws:x': tags named aws:*, fintech.platform/* and Name are set by AWS and by the platform",
        ),
        ({"platform_tags": {"cost": 4711}}, "platform_tags.cost is 4711: it must be text (put it in quotes)"),
        ({"platform_tags": {"note": "x" * 257}}, f"platform_tags.note is '{'x' * 57}...': at most 256 characters"),
        ({"platform_tags": {str(number): "" for number in range(41)}}, "platform_tags is a mapping: at most 40 entries"),
        ({"platform_tags": "owner=me"}, "platform_tags is 'owner=me': it must be a mapping"),
        ({"platform_deletion_protection": None}, "platform_deletion_protection is null: it must be true or false"),
        ({"network_internet_egress": "zonl"}, "network_internet_egress is 'zonl': it must be one of none, zonal, regional; did you mean zonal?"),
        ({"network_flow_logs": {"aggregation_seconds": 61}}, "network_flow_logs.aggregation_seconds is 61: it must be one of 60, 600"),
        (
            {"network_flow_logs": {"destination": "s3"}},
            "network_flow_logs.bucket_arn is missing: The destination s3 needs a bucket; for example arn:aws:s3:::acme-flow-logs",
        ),
        ({"network_gateway_endpoints": ["s3", "s3"]}, "network_gateway_endpoints is a list of 2: an entry stands twice"),
        ({"network_dhcp_options": {"ntp_servers": ["10.0.0.1"] * 5}}, "network_dhcp_options.ntp_servers is a list of 5: at most 4 entries"),
        ({"network_dhcp_options": []}, "network_dhcp_options is a list of 0: it must be a mapping or null"),
        (
            {"network_rules": [{"tier": "workload", "direction": "egress", "peer": "market_data.api", "reason": "Quotes"}]},
            "network_rules[0].ports is missing: The protocols tcp and udp need ports; for example 443",
        ),
        (
            {"network_rules": [{"tier": "edge", "direction": "ingress", "peer": "edge", "protocol": "icmp", "reason": "?"}]},
            "network_rules[0].reason is '?': at least 3 characters; for example Quotes",
        ),
        ({"platform_region": "{{ region_of_dev }}"}, "platform_region cannot be evaluated: 'region_of_dev' is undefined"),
        (
            {"platform_environments": [{"name": "develop", "slot": 0}]},
            "host dev is not in platform_environments; did you mean develop? Name the host after an environment, or declare it with a free slot",
        ),
        (
            {"platform_access": [{"from": "market_data.api", "to": "dev.workload", "ports": [], "reason": "Quotes"}]},
            "platform_access[0].ports is a list of 0: at least 1 entry",
        ),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else "",
)
def test_error_names_path_value_rule_and_way_out(errors: Callable[..., list[str]], variables: dict[str, Any], expected: str) -> None:
    assert errors(**variables) == [expected]


def test_all_errors_come_at_once(errors: Callable[..., list[str]]) -> None:
    found = errors(platform_name="Acme", platform_region="{{ nope }}", platform_environments=[{"nmae": "dev", "slot": "0"}], network_purgee=True)
    assert [line.split(" ", 1)[0] for line in found] == [
        "platform_region",
        "network_purgee",
        "platform_environments[0].nmae",
        "platform_environments[0].slot",
        "platform_name",
    ]


def test_missing_variable_of_the_environment(dev: Path) -> None:
    (dev / "host_vars/dev/platform.yml").write_text("platform_region: eu-central-1\n")
    (line,) = refused(dev)
    assert line.startswith("platform_account_id is missing: AWS account of the environment.")
    assert line.endswith('; for example "123456789012"')


@pytest.mark.parametrize("slip", ["platform_acount_id", "platfrom_account_id"])
def test_misspelt_required_variable_is_one_error(dev: Path, slip: str) -> None:
    (dev / "host_vars/dev/platform.yml").write_text(f'platform_region: eu-central-1\n{slip}: "123456789012"\n')
    assert refused(dev) == [f"{slip} is not known; did you mean platform_account_id?"]


@pytest.mark.parametrize("copied", [True, False])
def test_lost_topology(dev: Path, copied: bool) -> None:
    if copied:
        shutil.rmtree(dev.parent / "shared")
    else:
        (dev / "group_vars/all/topology.yml").unlink()
    (line,) = refused(dev)
    assert line.startswith("the shared topology is missing (none of platform_name, platform_supernets, ")
    assert "group_vars/all/topology.yml of the inventory must link to it" in line


def test_templates_are_evaluated(dev: Path) -> None:
    lines = ["region: {of: eu-west-1}", "platform_region: '{{ region.of }}'", "platform_tags: {host: '{{ inventory_hostname }}'}", ""]
    (dev / "host_vars/dev/zz.yml").write_text("\n".join(lines))
    assert {"platform_region", "platform_tags"} <= set(run(dev, "dev")["variables"])


def test_vault_values_are_checked_and_never_shown(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [(DEFAULT_VAULT_ID_MATCH, VaultSecret(b"a password"))]
    monkeypatch.setattr(VaultSecretsContext, "_current", VaultSecretsContext(secrets))
    ciphertext = VaultLib(secrets).encrypt("hunter2").decode().replace("\n", "\n  ")
    (dev / "host_vars/dev/zz.yml").write_text(f"platform_region: !vault |\n  {ciphertext}\n")
    (line,) = refused(dev)
    assert line.startswith("platform_region is (hidden): a region is meant")


def test_value_of_an_unknown_key_is_not_shown(errors: Callable[..., list[str]]) -> None:
    assert "hunter2" not in "".join(errors(platform_password="hunter2"))


@pytest.mark.parametrize(
    "extra",
    [
        {"network_purge": "true"},  # -e network_purge=true is text
        {"platform_hosts": "dev,test", "platform_lift_deletion_protection": "dev"},
        {"network_result": {"changed": True}},  # registered by the role in an earlier play
        {"my_network_rules": 1, "networking_rules": 2, "platforms": 3},  # a user's own
    ],
)
def test_what_else_a_run_may_set(dev: Path, extra: dict[str, Any]) -> None:
    assert run(dev, "dev", extra)["changed"] is False


def test_text_that_is_no_boolean(dev: Path) -> None:
    assert refused(dev, extra={"network_purge": "ture"}) == ["network_purge is 'ture': it must be true or false"]


def test_expiry_may_be_a_yaml_date(dev: Path) -> None:
    entry = "{from: market_data.api, to: dev.workload, protocol: all, reason: Quotes, expires: 2030-01-31}"
    (dev / "host_vars/dev/zz.yml").write_text(f"platform_access: [{entry}]\n")
    assert "platform_access" in run(dev, "dev")["variables"]


def test_hub_needs_no_environment(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories", symlinks=True)
    (tmp_path / "inventories/hub/hosts.yml").write_text("hubs: {hosts: {centre: {}}}\n")
    shutil.move(tmp_path / "inventories/hub/host_vars/hub", tmp_path / "inventories/hub/host_vars/centre")
    assert not run(tmp_path / "inventories/hub", "centre")["changed"]


def test_missing_library_is_named(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "HAS_JSONSCHEMA", False)
    with pytest.raises(AnsibleActionFail, match="install jsonschema in the Python that runs ansible-playbook"):
        run(dev, "dev")
