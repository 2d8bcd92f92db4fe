# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of the fake cloud: each stands for an oddity of real ones, named in its docstring."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, ClassVar

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import Advice
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, Pace, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import (
    Difference,
    Live,
    Resource,
    Scope,
    Secret,
    Waiter,
    computed,
    immutable,
    initial,
    managed,
    replaceable,
    resolve,
    secret,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine import fake_cloud as cloud_
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud, Thing

SCOPE = Scope(platform="acme", environment="dev", stack="net")
HURRIED = Pace(first_poll=0.001, poll=0.004, retry=(0.001,) * 6, settle=(0, 0.001, 0.001, 0.001), blocked=1, workers=8)
ADVICE: Mapping[type[Exception], Advice] = {
    cloud_.Throttled: Advice.RETRY,
    cloud_.AnswerLost: Advice.REREAD,
    cloud_.ThereAlready: Advice.REREAD,
    cloud_.NotThere: Advice.GONE,
    cloud_.InUse: Advice.BLOCKED,
}


class FakePlace:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.purposes: Counter[str] = Counter()  # of reads
        self._purpose = threading.local()

    def advise(self, error: Exception) -> Advice:
        return ADVICE.get(type(error), Advice.FAIL)

    @contextmanager
    def purpose(self, name: str) -> Iterator[None]:
        self._purpose.name = name
        try:
            yield
        finally:
            self._purpose.name = "read"

    def describe(self, kind: type[Fake], within: frozenset[str]) -> list[Live]:
        self.purposes[getattr(self._purpose, "name", "read")] += 1
        inside = within if kind.within else None
        found: list[Live] = self.cloud.call(
            f"Describe {kind.kind}", lambda: [kind.as_live(self.cloud, each) for each in self.cloud.describe(kind.kind, inside)]
        )
        return found


@dataclass(kw_only=True, eq=False)
class Fake(Resource):
    """``extra``: tags beside those of ownership."""

    tags: Mapping[str, str] | None = managed(None)

    later: ClassVar[tuple[str, ...]] = ()  # fields that only an update can set
    loose: ClassVar[tuple[str, ...]] = ()
    token: ClassVar[bool] = True

    @classmethod
    def read(cls, place: FakePlace, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        return place.describe(cls, within)

    @classmethod
    def as_live(cls, cloud: Cloud, thing: Thing) -> Live:
        parts = [thing.tags.get(part) for part in ("platform", "environment", "stack")]
        scope = Scope(**dict(zip(("platform", "environment", "stack"), map(str, parts)))) if None not in parts else None
        live = Live(id=thing.id, name=thing.tags.get("name"), scope=scope, values={**thing.values, "tags": thing.tags}, state=thing.state)
        live.within, live.default, live.in_use = thing.within, thing.default, bool(cloud.holders(thing.id))
        return live

    @property
    def container(self) -> str | None:
        return None

    def create(self, place: FakePlace) -> Live:
        cloud, token = place.cloud, str(uuid.uuid4()) if self.token else None
        given = {name: resolve(getattr(self, name)) for name in self.settable() if name not in self.later}
        values = {name: value.version if isinstance(value, Secret) else value for name, value in given.items()}
        owned = {"platform": SCOPE.platform, "environment": SCOPE.environment, "stack": SCOPE.stack, "name": self.name}
        more = {"within": self.container, "loose": self.loose, "settles": self.waiter is not None}

        def effect() -> Live:
            self.refuse(cloud)
            return self.as_live(cloud, self.made(cloud, cloud.add(self.kind, values, {**owned, **(self.tags or {})}, token=token, **more)))

        live: Live = cloud.call(f"Create {self.label}", effect, attempts=2 if self.token else 1)
        return live

    @classmethod
    def settable(cls) -> list[str]:
        return [each.name for each in fields(cls) if each.name not in ("name", "live", "tags")]

    def refuse(self, cloud: Cloud) -> None:
        """Raise for what the cloud does not take."""

    def made(self, cloud: Cloud, thing: Thing) -> Thing:
        return thing

    def update(self, place: FakePlace, live: Live, changed: Mapping[str, Difference]) -> None:
        for name, difference in changed.items():
            value = difference.after.version if isinstance(difference.after, Secret) else difference.after
            place.cloud.call(f"Set {self.label} {name}", partial(place.cloud.set, live.id, name, value))

    def retag(self, place: FakePlace, live: Live, tags: Mapping[str, str]) -> None:
        place.cloud.call(f"Tag {self.label}", lambda: place.cloud.get(live.id).tags.update(tags))

    @classmethod
    def delete(cls, place: FakePlace, live: Live) -> None:
        place.cloud.call(f"Delete {cls.kind}.{live.name}", lambda: place.cloud.remove(live.id, settles=cls.waiter is not None))

    @classmethod
    def holders(cls, place: FakePlace, live: Live) -> list[str]:
        found: list[str] = place.cloud.call(f"Describe holders of {live.id}", lambda: place.cloud.holders(live.id))
        return found

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": {key: value for key, value in values["tags"].items() if key in (self.tags or {})}}


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

    def update(self, place: FakePlace, live: Live, changed: Mapping[str, Difference]) -> None:
        before, after = changed["rules"].before or frozenset(), changed["rules"].after
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
    """Its routes do not keep what they lead to."""

    net: Net = immutable(uses=(Net,))
    zones: frozenset[Zone] = managed(frozenset(), uses=(Zone,))
    routes: frozenset[Route] = managed(frozenset(), uses=(Relay,))

    kind = "table"
    later = ("zones", "routes")
    loose = ("routes",)


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


def planned(cloud: Cloud, resources: Iterable[Resource], **options: Any) -> Plan:
    return make_plan(resources, read_live(KINDS, FakePlace(cloud), SCOPE), SCOPE, **options)


def apply(cloud: Cloud, plan: Plan, **options: Any) -> FakePlace:
    place = FakePlace(cloud)
    Executor(place, SCOPE, **{"pace": HURRIED, **options}).apply(plan)
    return place


def converge(cloud: Cloud, resources: Iterable[Resource], **options: Any) -> Plan:
    plan = planned(cloud, resources, **options)
    apply(cloud, plan)
    return plan
