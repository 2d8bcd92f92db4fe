# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a set, declared and live, and what was asked for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from .._engine.plan import Action, Change
from .._engine.resource import Difference, Kind, Live
from .api import Body
from .apply_set import Extent
from .manifest import Manifest
from .resource_type import GroupKind, ResourceType, ResourceTypes

NAMESPACE = GroupKind("", "Namespace")
CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")


class Key(NamedTuple):
    kind: GroupKind
    namespace: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class Options:
    namespace: str | None = None  # of objects that name none
    absent: bool = False
    purge: bool = False
    force: bool = False  # take over fields that other managers own
    check: bool = False
    wait: bool = True
    timeout: float = 600.0  # seconds for each wait
    addresses: bool = False  # wait for those of load balancers


@dataclass(eq=False, kw_only=True)
class Member:
    """One object of the set: ``manifest`` where it is declared, ``live`` where it is there."""

    type: ResourceType
    body: Body  # what is applied; of one that is no longer declared, what gives it up
    manifest: Manifest | None = None
    live: Body | None = None
    change: Change | None = None
    validated: bool = True  # by the server

    @property
    def key(self) -> Key:
        return key_of(self.type, self.body)

    @property
    def name(self) -> str:
        return "/".join(filter(None, self.key[1:]))

    @property
    def label(self) -> str:
        return f"{self.type.kind} {self.name}"

    def plan(self, action: Action, fields: dict[str, Difference], reason: str = "") -> None:
        live = Live(id=self.live["metadata"]["uid"], name=self.name) if self.live else None
        # Of its kind a change asks nothing but the name.
        self.change = Change(action=action, kind=cast(Kind, self.type), name=self.name, live=live, fields=fields, reason=reason)


@dataclass(kw_only=True)
class SetPlan:
    members: list[Member]
    leaving: list[Member]  # no longer declared: removed where asked for
    recorded: Extent  # what the live parent says
    types: ResourceTypes
    namespaces: frozenset[str] = field(default_factory=frozenset)  # all that the set has members in, or had

    @property
    def extent(self) -> Extent:
        """What the declared members need the parent to say."""
        return extent_of(self.members)


def extent_of(members: Iterable[Member]) -> Extent:
    found = list(members)
    namespaces = frozenset(each.key.namespace for each in found if each.key.namespace)
    return Extent(kinds=frozenset(each.type.group_kind for each in found), namespaces=namespaces)


def is_new(member: Member) -> bool:
    return member.change is not None and member.change.action is Action.CREATE


def key_of(type_: ResourceType, body: Body) -> Key:
    return Key(type_.group_kind, body["metadata"].get("namespace"), body["metadata"]["name"])
