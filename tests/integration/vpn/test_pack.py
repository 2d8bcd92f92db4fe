# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role customer_gateway as a user runs it: what it writes, and that no key is seen anywhere but in the vault."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from rehearsal.aws.__main__ import environment
from tests.support.cloud import ACCOUNT, REGION, Cloud

ROOT = Path(__file__).resolve().parents[3]
KEYS = ("First.Key_of_kyiv_office", "Second.Key_of_kyiv_office")
PASSWORD = "correct horse battery staple"

PLAY = [
    {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "tasks": [
            {"name": "Write the pack", "ansible.builtin.import_role": {"name": "fintech.platform.customer_gateway"}},
            {"name": "Show all that a later task sees", "ansible.builtin.debug": {"var": "hostvars.localhost"}},
        ],
    }
]


@dataclass(frozen=True)
class Written:
    """What a run ended with."""

    code: int
    text: str
    changed: bool


Pack = Callable[..., Written]


@pytest.fixture
def secret(cloud: Cloud, static_connection: dict[str, Any]) -> str:
    """Both keys as AWS keeps those of a connection: in one secret, by outside address."""
    keys = {tunnel["outside_address"]: key for tunnel, key in zip(static_connection["tunnels"], KEYS, strict=True)}
    arn = cloud.secretsmanager.create_secret(Name="s2svpn!vpn-0a1b2c3d4e5f60718", SecretString=json.dumps(keys))["ARN"]
    for tunnel in static_connection["tunnels"]:
        tunnel["pre_shared_key_arn"] = arn
    return str(arn)


@pytest.fixture
def pack(cloud: Cloud, static_connection: dict[str, Any], tmp_path: Path) -> Pack:
    """Run the role with everything shown that Ansible can show."""
    (tmp_path / "play.yml").write_text(yaml.safe_dump(PLAY))
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    settings = {**environment(cloud.url, REGION, ACCOUNT), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}

    def run(*arguments: str, **variables: Any) -> Written:
        given = {
            "customer_gateway_connections": [static_connection],
            "customer_gateway_directory": str(tmp_path / "pack"),
            "platform_region": REGION,
            "ansible_python_interpreter": sys.executable,
            **variables,
        }
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-vvv", "--diff", str(tmp_path / "play.yml")]
        done = subprocess.run(
            [*command, *arguments, "-e", json.dumps(given)], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
        )
        return Written(done.returncode, done.stdout + done.stderr, "changed=0" not in done.stdout)

    return run


def vaulted(tmp_path: Path) -> dict[str, Any]:
    return {
        "customer_gateway_secrets": "vault",
        "customer_gateway_vault_password_file": str(tmp_path / "password"),
        "customer_gateway_vault_id": "sites",
    }


def decrypted(file: Path) -> str:
    return VaultLib([("sites", VaultSecret(PASSWORD.encode()))]).decrypt(file.read_bytes()).decode()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_refer_to_secrets(secret: str, pack: Pack, tmp_path: Path) -> None:
    devices = ["strongswan", "cisco_ios_xe", "fortigate", "juniper_srx", "generic"]
    planned = pack("--check", customer_gateway_devices=devices)
    assert (planned.code, planned.changed) == (0, True), planned.text
    assert not (tmp_path / "pack").exists()

    written = pack(customer_gateway_devices=devices)
    assert (written.code, written.changed) == (0, True), written.text
    files = {path.name: path for path in (tmp_path / "pack").iterdir()}
    assert set(files) == {
        "kyiv_office-strongswan.sh",
        "kyiv_office-cisco_ios_xe.ios",
        "kyiv_office-fortigate.fortios",
        "kyiv_office-juniper_srx.junos",
        "kyiv_office-generic.md",
    }
    assert {mode(path) for path in files.values()} == {0o600}
    for path in files.values():
        assert secret in path.read_text()
        assert not any(key in path.read_text() for key in KEYS)
    assert not pack(customer_gateway_devices=devices).changed


def test_keys_are_in_the_vault_and_nowhere_else(secret: str, pack: Pack, tmp_path: Path) -> None:
    file = tmp_path / "pack/kyiv_office-strongswan.sh.vault"
    planned = pack("--check", **vaulted(tmp_path))
    assert (planned.code, planned.changed) == (0, True), planned.text
    assert not file.exists()

    written = pack(**vaulted(tmp_path))
    assert (written.code, written.changed) == (0, True), written.text
    assert file.read_bytes().startswith(b"$ANSIBLE_VAULT;1.2;AES256;sites\n")
    assert mode(file) == 0o600
    content = decrypted(file)
    for index, key in enumerate(KEYS, start=1):
        assert f'secret = "{key}"' in content
        assert f"@PRE_SHARED_KEY_{index}@" not in content
    again = pack(**vaulted(tmp_path))
    assert not again.changed
    for run in (planned, written, again):
        assert not any(key in run.text for key in (*KEYS, PASSWORD))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_planned_connection_has_a_planned_file(static_connection: dict[str, Any], pack: Pack, tmp_path: Path) -> None:
    """Before the hub is there, a run in check mode still shows what would be."""
    for tunnel in static_connection["tunnels"]:
        tunnel |= {"outside_address": None, "pre_shared_key_arn": None}
    static_connection["vpn_connection_id"] = None
    planned = pack("--check", **vaulted(tmp_path))
    assert (planned.code, planned.changed) == (0, True), planned.text
    refused = pack(**vaulted(tmp_path))
    assert "that is not there yet. Build the hub first." in refused.text
