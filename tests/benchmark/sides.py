# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three builders: the files that each works from and the command that runs it."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Protocol

import ansible
import yaml

from .design import ACCOUNTS, ENVIRONMENTS, OPTIONS, REGION, ROOT, design, topology
from .peer.variables import variables
from .runs import Measured

PEER = Path(__file__).parent / "peer" / "network.yml"
OURS = ROOT / "playbooks" / "network.yml"
HOST = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
RECAP = re.compile(r"changed=(\d+) +unreachable=\d+ +failed=(\d+)")


class Side(Protocol):
    name: str

    def command(self, environments: int, run: str) -> list[str]: ...

    def changed(self, done: Measured) -> int:
        """How many changes it says that it made."""


def environment(url: str, directory: Path) -> dict[str, str]:
    """What all three run in. A profile for each environment, whose access key is the id of its account."""
    profiles = directory / "credentials"
    profiles.write_text(
        "".join(f"[{name}]\naws_access_key_id = {account}\naws_secret_access_key = rehearsal\n" for name, account in ACCOUNTS.items())
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "PYTHON"))}
    installed = Path(ansible.__file__).parents[1]
    return {
        **kept,
        "AWS_ENDPOINT_URL": url,
        "AWS_SHARED_CREDENTIALS_FILE": str(profiles),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join((str(ROOT / ".build" / "collections"), str(installed))),
        "ANSIBLE_NOCOLOR": "true",
    }


class _Playbook:
    """A playbook and an inventory with one host for each environment."""

    name: str
    playbook: Path

    def __init__(self, directory: Path) -> None:
        self.inventory = directory / self.name

    def write(self, shared: dict[str, Any], hosts: dict[str, dict[str, Any]]) -> None:
        for part in ("group_vars/all", *(f"host_vars/{host}" for host in hosts)):
            (self.inventory / part).mkdir(parents=True, exist_ok=True)
        listed = {"environments": {"hosts": dict.fromkeys(hosts, HOST)}}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump(listed))
        (self.inventory / "group_vars" / "all" / "topology.yml").write_text(yaml.safe_dump(shared))
        for host, own in hosts.items():
            (self.inventory / "host_vars" / host / "network.yml").write_text(yaml.safe_dump(own))

    def command(self, environments: int, run: str) -> list[str]:
        limit = ",".join(ENVIRONMENTS[:environments])
        program = [str(Path(sys.executable).parent / "ansible-playbook"), str(self.playbook), "-i", str(self.inventory)]
        return [*program, "--limit", limit, "--forks", "4", *(["--check", "--diff"] if run == "check" else [])]

    def changed(self, done: Measured) -> int:
        return sum(int(changed) for changed, _failed in RECAP.findall(done.output))


class Peer(_Playbook):
    name, playbook = "peer", PEER

    def __init__(self, directory: Path, zones: dict[str, str], prefix_lists: dict[str, dict[str, str]]) -> None:
        super().__init__(directory)
        self.write({}, {name: variables(design(name), zones, prefix_lists[name]) for name in ENVIRONMENTS})


class Ours(_Playbook):
    name, playbook = "ours", OURS

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        own = {f"network_{name}": value for name, value in OPTIONS.items()}
        places = {name: {"platform_account_id": ACCOUNTS[name], "platform_region": REGION, "platform_profile": name} for name in ENVIRONMENTS}
        self.write(topology(), {name: {**place, **own} for name, place in places.items()})


class Floor:
    name = "floor"

    def __init__(self, directory: Path) -> None:
        self.designs = [directory / f"{name}.json" for name in ENVIRONMENTS]
        for name, path in zip(ENVIRONMENTS, self.designs, strict=True):
            path.write_text(json.dumps(design(name)))

    def command(self, environments: int, run: str) -> list[str]:
        check = ["--check"] if run == "check" else []
        return [sys.executable, "-m", "tests.benchmark.floor", *check, *map(str, self.designs[:environments])]

    def changed(self, done: Measured) -> int:
        return int(done.output.split()[-1]) if done.code == 0 else 0
