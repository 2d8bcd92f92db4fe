# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of manifests becomes a plan: which objects are created, updated, given up or deleted, and how.

Nothing is asked object by object as long as nothing differs: one list per kind finds the members of the set, and
:mod:`ownership` tells from it which of them an apply would leave as they are. All others are applied in a dry run, so that
the server's own defaulting, validation and admission decide what the change is and whether it may be made.

The engine's :class:`Change` and :class:`Plan` are used for what a plan looks like. Its ``Resource`` is not: a kind there is a
dataclass whose fields are known beforehand and compared by us, here the server knows the kinds and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .._engine.errors import PlanError
from .._engine.plan import Action
from .api import Api, Body
from .apply_set import CONFIG_MAP, ApplySet, Extent, is_adopted, other_set
from .differences import created, differences
from .errors import ApiError, explain
from .manifest import Manifest
from .member import CRD, NAMESPACE, Key, Member, Options, SetPlan, is_new, key_of
from .offline import CLUSTER_WIDE, NOT_VALIDATED, offline_problems
from .ownership import is_settled, owned_fields
from .resource_type import ResourceType, ResourceTypes, is_builtin, types_of_crd


class Planner:
    """``api`` is None where the cluster is only planned. Raises ``PlanError`` with all problems at once."""

    def __init__(self, api: Api | None, set_: ApplySet, options: Options) -> None:
        self.api, self.set, self.options = api, set_, options
        self.problems: list[str] = []
        self.crds: list[Mapping[str, Any]] = []  # of the set
        self.planned_namespaces: set[str] = set()
        self.served: frozenset[ResourceType] = frozenset()

    def plan(self, manifests: Iterable[Manifest]) -> SetPlan:
        declared = list(manifests)
        types = self.api.types() if self.api else ResourceTypes(())
        self.served = frozenset(types)
        self.crds = [each.body for each in declared if each.group_kind == CRD]
        for crd in self.crds:
            types.add(each for each in types_of_crd(crd) if types.find(each.group, each.version, each.kind) is None)
        members = self._bound(declared, types)
        if self.options.absent:  # what is declared only helps to find what is there
            self.problems.clear()
        self._refuse()
        plan = SetPlan(members=members, leaving=[], recorded=self._recorded(), types=types)
        plan.namespaces = plan.recorded.namespaces | plan.extent.namespaces | {self.set.namespace}
        live = self._live(plan)
        for member in members:
            member.live = live.get(member.type, {}).get(member.key) or next(
                (found[member.key] for found in live.values() if member.key in found), None
            )
        declared_keys = {member.key for member in members}
        left = {key: (type_, body) for type_, found in live.items() for key, body in found.items() if key not in declared_keys}
        plan.leaving = [_leaving(type_, body) for type_, body in left.values()]
        if not self.options.absent:
            # Namespaces and CRDs first: what is in one that is planned cannot be shown to the server.
            first = [each for each in members if each.key.kind in (NAMESPACE, CRD)]
            self.judge(first)
            self.planned_namespaces = {each.key.name for each in first if each.key.kind == NAMESPACE and is_new(each)}
            self.judge([each for each in members if each.key.kind not in (NAMESPACE, CRD)])
        self._refuse()
        return plan

    def judge(self, members: Iterable[Member]) -> None:
        """Plan the change of each; what cannot be is a problem."""
        unsettled = [each for each in members if not self._is_settled(each)]
        found = self.api.together(self._judged, unsettled) if self.api else map(self._judged_offline, unsettled)
        for member, problems in zip(unsettled, found, strict=True):
            self.problems += [f"{member.label}: {problem}" for problem in problems]

    def _refuse(self) -> None:
        if self.problems:
            raise PlanError.of(self.problems)

    def _bound(self, manifests: Iterable[Manifest], types: ResourceTypes) -> list[Member]:
        members: dict[Key, Member] = {}
        parent = Key(CONFIG_MAP.group_kind, self.set.namespace, self.set.name)
        for manifest in manifests:
            type_ = types.find(manifest.group, manifest.version, manifest.kind) or self._guessed(manifest, types)
            if type_ is None:
                self.problems.append(f"{manifest.label} ({manifest.source}): {types.unknown(manifest.group, manifest.version, manifest.kind)}")
                continue
            member = Member(type=type_, body=self._placed(manifest, type_), manifest=manifest)
            if member.key == parent:
                self.problems.append(f"{member.label} would be the parent of the set itself. Give it or the set another name")
            other = members.setdefault(member.key, member)
            if other is not member and other.manifest:
                self.problems.append(f"{member.label} is declared twice: in {other.manifest.source} and in {manifest.source}")
        return list(members.values())

    def _guessed(self, manifest: Manifest, types: ResourceTypes) -> ResourceType | None:
        """The type of what a cluster or a CRD, that is only planned, will serve."""
        if self.api and (not self.options.check or is_builtin(manifest.group) or types.has_group(manifest.group)):
            return None
        named = bool(manifest.namespace or self.options.namespace)
        namespaced = manifest.kind not in CLUSTER_WIDE if is_builtin(manifest.group) else named
        return ResourceType(group=manifest.group, version=manifest.version, kind=manifest.kind, plural=manifest.kind.lower(), namespaced=namespaced)

    def _placed(self, manifest: Manifest, type_: ResourceType) -> Body:
        """The body with its namespace and the set's label."""
        namespace = manifest.namespace or (self.options.namespace if type_.namespaced else None)
        if type_.namespaced and not namespace:
            self.problems.append(f"{manifest.label} ({manifest.source}): metadata.namespace is missing. Give it one, or the set a namespace")
        if manifest.namespace and not type_.namespaced:
            self.problems.append(f"{manifest.label} ({manifest.source}): metadata.namespace must go, since {type_.kind} stands in none")
        body = {key: value for key, value in manifest.body.items() if key != "status" or not type_.has_status}
        metadata = {**body["metadata"], **({"namespace": namespace} if namespace else {})}
        return self.set.member({**body, "metadata": metadata})

    def _recorded(self) -> Extent:
        return self.set.extent(self.api.get(CONFIG_MAP, self.set.namespace, self.set.name)) if self.api else Extent()

    def _live(self, plan: SetPlan) -> dict[ResourceType, dict[Key, Body]]:
        """All members that are there, by one list per type: in their one namespace, or in all."""
        api = self.api
        if api is None:
            return {}
        types = dict.fromkeys(each.type for each in plan.members if each.type in self.served)
        declared = {each.group_kind for each in types}
        recorded = [plan.types.preferred(kind) for kind in sorted(plan.recorded.kinds | plan.extent.kinds) if kind not in declared]
        types |= dict.fromkeys(each for each in recorded if each in self.served)
        answers = api.together(lambda type_: read_members(api, self.set, type_, plan.namespaces), types)
        return {type_: {key_of(type_, each): each for each in found if not is_controlled(each)} for type_, found in zip(types, answers, strict=True)}

    def _is_settled(self, member: Member) -> bool:
        if member.live is None:
            return False
        if is_adopted(member.live):
            member.body = self.set.member(member.body, adopted=True)
        return "deletionTimestamp" not in member.live["metadata"] and is_settled(member.body, member.live)

    def _judged(self, member: Member) -> list[str]:
        if member.type not in self.served or member.key.namespace in self.planned_namespaces:
            return self._judged_offline(member)
        if member.live and "deletionTimestamp" in member.live["metadata"]:
            return [f"it is being deleted{held_by(member.live)}. Run again once it is gone"]
        try:
            return self._dry_run(member)
        except ApiError as error:
            if error.refuses_dry_run or (error.missing_namespace and self.options.check):
                return self._judged_offline(member)
            if error.missing_namespace:
                return [f"namespace {error.missing_namespace} does not exist. Declare it in this set, or apply the set first that does"]
            # Of an object that does not fit its schema the server names the first field only.
            return (offline_problems(cast(Manifest, member.manifest), self.crds) if error.is_schema else []) or explain(error, member.body)

    def _judged_offline(self, member: Member) -> list[str]:
        member.validated = False
        action, fields = (Action.UPDATE, {}) if member.live else (Action.CREATE, created(declared_body(member)))
        member.plan(action, fields, NOT_VALIDATED)
        return offline_problems(cast(Manifest, member.manifest), self.crds)

    def _dry_run(self, member: Member) -> list[str]:
        api = cast(Api, self.api)
        answer = api.apply(member.type, member.body, dry_run=True, force=self.options.force, brief=member.live is None)
        member.validated = True
        if member.live is None and not answer.new:
            # It is there without the set's label, so the lists did not find it.
            member.live = api.get(member.type, *member.key[1:])
            if member.live is None:
                return ["it was deleted while this ran. Run again"]
            if owner := other_set(member.live):
                return [f"it belongs to another set of manifests already ({owner}). Take it out of one of them"]
            member.body = self.set.member(member.body, adopted=True)
            answer = api.apply(member.type, member.body, dry_run=True, force=self.options.force)
        if member.live is None:
            member.plan(Action.CREATE, created(declared_body(member)))
            return []
        fields = differences(member.live, answer.body)
        if fields:
            member.plan(Action.UPDATE, fields)
        elif owned_fields(member.live, member.type.api_version) != owned_fields(answer.body, member.type.api_version):
            member.plan(Action.UPDATE, {}, "takes over fields, with the values that they have")
        else:
            member.change = None
        return []


def _leaving(type_: ResourceType, live: Body) -> Member:
    """What is no longer declared. Applied, its body gives up all that the set owns of it."""
    identity = {name: live["metadata"][name] for name in ("name", "namespace") if name in live["metadata"]}
    return Member(type=type_, body={"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": identity}, live=live)


def declared_body(member: Member) -> Mapping[str, Any]:
    """As the user wrote it, without the set's label."""
    return member.manifest.body if member.manifest else member.body


def read_members(api: Api, set_: ApplySet, type_: ResourceType, namespaces: frozenset[str], purpose: str = "read") -> list[Body]:
    namespace = next(iter(namespaces)) if type_.namespaced and len(namespaces) == 1 else None
    return api.read(type_, namespace, selector=set_.selector, purpose=purpose)


def is_controlled(live: Mapping[str, Any]) -> bool:
    """Whether a controller made it: one that copies labels (EndpointSlices) would have it look like ours."""
    return any(owner.get("controller") for owner in live["metadata"].get("ownerReferences", ()))


def held_by(live: Mapping[str, Any]) -> str:
    finalizers = live["metadata"].get("finalizers") or ()
    return f" (held by {', '.join(finalizers)})" if finalizers else ""
