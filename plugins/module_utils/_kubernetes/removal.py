# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking members out: what is deleted, what is only given up, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from .._engine.errors import PlanError
from .._engine.plan import Action
from .api import METADATA_LIST, Api, Body
from .apply_set import ApplySet, is_adopted, other_set
from .differences import deleted, differences
from .member import CRD, NAMESPACE, Member
from .planner import is_controlled
from .resource_type import GroupKind, ResourceType, ResourceTypes, types_of_crd

# What would be missed. Controllers leave leases, events and certificates of their own in the namespace that they work in.
MISSED = (
    *(GroupKind("apps", kind) for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")),
    *(GroupKind("batch", kind) for kind in ("CronJob", "Job")),
    *(GroupKind("", kind) for kind in ("PersistentVolumeClaim", "Pod", "Service")),
    GroupKind("networking.k8s.io", "Ingress"),
)


def plan_removal(api: Api, set_: ApplySet, types: ResourceTypes, leaving: Iterable[Member], reason: str) -> None:
    """Plan to delete each, or to give up what was there before the set.

    A namespace or CRD takes with it what it holds: raises ``PlanError`` if that is somebody else's.
    """
    members = list(leaving)
    api.together(lambda member: _plan(api, member, reason), members)
    going = [each for each in members if each.change and each.change.action is Action.DELETE]
    if held := [line for lines in api.together(lambda member: list(_occupants(api, set_, types, member)), going) for line in lines]:
        raise PlanError("\n".join([*held, "They would be deleted with it. Remove them first, or declare it in their set."]), held=held)


def _plan(api: Api, member: Member, reason: str) -> None:
    live = cast(Body, member.live)
    if is_adopted(live):
        fields = differences(live, api.apply(member.type, member.body, dry_run=True).body)
        member.plan(Action.UPDATE, fields, "given up: it was there before the set")
    else:
        member.plan(Action.DELETE, deleted(live), reason)


def _occupants(api: Api, set_: ApplySet, types: ResourceTypes, member: Member) -> Iterator[str]:
    """What is in a namespace or of a CRD, and neither of the set nor made by one of its controllers."""
    for type_, namespace in _inside(types, member):
        for found in api.read(type_, namespace, accept=METADATA_LIST):
            if not (set_.has(found) or is_controlled(found)):
                owner = other_set(found)
                name = "/".join(filter(None, (found["metadata"].get("namespace"), found["metadata"]["name"])))
                yield f"{member.label} holds {type_.kind} {name} ({f'of the set {owner}' if owner else 'of no set'})"


def _inside(types: ResourceTypes, member: Member) -> Iterator[tuple[ResourceType, str | None]]:
    kind: GroupKind = member.key.kind
    if kind == NAMESPACE:
        yield from ((type_, member.key.name) for each in MISSED if (type_ := types.preferred(each)))
    elif kind == CRD:
        yield from ((type_, None) for type_ in list(types_of_crd(cast(Mapping[str, Any], member.live)))[:1])
