# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three builders: the files that each works from and the command that runs it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import ansible
import yaml

from .connected import ROLE
from .design import ACCOUNTS, ENVIRONMENTS, HUB, OPTIONS, REGION, ROOT, Platform
from .peer.variables import variables
from .runs import Measured

PEER = Path(__file__).parent / "peer" / "network.yml"
OURS = ROOT / "playbooks"
HOST = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
RECAP = re.compile(r"changed=(\d+) +unreachable=\d+ +failed=(\d+)")


class Side(Protocol):
    name: str

    def command(self, hosts: Sequence[str], run: str) -> list[str]: ...

    def changed(self, done: Measured) -> int:
        """How many changes it says that it made."""


def environment(url: str, directory: Path) -> dict[str, str]:
    """What all run in. A profile for each host, whose access key is the id of its account, and one for its role in the hub's."""
    profiles = directory / "credentials"
    keys = (f"[{name}]\naws_access_key_id = {account}\naws_secret_access_key = rehearsal\n" for name, account in ACCOUNTS.items())
    roles = (f"[{name}-hub]\nrole_arn = {ROLE}\nsource_profile = {name}\n" for name in ENVIRONMENTS)
    profiles.write_text("".join((*keys, *roles)))
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
    """An inventory with all hosts, and the playbook for some of them."""

    name: str

    def __init__(self, directory: Path) -> None:
        self.inventory = directory / self.name

    def playbook(self, hosts: Sequence[str]) -> Path:
        raise NotImplementedError

    def write(self, shared: dict[str, Any], hosts: dict[str, dict[str, Any]]) -> None:
        for part in ("group_vars/all", *(f"host_vars/{host}" for host in hosts)):
            (self.inventory / part).mkdir(parents=True, exist_ok=True)
        groups = {"environments": [host for host in hosts if host != HUB], "hubs": [host for host in hosts if host == HUB]}
        listed = {group: {"hosts": dict.fromkeys(members, HOST)} for group, members in groups.items()}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump(listed))
        (self.inventory / "group_vars" / "all" / "topology.yml").write_text(yaml.safe_dump(shared))
        for host, own in hosts.items():
            (self.inventory / "host_vars" / host / "platform.yml").write_text(yaml.safe_dump(own))

    def command(self, hosts: Sequence[str], run: str) -> list[str]:
        program = [str(Path(sys.executable).parent / "ansible-playbook"), str(self.playbook(hosts)), "-i", str(self.inventory)]
        return [*program, "--limit", ",".join(hosts), "--forks", "4", *(["--check", "--diff"] if run == "check" else [])]

    def changed(self, done: Measured) -> int:
        return sum(int(changed) for changed, _failed in RECAP.findall(done.output))


class Peer(_Playbook):
    name = "peer"

    def __init__(self, directory: Path, platform: Platform, zones: dict[str, str], prefix_lists: dict[str, dict[str, str]]) -> None:
        super().__init__(directory)
        self.write({}, {name: variables(design, zones, prefix_lists[name]) for name, design in platform.designs.items()})

    def playbook(self, hosts: Sequence[str]) -> Path:
        return PEER


class Ours(_Playbook):
    name = "ours"

    def __init__(self, directory: Path, platform: Platform) -> None:
        super().__init__(directory)
        own = {f"network_{name}": value for name, value in OPTIONS.items()}
        places = {name: {"platform_account_id": ACCOUNTS[name], "platform_region": REGION, "platform_profile": name} for name in platform.designs}
        self.write(platform.topology, {name: {**place, **(own if name in ENVIRONMENTS else {})} for name, place in places.items()})

    def playbook(self, hosts: Sequence[str]) -> Path:
        return OURS / ("hub.yml" if HUB in hosts else "network.yml")


class Floor:
    name = "floor"

    def __init__(self, directory: Path, platform: Platform) -> None:
        self.designs = {name: directory / f"{name}.json" for name in platform.designs}
        for name, path in self.designs.items():
            path.write_text(json.dumps(platform.designs[name]))

    def command(self, hosts: Sequence[str], run: str) -> list[str]:
        check = ["--check"] if run == "check" else []
        return [sys.executable, "-m", "tests.benchmark.floor", *check, *(str(self.designs[host]) for host in hosts)]

    def changed(self, done: Measured) -> int:
        return int(done.output.split()[-1]) if done.code == 0 else 0
