# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References, marks and what counts as a difference."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import (
    Difference,
    Live,
    Mark,
    Secret,
    Unknown,
    containers,
    differences,
    references,
    resolve,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    Address,
    Guard,
    Net,
    Relay,
    Route,
    Rule,
    Table,
    Vault,
    Zone,
)


def live(identifier: str, **values: object) -> Live:
    return Live(id=identifier, name=None, values={"tags": {}, **values})


def test_references_are_found_at_any_depth() -> None:
    net = Net(name="main", cidr="range")
    zone, address = Zone(name="a", net=net, cidr="range a"), Address(name="p")
    relay = Relay(name="p", net=net, zone=zone, address=address)
    table = Table(name="s", net=net, zones=frozenset({zone}), routes=frozenset({Route("all", relay), Route("some", "literal")}))
    assert set(references(table)) == {net, zone, relay}
    assert set(references(relay)) == {net, zone, address}
    assert references(net) == []


def test_references_resolve_to_ids_or_to_what_is_unknown() -> None:
    known, planned = Net(name="main", cidr="range"), Net(name="edge", cidr="range")
    known.live = live("net-1")
    assert resolve({"nets": [known, planned], "pair": (known, 1)}) == {"nets": ["net-1", Unknown("net.edge")], "pair": ("net-1", 1)}
    assert resolve(frozenset({Route("all", "x")})) == {Route("all", "x")}
    assert str(resolve(Rule(1, Guard(name="g", net=known)))) == "1 from guard.g (known after apply)"


def test_id_of_what_is_only_planned_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"net\.main does not exist yet"):
        assert Net(name="main", cidr="range").id


def test_what_differs() -> None:
    net = Net(name="main", cidr="range", dns=True, tags={"tag": "x"})
    assert differences(net, live("net-1", cidr="range", dns=True)) == {"tags": Difference({}, {"tag": "x"})}
    found = differences(net, Live(id="net-1", name=None, values={"cidr": "other", "dns": False, "tags": {"tag": "x", "theirs": "y"}}))
    assert found == {"dns": Difference(False, True), "cidr": Difference("other", "range", Mark.IMMUTABLE)}


def test_unset_is_untouched_and_initial_and_computed_are_never_compared() -> None:
    vault = Vault(name="u", key=Secret("hunter2", "1"), size=5, seen="never")
    assert differences(vault, live("vault/u", key="1", size=99, region="here", seen="today")) == {}
    assert differences(vault, None).keys() == {"key", "size", "region"}


def test_secret_is_compared_by_version() -> None:
    vault = Vault(name="u", key=Secret("hunter2", "2"))
    assert differences(vault, live("vault/u", key="2", region="here")) == {}
    changed = differences(vault, live("vault/u", key="1", region="here"))
    assert changed == {"key": Difference("1", Secret("hunter2", "2"), Mark.SECRET)}
    assert "hunter2" not in repr(changed) + repr(vault) + str(vault.key)


def test_secret_must_have_a_version() -> None:
    vault = Vault(name="u", key="hunter2")  # type: ignore[arg-type]  # what a careless builder does
    with pytest.raises(AttributeError, match="version") as refused:
        differences(vault, live("vault/u", key="1", region="here"))
    assert "hunter2" not in str(refused.value)


def test_containers_are_its_own_and_those_around_it() -> None:
    net, zone = Net(name="main", cidr="range"), Zone(name="a", net=Net(name="edge", cidr="range"), cidr="range a")
    table = Table(name="s", net=net, zones=frozenset({zone}))
    assert containers(table) == frozenset()
    net.live = live("net-1")
    assert containers(table) == {"net-1"}
    zone.live = live("zone-1")
    zone.live.within = "net-2"
    assert containers(table) == {"net-1", "net-2"}
    table.live = live("table-1")
    table.live.within = "net-3"
    assert containers(table) == {"net-1", "net-2", "net-3"}
    assert containers(Address(name="p")) == frozenset()
