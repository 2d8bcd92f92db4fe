# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One read per kind, none that cannot find anything, and none that waits for another without need."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import read_live
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Fault, Killed, Refused
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import KINDS, Address, Net, Zone
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE, FakePlace
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import converge


@pytest.fixture
def cloud() -> Cloud:
    """With two networks of a zone each, of which one is another environment's."""
    cloud = Cloud()
    nets = [Net(name=name, cidr="range") for name in ("main", "edge")]
    converge(cloud, [*nets, *(Zone(name=net.name, net=net, cidr="range a") for net in nets)])
    cloud.things["net-0002"].tags["environment"] = "test"
    cloud.calls.clear()
    return cloud


def test_one_read_per_kind_and_only_inside_our_own_containers(cloud: Cloud) -> None:
    found = read_live(KINDS, FakePlace(cloud), SCOPE)
    assert sorted(cloud.calls) == sorted(f"Describe {kind.kind}" for kind in KINDS)
    assert set(found) == set(KINDS)
    assert [live.id for live in found[Zone]] == ["zone-0001"]


def test_nothing_is_read_where_no_container_is_live() -> None:
    cloud = Cloud()
    assert not any(read_live(KINDS, FakePlace(cloud), SCOPE).values())
    assert sorted(cloud.calls) == ["Describe address", "Describe net", "Describe vault"]


def test_what_is_known_is_not_read_again(cloud: Cloud) -> None:
    nets = read_live([Net], FakePlace(cloud), SCOPE)
    cloud.calls.clear()
    found = read_live([Zone, Net], FakePlace(cloud), SCOPE, nets)
    assert cloud.calls == ["Describe zone"]
    assert found[Net] is nets[Net]


def test_a_kind_waits_for_its_container_only(cloud: Cloud) -> None:
    zones_asked = threading.Event()
    met = []

    def at_call(operation: str) -> None:
        if operation == "Describe address":
            met.append(zones_asked.wait(5))
        if operation == "Describe zone":
            zones_asked.set()

    cloud.at_call = at_call
    read_live([Address, Net, Zone], FakePlace(cloud), SCOPE)
    assert met == [True]


@pytest.mark.parametrize("workers", [1, 2])
def test_few_workers_are_enough(cloud: Cloud, workers: int) -> None:
    assert [live.id for live in read_live(KINDS, FakePlace(cloud), SCOPE, workers=workers)[Zone]] == ["zone-0001"]


def test_container_that_is_not_read_is_a_mistake(cloud: Cloud) -> None:
    with pytest.raises(KeyError):
        read_live([Zone], FakePlace(cloud), SCOPE)


@pytest.mark.parametrize(("fault", "error"), [(Fault.FAIL, Refused), (Fault.KILL_BEFORE, Killed)])
@pytest.mark.parametrize("kind", ["net", "zone"])
def test_a_failed_read_fails_the_whole(cloud: Cloud, kind: str, fault: Fault, error: type[BaseException]) -> None:
    cloud.inject(fault, f"Describe {kind}", times=9)
    with pytest.raises(error, match=f"Describe {kind}"):
        read_live([Zone, Net], FakePlace(cloud), SCOPE)
