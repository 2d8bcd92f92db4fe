# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random declarations, random states that they may meet, and what two states have in common whatever their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, Secret
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud
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

Declare = Callable[[], list[Resource]]  # anew for each run: resources are bound to what is live


def full(version: str = "1", size: int = 1) -> list[Resource]:
    """Something of everything. Another size replaces what is there, and what refers to it."""
    net = Net(name="main", cidr="range", dns=True, tags={"tag": "x"})
    zones = [Zone(name=name, net=net, cidr=f"range {name}", public=name == "a") for name in "ab"]
    addresses = [Address(name=name, size=size) for name in "pq"]
    relays = [Relay(name=each.name, net=net, zone=zone, address=each) for each, zone in zip(addresses, zones, strict=True)]
    node = Guard(name="node", net=net, rules=frozenset({Rule(443, "any"), Rule(22, "any")}))
    guards = [node, Guard(name="default", net=net), Guard(name="api", net=net, rules=frozenset({Rule(443, node)}))]
    table = Table(name="s", net=net, zones=frozenset(zones), routes=frozenset({Route("all", relays[0])}))
    return [table, *guards, *relays, *addresses, *zones, net, Vault(name="u", key=Secret("hunter2", version))]


class _Inside:
    """What one net holds, drawn as plain data."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], name: str) -> None:
        self.name = name
        self.dns, self.tag = draw(st.booleans()), draw(st.sampled_from("xy"))
        self.zones = draw(st.dictionaries(st.sampled_from("abc"), st.booleans()))
        places = st.sampled_from(sorted(self.zones)) if self.zones else st.nothing()
        self.relays = draw(st.dictionaries(st.sampled_from("pq"), st.tuples(places, st.integers(1, 2)))) if self.zones else {}
        self.tables = draw(st.dictionaries(st.sampled_from("st"), st.tuples(_some(self.zones), _some(self.relays))))
        self.adopted = draw(st.booleans())
        names = draw(st.lists(st.sampled_from("klm"), unique=True))  # each may name those before it
        self.guards = {name: draw(st.frozensets(st.tuples(st.integers(1, 3), _or_any(names[:index])))) for index, name in enumerate(names)}

    def declare(self) -> list[Resource]:
        net = Net(name=self.name, cidr=f"range of {self.name}", dns=self.dns, tags={"tag": self.tag})
        zones = {each: Zone(name=f"{self.name}-{each}", net=net, cidr=f"range {each}", public=public) for each, public in self.zones.items()}
        addresses = {each: Address(name=f"{self.name}-{each}", size=size) for each, (_zone, size) in self.relays.items()}
        relays = {
            each: Relay(name=f"{self.name}-{each}", net=net, zone=zones[zone], address=addresses[each]) for each, (zone, _size) in self.relays.items()
        }
        tables = [
            Table(
                name=f"{self.name}-{each}",
                net=net,
                zones=frozenset(zones[zone] for zone in inside),
                routes=frozenset(Route(f"to {relay}", relays[relay]) for relay in through),
            )
            for each, (inside, through) in self.tables.items()
        ]
        guards: dict[str, Guard] = {}
        for each, rules in self.guards.items():
            guards[each] = Guard(name=f"{self.name}-{each}", net=net, rules=frozenset(Rule(port, guards.get(peer, peer)) for port, peer in rules))
        default = [Guard(name="default", net=net)] if self.adopted and self.name == "main" else []
        return [*tables, *default, *relays.values(), *guards.values(), *addresses.values(), *zones.values(), net]


def _some(names: Mapping[str, Any]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(names))) if names else st.just(frozenset())


def _or_any(names: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([*names, "any"])


@st.composite
def declarations(draw: Callable[[st.SearchStrategy[Any]], Any], nets: int = 2) -> Declare:
    insides = [_Inside(draw, name) for name in ("main", "edge")[: draw(st.integers(1, nets))]]
    vaults = draw(st.dictionaries(st.sampled_from("uv"), st.sampled_from("12")))

    def declare() -> list[Resource]:
        kept = [Vault(name=name, key=Secret(f"value {version}", version)) for name, version in vaults.items()]
        return [*kept, *(each for inside in insides for each in inside.declare())]

    return declare


@st.composite
def drift(draw: Callable[[st.SearchStrategy[Any]], Any], *, foreign: bool = True) -> Callable[[Cloud], None]:
    """Somebody else's hands: another value, a tag gone, an empty duplicate, an object that is not ours."""
    choice = draw(st.lists(st.sampled_from(["value", "tag", "duplicate", *(["foreign"] if foreign else [])]), max_size=4))
    which = draw(st.integers(0, 99))

    def change(cloud: Cloud) -> None:
        owned = sorted((each for each in cloud.things.values() if each.tags and not each.default), key=lambda each: each.id)
        for step, what in enumerate(choice):
            thing = owned[(which + step) % len(owned)] if owned else None
            if thing and what == "value":
                thing.values.update({name: value for name, value in DRIFTED.items() if name in thing.values})
            elif thing and what == "tag" and "tag" in thing.tags:
                thing.tags["tag"] = "z"
            elif thing and what == "duplicate" and thing.kind in ("net", "address"):
                twin = cloud.add(thing.kind, thing.values, thing.tags)
                twin.unseen = 0
            elif what == "foreign" and "net-0001" in cloud.things:
                cloud.add("table", {"net": "net-0001", "zones": frozenset(), "routes": frozenset()}, {}, within="net-0001").unseen = 0

    return change


DRIFTED = {"dns": True, "public": True, "rules": frozenset({Rule(9, "any")}), "routes": frozenset({Route("astray", "nowhere")}), "colour": "red"}


def essence(cloud: Cloud) -> Counter[str]:
    """The things, each as often as it is there, with names in the place of ids."""
    labels = {each.id: f"{each.kind}.{each.tags.get('name') or ('default' if each.default else 'foreign')}" for each in cloud.things.values()}

    def named(value: Any) -> Any:
        if isinstance(value, str):
            return labels.get(value, value)
        if isinstance(value, frozenset):
            return sorted(map(str, map(named, value)))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{each.name: named(getattr(value, each.name)) for each in fields(value)})
        return value

    told: Counter[str] = Counter()
    for each in cloud.things.values():
        values = sorted(f"{name}={named(value)}" for name, value in each.values.items())
        told[f"{labels[each.id]} in {labels.get(each.within or '')}: {each.state} {values} {sorted(each.tags.items())}"] += 1
    return told
