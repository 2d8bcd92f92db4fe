# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role strongswan_gateway on a machine in miniature, which then is a gateway."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fintech.platform.plugins.filter.customer_gateway_configuration import (
    customer_gateway_configuration,
    strongswan_gateway_files,
)

from . import platform_side
from .lab import KEYS, UPDOWN, Lab, lab
from .machine import until
from .needs import FRR, LIBIPSEC, STRONGSWAN, require

ROOT = Path(__file__).resolve().parents[3]
PLAY = [{"hosts": "localhost", "connection": "local", "roles": [{"role": "fintech.platform.strongswan_gateway"}]}]


@pytest.fixture
def gateway(documented_connection: Any, tmp_path: Path) -> Iterator[Lab]:
    require(STRONGSWAN, LIBIPSEC, FRR, namespaces=True)
    with lab(documented_connection(), tmp_path) as started:
        yield started


def play(gateway: Lab, folder: Path, *arguments: str, **variables: Any) -> str:
    """Run the role on the gateway itself, and return all that Ansible shows."""
    (folder / "play.yml").write_text(yaml.safe_dump(PLAY))
    given = {
        "strongswan_gateway_connection": gateway.connection,
        "strongswan_gateway_pre_shared_keys": KEYS,
        "strongswan_gateway_packages": [],
        "strongswan_gateway_services": False,
        "ansible_python_interpreter": sys.executable,
        **variables,
    }
    (folder / "variables.json").write_text(json.dumps(given))
    program, settings = Path(sys.executable).with_name("ansible-playbook"), f"ANSIBLE_CONFIG={ROOT}/ansible.cfg ANSIBLE_HOME={folder}/ansible"
    command = f"{program} -i localhost, -vvv --diff {' '.join(arguments)} -e @{folder}/variables.json {folder}/play.yml"
    return gateway.gateway.run(f"env -C {ROOT} {settings} {command}")


def test_machine_becomes_a_gateway(gateway: Lab, tmp_path: Path) -> None:
    machine = gateway.gateway
    assert "changed=0 " not in play(gateway, tmp_path, "--check")
    assert not machine.succeeds("test -e /etc/swanctl/acme.updown")

    shown = play(gateway, tmp_path)
    assert not any(key in shown for key in KEYS)
    assert "changed=0 " in play(gateway, tmp_path)
    assert machine.run("stat -c %a:%U /etc/swanctl/conf.d/acme-secrets.conf /etc/swanctl/acme.updown /etc/frr/frr.conf").split() == [
        "600:root",
        "755:root",
        "640:frr",
    ]
    assert machine.run("cat /proc/sys/net/ipv4/ip_forward") == "1\n"
    assert "bgpd=yes\n" in machine.run("cat /etc/frr/daemons")
    machine.run("/usr/lib/frr/bgpd -C -f /etc/frr/frr.conf")
    machine.run("sh -n /etc/swanctl/acme.updown")

    gateway.platform.write("/etc/swanctl/conf.d/platform.conf", platform_side.swanctl(gateway.connection, KEYS))
    machine.write("/etc/swanctl/acme.updown", UPDOWN, "0755")
    gateway.serve()
    until(lambda: len(gateway.bytes_sent()) == 2, 10, "both tunnels up")


def test_keys_that_do_not_fit_are_refused(gateway: Lab, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="ansible-playbook") as refused:
        play(gateway, tmp_path, strongswan_gateway_pre_shared_keys=[])
    assert "takes either two pre-shared keys" in "".join(refused.value.__notes__)


def test_script_of_the_pack_is_a_script(gateway: Lab) -> None:
    """The same files, for who has no Ansible."""
    machine = gateway.gateway
    script = customer_gateway_configuration(gateway.connection, "strongswan")
    for program in ("apt-get", "systemctl"):
        machine.write(f"/run/bin/{program}", f'#!/bin/sh\necho {program} "$@" >> /run/called\n', "0755")
    machine.write("/run/pack.sh", script)
    machine.run("env PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin sh /run/pack.sh")
    for file in strongswan_gateway_files(gateway.connection):
        assert machine.run(f"cat {file['path']}") == file["content"]
        assert machine.run(f"stat -c %a {file['path']}") == f"{int(file['mode'])}\n"
    assert machine.run("cat /run/called").splitlines()[-2:] == ["systemctl enable strongswan frr", "systemctl restart strongswan frr"]
