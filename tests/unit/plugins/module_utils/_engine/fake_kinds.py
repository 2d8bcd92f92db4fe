# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of the fake cloud: each stands for an oddity of real ones, named in its docstring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import (
    Difference,
    Live,
    Secret,
    Waiter,
    computed,
    immutable,
    initial,
    managed,
    replaceable,
    secret,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine import fake_cloud as cloud_
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Thing
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_place import SCOPE, FakePlace
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_resource import Fake

WAITER = Waiter(ready=frozenset({"ready"}), failed=frozenset({"failed"}), timeout=30)


@dataclass(kw_only=True, eq=False)
class Net(Fake):
    """A container without a token, that comes with a default guard. ``dns`` can only be set afterwards."""

    cidr: str = immutable()
    dns: bool = managed(False)

    kind = "net"
    waiter = WAITER
    token = False
    later = ("dns",)

    @classmethod
    def as_live(cls, cloud: Cloud, thing: Thing) -> Live:
        live = super().as_live(cloud, thing)
        live.in_use = False  # what is in it says that
        return live

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        thing.values["dns"] = False
        cloud.add("guard", {"net": thing.id, "rules": frozenset({Rule(0, "any")})}, {}, within=thing.id, default=True)
        return thing


class Inside(Fake):
    """What is in a net."""

    within = Net
    net: Net

    @property
    def container(self) -> str | None:
        return self.net.id


@dataclass(kw_only=True, eq=False)
class Zone(Inside):
    """Without a token, but no two of a net have the same range."""

    net: Net = immutable(uses=(Net,))
    cidr: str = immutable()
    public: bool = managed(False)

    kind = "zone"
    unique = ("cidr",)
    token = False
    later = ("public",)

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        thing.values["public"] = False
        return thing

    def refuse(self, cloud: Cloud) -> None:
        if any(each.kind == "zone" and each.within == self.net.id and each.values["cidr"] == self.cidr for each in cloud.things.values()):
            raise cloud_.ThereAlready(f"{self.cidr} conflicts with another zone")


@dataclass(frozen=True)
class Rule:
    port: int
    peer: Guard | str

    def __str__(self) -> str:
        return f"{self.port} from {self.peer}"


@dataclass(kw_only=True, eq=False)
class Guard(Inside):
    """With children that converge with it, one call each; one that is there already is refused. ``default`` is adopted."""

    net: Net = immutable(uses=(Net,))
    rules: frozenset[Rule] = managed(frozenset())

    kind = "guard"
    later = ("rules",)

    @property
    def adopted(self) -> bool:
        return self.name.endswith("default")

    @classmethod
    def as_live(cls, cloud: Cloud, thing: Thing) -> Live:
        live = super().as_live(cloud, thing)
        if thing.default:
            net = cloud.things[thing.within or ""].tags.get("name")
            live.name, live.scope = ("default" if net == "main" else f"{net}-default"), SCOPE
        return live

    def create(self, place: FakePlace) -> Live:
        if self.adopted:
            return next(live for live in self.read(place, SCOPE, frozenset({self.net.id})) if live.default)
        return super().create(place)

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        thing.values["rules"] = frozenset()
        return thing

    def update(self, place: FakePlace, live: Live, fields: Mapping[str, Difference]) -> None:
        before, after = fields["rules"].before or frozenset(), fields["rules"].after
        for rule in sorted(after - before, key=str):
            place.cloud.call(f"Allow {self.label} {rule}", partial(self.allow, place.cloud, live.id, rule))
        for rule in sorted(before - after, key=str):
            place.cloud.call(f"Revoke {self.label} {rule}", partial(self.revoke, place.cloud, live.id, rule))

    @staticmethod
    def allow(cloud: Cloud, identifier: str, rule: Rule) -> None:
        values = cloud.get(identifier).values
        if rule in values["rules"]:
            raise cloud_.ThereAlready(f"{rule} is there already")
        values["rules"] |= {rule}

    @staticmethod
    def revoke(cloud: Cloud, identifier: str, rule: Rule) -> None:
        values = cloud.get(identifier).values
        if rule not in values["rules"]:
            raise cloud_.ThereAlready(f"{rule} is not there any more")
        values["rules"] -= {rule}


@dataclass(kw_only=True, eq=False)
class Address(Fake):
    """Without container, token or anything unique. Another size is another address."""

    size: int = replaceable(1)

    kind = "address"
    token = False


@dataclass(kw_only=True, eq=False)
class Relay(Inside):
    """Slow to come and to go. It keeps its zone and its address, and is replaced where either changes."""

    net: Net = immutable(uses=(Net,))
    zone: Zone = replaceable(uses=(Zone,))
    address: Address = replaceable(uses=(Address,))
    colour: str | None = managed(None)

    kind = "relay"
    waiter = WAITER


@dataclass(frozen=True)
class Route:
    to: str
    via: Relay | str

    def __str__(self) -> str:
        return f"{self.to} via {self.via}"


@dataclass(kw_only=True, eq=False)
class Table(Inside):
    """Its routes do not keep what they lead to. It lets its zones go one by one before it is deleted."""

    net: Net = immutable(uses=(Net,))
    zones: frozenset[Zone] = managed(frozenset(), uses=(Zone,))
    routes: frozenset[Route] = managed(frozenset(), uses=(Relay,))

    kind = "table"
    later = ("zones", "routes")
    loose = ("routes",)

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        thing.values |= {"zones": frozenset(), "routes": frozenset()}
        return thing

    @classmethod
    def delete(cls, place: FakePlace, live: Live) -> None:
        for zone in sorted(live.values["zones"]):
            place.cloud.call(f"Release table.{live.name} {zone}", partial(cls.release, place.cloud, live.id, zone))
        live.values["zones"] = frozenset()
        super().delete(place, live)

    @staticmethod
    def release(cloud: Cloud, identifier: str, zone: str) -> None:
        values = cloud.get(identifier).values
        if zone not in values["zones"]:
            raise cloud_.ThereAlready(f"{zone} is out already")
        values["zones"] -= {zone}


@dataclass(kw_only=True, eq=False)
class Vault(Fake):
    """Found by its name, for it has no tags of ownership. Its key is secret, its size is set once."""

    key: Secret = secret()
    size: int = initial(1)
    region: str = immutable("here")
    seen: str | None = computed(None)

    kind = "vault"
    token = False

    @classmethod
    def as_live(cls, cloud: Cloud, thing: Thing) -> Live:
        return Live(id=thing.id, name=thing.id.partition("/")[2], scope=SCOPE, values={**thing.values, "tags": thing.tags})

    def refuse(self, cloud: Cloud) -> None:
        if f"vault/{self.name}" in cloud.things:
            raise cloud_.ThereAlready(f"vault/{self.name} exists")

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        del cloud.things[thing.id]
        thing.id = f"vault/{self.name}"
        cloud.things[thing.id] = thing
        return thing


KINDS = (Table, Relay, Vault, Guard, Zone, Address, Net)
