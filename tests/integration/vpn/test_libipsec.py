# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real tunnels between the rendered strongSwan gateway and a strongSwan with the connection's parameters, in seconds."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import platform_side
from .lab import KEYS, Lab, lab
from .machine import until
from .needs import LIBIPSEC, STRONGSWAN, require

AGREED = "AES_GCM_16-256/PRF_HMAC_SHA2_512/ECP_384"


@pytest.fixture(autouse=True)
def programs() -> None:
    require(STRONGSWAN, LIBIPSEC, namespaces=True)


@pytest.fixture
def tunnels(static_connection: dict[str, Any], tmp_path: Path) -> Iterator[Lab]:
    with lab(static_connection, tmp_path) as started:
        yield started


def weakened(connection: dict[str, Any]) -> dict[str, Any]:
    """As a far side might have it that was not brought up to date."""
    weak = copy.deepcopy(connection)
    for tunnel in weak["tunnels"]:
        for phase in ("ike", "esp"):
            tunnel[phase] |= {"encryption": ["AES128"], "integrity": ["SHA2-256"], "dh_groups": [14]}
    return weak


def test_both_tunnels_carry_traffic_and_one_takes_over(static_connection: dict[str, Any], tunnels: Lab) -> None:
    tunnels.start(static_connection)
    until(lambda: len(tunnels.bytes_sent()) == 2, 10, "both tunnels up")
    assert set(re.findall(r"^  (AES\S+)$", tunnels.sas(), re.MULTILINE)) == {AGREED}
    assert set(re.findall(r"ESP:(\S+)$", tunnels.sas(), re.MULTILINE)) == {"AES_GCM_16-256"}
    assert tunnels.updown() == {"1 up-client", "2 up-client"}

    until(tunnels.reaches, 5, "the first packet")
    (carrying,) = (name for name, sent in tunnels.bytes_sent().items() if sent)
    lost = int(carrying.removeprefix("acme-"))
    spare = 3 - lost

    # AWS takes the endpoint down that carries the traffic, to replace it.
    tunnels.platform.write("/etc/swanctl/conf.d/platform.conf", platform_side.swanctl(tunnels.connection, KEYS, spare))
    tunnels.platform.run("swanctl --load-conns")
    until(tunnels.reaches, 5, "a packet through the other tunnel")
    assert list(tunnels.bytes_sent()) == [f"acme-{spare}"]
    assert f"{lost} down-client" in tunnels.updown()

    # The new one is there, and begins as startup_action says.
    tunnels.platform.write("/etc/swanctl/conf.d/platform.conf", platform_side.swanctl(tunnels.connection, KEYS))
    tunnels.platform.run("swanctl --load-conns")
    until(lambda: len(tunnels.bytes_sent()) == 2, 40, "both tunnels up again")


@pytest.mark.parametrize("weak_side", ["gateway", "platform"])
def test_weaker_proposals_are_refused(weak_side: str, static_connection: dict[str, Any], tunnels: Lab) -> None:
    weak = weakened(static_connection)
    if weak_side == "platform":
        tunnels.connection = weak
    tunnels.start(weak if weak_side == "gateway" else static_connection)
    until(lambda: "NO_PROPOSAL_CHOSEN" in tunnels.gateway.log.read_text(), 10, "a refusal")
    assert "ESTABLISHED" not in tunnels.sas()
    assert not tunnels.reaches()


def test_wrong_key_is_refused(static_connection: dict[str, Any], tunnels: Lab) -> None:
    tunnels.start(static_connection)
    until(lambda: len(tunnels.bytes_sent()) == 2, 10, "both tunnels up")
    tunnels.gateway.write("/etc/swanctl/conf.d/acme-secrets.conf", 'secrets {\n  ike-1 {\n    secret = "Another.Key"\n  }\n}\n')
    tunnels.gateway.run("swanctl --load-creds --clear --noprompt")
    tunnels.gateway.run("swanctl --terminate --ike acme-1")
    tunnels.gateway.run("swanctl --initiate --child acme-1 --timeout 5", check=False)
    assert "AUTHENTICATION_FAILED" in tunnels.gateway.log.read_text()
    assert list(tunnels.bytes_sent()) == ["acme-2"]
