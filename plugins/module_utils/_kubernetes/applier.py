# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is applied: namespaces and CRDs, then everything at once, then what stands in the way of others until it works.

A set of manifests has no references that would make a graph. Where order matters it matters by kind: what others are put into
comes first; webhooks and aggregated APIs come last, once what serves them is ready, since until then they refuse others.
Kubernetes' own controllers sort out the rest. Deletion goes the other way, and gives controllers the time to clean up after
their objects before they go themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from .._engine.errors import ApplyError, PlatformError
from .._engine.plan import Action
from .api import WORKERS, Api
from .apply_set import CONFIG_MAP, ApplySet, Extent
from .errors import ApiError, explain
from .member import CRD, NAMESPACE, Member, Options, SetPlan
from .planner import Planner
from .resource_type import GroupKind, ResourceType, is_builtin
from .watch import Watch

BASE = (NAMESPACE, CRD)
GATES = (
    GroupKind("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    GroupKind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    GroupKind("apiregistration.k8s.io", "APIService"),
)
WORKLOADS = (
    *(GroupKind("apps", kind) for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")),
    *(GroupKind("batch", kind) for kind in ("CronJob", "Job")),
    GroupKind("", "Pod"),
)
CONTROLLED = (GroupKind("", "Service"), GroupKind("networking.k8s.io", "Ingress"))  # a controller has load balancers to take down


def stage(type_: ResourceType) -> int:
    """When it is applied."""
    return 0 if type_.group_kind in BASE else 2 if type_.group_kind in GATES else 1


def rank(type_: ResourceType) -> int:
    """In which turn it is applied within its stage: what Pods refer to before them spares their controllers a second try."""
    return int(type_.group_kind in WORKLOADS)


def removal_stage(type_: ResourceType) -> int:
    """When it is deleted: gates, what controllers clean up after, workloads, what they use, what all of it was in."""
    kind = type_.group_kind
    if kind in GATES:
        return 0
    if kind in BASE:
        return 4
    return 1 if kind in CONTROLLED or not is_builtin(kind.group) else 2 if kind in WORKLOADS else 3


class Applier:
    def __init__(self, api: Api, set_: ApplySet, options: Options, plan: SetPlan, planner: Planner) -> None:
        self.api, self.set, self.options, self.plan, self.planner = api, set_, options, plan, planner
        self.watch = Watch(api=api, set=set_, namespaces=plan.namespaces, timeout=options.timeout, addresses=options.addresses)
        self.done: list[Member] = []
        self.failed: dict[Member, str] = {}

    def apply(self) -> None:
        """Raises ``ApplyError`` with what is done, failed and not started."""
        late = self.set.namespace in self.planner.planned_namespaces  # the parent's own namespace is part of the set
        if not late:
            self._record(self.plan.recorded | self.plan.extent)
        for number in range(3):
            members = sorted((each for each in self.plan.members if stage(each.type) == number), key=lambda each: rank(each.type))
            if number == 1:
                if late:
                    self._record(self.plan.recorded | self.plan.extent)
                self._validate()
            self._each(self._apply_one, [each for each in members if each.change])
            if number == 0 or self.options.wait:
                self._settled(self.watch.until_ready(members))
        self.remove([each for each in self.plan.leaving if each.change])
        if not any(each.change is None for each in self.plan.leaving):
            self._record(self.plan.extent)

    def remove(self, members: Sequence[Member]) -> None:
        """Stage by stage, each once the one before is gone."""
        for number in range(5):
            now = [each for each in members if removal_stage(each.type) == number]
            self._each(self._remove_one, now)
            self._settled(self.watch.until_gone(each for each in now if each.change and each.change.action is Action.DELETE))

    def remove_parent(self) -> None:
        parent = self.api.get(CONFIG_MAP, self.set.namespace, self.set.name)
        if parent:
            self.api.delete(CONFIG_MAP, parent)

    def _record(self, extent: Extent) -> None:
        """Tell the parent where members may be, before there are any. What it says already costs no call."""
        extent = Extent(kinds=extent.kinds, namespaces=extent.namespaces | {self.set.namespace})
        if extent != self.plan.recorded and (extent.kinds or self.plan.recorded.kinds):
            self.api.apply(CONFIG_MAP, self.set.parent(extent), force=True)
            self.plan.recorded = extent

    def _validate(self) -> None:
        """What was to go into a planned namespace or CRD can be shown to the server now, before any of it is applied."""
        unseen = [each for each in self.plan.members if not each.validated and stage(each.type) > 0]
        self.planner.planned_namespaces = set()
        self.planner.served |= {each.type for each in unseen}
        self.planner.judge(unseen)
        if self.planner.problems:
            raise self._error(self.planner.problems)

    def _apply_one(self, member: Member) -> None:
        member.live = self.api.apply(member.type, member.body, force=self.options.force).body

    def _remove_one(self, member: Member) -> None:
        if member.change and member.change.action is Action.DELETE:
            # What a workload's Pods use goes after the Pods.
            self.api.delete(member.type, cast(dict[str, Any], member.live), dependents_first=member.type.group_kind in WORKLOADS)
        else:
            self.api.apply(member.type, member.body)

    def _each(self, act: Callable[[Member], None], members: Iterable[Member]) -> None:
        """All of them at once; after a failure nothing new is started."""

        def run(member: Member) -> None:
            if self.failed:
                return
            try:
                act(member)
            except ApiError as error:
                self.failed[member] = "; ".join(explain(error, member.body))
            except PlatformError as error:
                self.failed[member] = str(error)
            else:
                self.done.append(member)

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(run, members))
        self._settled({})

    def _settled(self, unready: dict[Member, str]) -> None:
        if unready or self.failed:
            raise self._error([], unready)

    def _error(self, problems: Sequence[str], unready: dict[Member, str] | None = None) -> ApplyError:
        changed = [each for each in (*self.plan.members, *self.plan.leaving) if each.change]
        failed = [{**_heading(each), "error": error} for each, error in {**self.failed, **(unready or {})}.items()]
        started = {*self.done, *self.failed}
        not_started = [_heading(each) for each in changed if each not in started]
        lines = [f"Cannot {_verb(each)} {each.label}: {error}" for each, error in self.failed.items()]
        lines += [f"{each.label}: {error}" for each, error in (unready or {}).items()]
        lines.append(
            f"{len(self.done)} changes done, {len(failed) + len(problems)} failed, {len(not_started)} not started. Run again to go on from here."
        )
        return ApplyError(
            "\n".join([*problems, *lines]), done=[_heading(each) for each in self.done], failed=failed, not_started=not_started,
            **({"problems": list(problems)} if problems else {}),
        )  # fmt: skip


def _heading(member: Member) -> dict[str, Any]:
    if member.change:
        return member.change.heading()
    return {"action": None, "kind": member.type.kind, "name": member.name, "id": (member.live or {}).get("metadata", {}).get("uid")}


def _verb(member: Member) -> str:
    return member.change.action.value if member.change else "keep"
