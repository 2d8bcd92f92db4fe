# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody meddles with the live network: check mode names it, one run repairs it, and nothing else is touched."""

from __future__ import annotations

import pytest

from tests.support.cloud import Cloud, name_of
from tests.support.console import Mutation, Site
from tests.support.mutations import MUTATIONS
from tests.support.network import Network, attributed

pytestmark = pytest.mark.emulator

DHCP = {"domain_name": "dev.example", "ntp_servers": ["169.254.169.123"]}


@pytest.fixture(scope="module")
def live(used_cloud: Cloud) -> Network:
    """A network that every test repairs."""
    used_cloud.control.reset()
    network = Network(used_cloud, {"internet_egress": "zonal", "dhcp_options": DHCP})
    network.run()
    return network


def shown(told: list[tuple[str, str, set[str]]]) -> list[str]:
    return sorted(f"{action} {label} {' '.join(sorted(fields)) if action == 'update' else ''}".rstrip() for action, label, fields in told)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_is_seen_and_repaired_and_nothing_else_touched(live: Network, mutation: Mutation) -> None:
    before = live.cloud.snapshot()
    mutation.meddle(Site(live.cloud))
    assert live.cloud.snapshot() != before

    seen = live.run(check=True)
    assert shown(seen.told) == list(mutation.seen)
    assert seen.changing == []
    for label in (each.split()[1] for each in mutation.seen):
        assert f"{label}:\n" in seen["diff"]["after"]

    repaired = live.run()
    assert repaired["diff"] == seen["diff"]
    assert sorted(map(name_of, repaired.changing)) == list(mutation.calls)
    assert attributed(repaired) == ([], [])
    assert live.cloud.snapshot() == before

    after = live.run()
    assert (after["changes"], after.changing) == ([], [])
