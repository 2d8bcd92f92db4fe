# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind is: a dataclass whose fields are desired state, each with a mark that says how it is compared.

A *reference* is a field that holds another resource. It resolves to the live id, or to :class:`Unknown` while the other
resource is only planned. Compare is written once, here, from the marks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import MISSING, dataclass, field
from enum import Enum
from functools import partial
from typing import Any, ClassVar, Protocol

from .errors import Advice


class Mark(Enum):
    MANAGED = "managed"  # compared, and updated in place
    INITIAL = "initial"  # set once, never compared
    SECRET = "secret"  # compared by version, never shown
    REPLACEABLE = "replaceable"  # a change shows as replace: the old one is deleted first, so what holds it must let go or be replaced too
    IMMUTABLE = "immutable"  # a change is refused
    COMPUTED = "computed"  # only ever read


def _marked(mark: Mark, default: Any = MISSING, *, uses: tuple[type[Resource], ...] = ()) -> Any:
    """``uses`` names the kinds that the field may refer to: deletions are ordered by it."""
    return field(default=default, metadata={"mark": mark, "uses": uses})  # pylint: disable=invalid-field-call


managed = partial(_marked, Mark.MANAGED)
initial = partial(_marked, Mark.INITIAL)
secret = partial(_marked, Mark.SECRET)
replaceable = partial(_marked, Mark.REPLACEABLE)
immutable = partial(_marked, Mark.IMMUTABLE)
computed = partial(_marked, Mark.COMPUTED)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Who owns: written on every object as tags, or as a deterministic name where a service has no tags."""

    platform: str
    environment: str
    stack: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.environment}/{self.stack}"


@dataclass(frozen=True)
class Unknown:
    """The id of something that is only planned."""

    of: str

    def __str__(self) -> str:
        return f"{self.of} (known after apply)"


@dataclass(frozen=True)
class Secret:
    """A secret and its version: the version is compared and shown, the value is neither."""

    value: str = field(repr=False)
    version: str

    def __str__(self) -> str:
        return f"(secret, version {self.version})"


@dataclass(kw_only=True)
class Live:
    """One object as it is: ``values`` has the kind's field names, with ids where the kind has references, versions for secrets."""

    id: str
    name: str | None  # the name in our scope; None for an object that is not ours
    values: dict[str, Any] = field(default_factory=dict)
    state: str | None = None  # needed where the kind has a waiter
    within: str | None = None  # the id of the container that it is in
    in_use: bool = False  # something refers to it: it is no empty duplicate
    default: bool = False  # AWS made it with its container: adopted, never deleted, and no sign that the container is in use
    scope: Scope | None = None
    detail: Any = None  # what the kind needs again in update and delete (association ids ...)


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Which states mean what, and how long (seconds) a change may take. Any other state is on its way to a ready one.

    Without ``ready`` only deletions are waited for. A ``failed`` object is updated where something differs, else an error.
    """

    ready: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset({"deleting"})
    gone: frozenset[str] = frozenset({"deleted"})
    timeout: float = 600

    def is_live(self, live: Live) -> bool:
        return live.state not in self.leaving | self.gone

    def is_ready(self, live: Live) -> bool:
        return not self.ready or live.state in self.ready


class Place(Protocol):
    """(account, region), as the engine sees it: it classifies exceptions and counts calls by purpose."""

    def advise(self, error: Exception) -> Advice: ...

    def purpose(self, name: str) -> AbstractContextManager[None]: ...


@dataclass(kw_only=True, eq=False)
class Resource:
    """One declared node of the graph. Subclasses are kinds, one to a file, named as AWS names them.

    Dataclasses that are values of fields (a rule, a route) are frozen, and say with ``__str__`` how a diff shows them.
    """

    name: str
    live: Live | None = field(default=None, init=False, repr=False)

    kind: ClassVar[str]
    within: ClassVar[type[Resource] | None] = None  # the container whose live ids bound a read
    waiter: ClassVar[Waiter | None] = None
    unique: ClassVar[tuple[str, ...]] = ()  # fields that no two objects in one container can share
    made_with: ClassVar[Mapping[str, Any]] = {}  # what an adopted one is like when AWS has made its container: no change where that is all
    # What a change may call, by "create", "delete" or the name of the changed field: plans are held to it in tests.
    calls: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @property
    def label(self) -> str:
        return f"{self.kind}.{self.name}"

    @property
    def id(self) -> str:
        """The live id. Raises ``LookupError`` before the resource exists: the graph's order prevents that."""
        if self.live is None:
            raise LookupError(f"{self.label} does not exist yet")
        return self.live.id

    @property
    def adopted(self) -> bool:
        """True for what AWS makes with the container (default group, NACL, route table): configured, never deleted."""
        return False

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """All live objects of this kind: ours in the scope and, in containers of ours, those of others too."""
        raise NotImplementedError

    def create(self, place: Any) -> Live:
        """Make and tag it. Answers what the call made it to be: the executor updates what still differs."""
        raise NotImplementedError

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        raise NotImplementedError

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        raise NotImplementedError

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        raise NotImplementedError

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """Problems that only AWS knows (a zone that the region lacks, a quota): asked once per kind that changes."""
        return []

    @classmethod
    def holders(cls, place: Any, live: Live) -> list[str]:
        """Who keeps it from being deleted, for the error message."""
        return []

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The live values as they compare with the desired ones (unmanaged tags left out ...)."""
        return values


Kind = type[Resource]


@dataclass(frozen=True)
class Difference:
    before: Any
    after: Any
    mark: Mark = Mark.MANAGED


def marks(kind: Kind) -> dict[str, Mark]:
    return {each.name: each.metadata["mark"] for each in dataclasses.fields(kind) if "mark" in each.metadata}


def uses(kind: Kind) -> frozenset[Kind]:
    """The kinds that objects of this kind may refer to, directly or not: always more than any of those has itself."""
    direct = {kind.within} if kind.within else set()
    direct.update(*(each.metadata.get("uses", ()) for each in dataclasses.fields(kind)))
    return frozenset(direct.union(*map(uses, direct)))


def references(resource: Resource) -> list[Resource]:
    """The resources that a resource refers to in its fields, at any depth of collections and dataclasses."""
    found: list[Resource] = []
    for name in marks(type(resource)):
        _replaced(getattr(resource, name), found.append)
    return found


def resolve(value: Any) -> Any:
    """The value with every reference replaced by its live id, or :class:`Unknown`."""
    return _replaced(value, lambda other: other.live.id if other.live else Unknown(other.label))


def _replaced(value: Any, replace: Callable[[Resource], Any]) -> Any:
    """The value with every resource in it replaced by what ``replace`` answers."""
    if isinstance(value, Resource):
        return replace(value)
    if isinstance(value, Mapping):
        return {key: _replaced(inner, replace) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_replaced(inner, replace) for inner in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = {each.name: _replaced(getattr(value, each.name), replace) for each in dataclasses.fields(value)}
        return dataclasses.replace(value, **inner)
    return value


def containers(resource: Resource) -> frozenset[str]:
    """The ids of the live containers that it is or will be in: its own, those it refers to, those of what it refers to."""
    container = type(resource).within
    lives = [(type(each), each.live) for each in (resource, *references(resource))]
    ids = {live.id if kind is container else live.within for kind, live in lives if live and container in (kind, kind.within)}
    return frozenset(filter(None, ids))


def differences(resource: Resource, live: Live | None) -> dict[str, Difference]:
    """What differs, by field. A desired ``None`` means untouched; with nothing live, or known to come, every set field differs."""
    values = resource.normalize(live.values) if live else resource.made_with
    found = {}
    for name, mark in marks(type(resource)).items():
        after = resolve(getattr(resource, name))
        if after is None or mark is Mark.COMPUTED or (live and mark is Mark.INITIAL) or (resource.made_with and name not in values):
            continue
        before = values.get(name)
        if not values or before != (after.version if mark is Mark.SECRET else after):
            found[name] = Difference(before, after, mark)
    return found
