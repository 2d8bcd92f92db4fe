# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every stack does: read, plan, check, take the lease, apply, release. A stack itself only declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from .._aws.ec2.ec2_resource import Ec2Resource
from .._aws.lease import Epoch, Lease
from .._engine.errors import PlanError
from .._engine.executor import Executor, Pace, read_live
from .._engine.plan import LiveByKind, Plan, make_plan
from .._engine.resource import Live, Resource, Scope
from .._planning.access import AccessMatrix, compile_access
from .._planning.topology import Topology


@dataclass(kw_only=True)
class Declaration:
    """What a builder makes of a module's parameters."""

    scope: Scope
    resources: list[Resource]
    verify: Callable[[LiveByKind], None] = lambda live: None  # raises PlanError where live state forbids the declaration
    describe: Callable[[], dict[str, Any]] = dict  # the module's own return values, once the resources are bound
    complete: Callable[[Any], Declaration] | None = None  # with what another stack has at the place: asked for anew by every plan
    awaits: str = ""  # what has to be there before anything is applied, and how to have it; a plan can be shown without


@dataclass(frozen=True, kw_only=True)
class Stack:
    """``build(parameters, region)`` is pure and raises ``PlanError`` for bad input; ``kinds`` is all it may ever own."""

    name: str
    kinds: tuple[type[Resource], ...]
    build: Callable[[Mapping[str, Any], str], Declaration]


@dataclass(frozen=True, kw_only=True)
class Order:
    absent: bool = False
    purge: bool = False
    check: bool = False


class Run:
    """One stack in one place, once. ``pace`` and ``lease`` are there for tests to hurry."""

    def __init__(
        self, stack: Stack, declared: Declaration, place: Any, order: Order, *, pace: Pace | None = None, lease: Lease | None = None
    ) -> None:
        self.stack, self.declaration, self.place, self.order, self.pace = stack, declared, place, order, pace or Pace()
        self.declared = declared
        self.lease = lease or Lease(place, declared.scope)

    def converge(self) -> dict[str, Any]:
        """Plan, and apply unless in check mode. Answers the module's result. Raises ``PlatformError``."""
        while True:
            latest, plan = self.plan()
            left_over = self.order.absent and latest  # of a teardown that was cut off at its very end
            if self.order.check or not (plan.changes or left_over):
                return self._result(plan)
            if self.declared.awaits and not self.order.absent:
                raise PlanError(self.declared.awaits)
            if latest and latest.held:
                self.lease.wait(latest)
            elif self.lease.take(latest, {change.kind.kind for change in plan.changes} | {r.kind for r in plan.unchanged}):
                return self._apply(plan)
            self.place.forget()

    def plan(self) -> tuple[Epoch | None, Plan]:
        """The newest epoch of the lease, then bulk reads, then compare.

        In this order: whoever applies after the epoch was read makes the next one, and so keeps an outdated plan from being applied.
        """
        latest = self.lease.latest()
        if self.declaration.complete:
            self.declared = self.declaration.complete(self.place)
        live = read_live(self._kinds(latest), self.place, self.declared.scope)
        if not self.order.absent:
            self.declared.verify(live)
        plan = make_plan(self.declared.resources, live, self.declared.scope, purge=self.order.purge, absent=self.order.absent)
        if self.order.absent:
            self._refuse_occupied(plan, live)
        self._check(plan)
        return latest, plan

    def _refuse_occupied(self, plan: Plan, live: LiveByKind) -> None:
        """A container does not go while others' objects stand in it: that is better known before anything is gone."""
        held = [f"{kind.kind} {each.id} (not the platform's)" for kind, each in plan.foreign]
        for kind, found in live.items():
            others = [each for each in found if each.within and each.name and each.scope not in (None, self.declared.scope)]
            held += [f"{kind.kind} {each.id} (of {each.scope})" for each in others if kind.waiter is None or kind.waiter.is_live(each)]
        if held:
            raise PlanError(f"{self.declared.scope} cannot be taken down while these stand in it: {', '.join(held)}. Remove them first.", held=held)

    def _kinds(self, latest: Epoch | None) -> list[type[Resource]]:
        """Those declared and those that an apply may have left. All of them in check mode and for purge, to be sure."""
        if self.order.check or self.order.purge or self.order.absent:
            return list(self.stack.kinds)
        declared = {type(resource) for resource in self.declared.resources}
        return [kind for kind in self.stack.kinds if kind in declared or (latest and kind.kind in latest.kinds)]

    def _check(self, plan: Plan) -> None:
        kinds = {change.kind for change in plan.changes}
        with ThreadPoolExecutor(self.pace.workers) as pool:
            asked = [pool.submit(kind.check, self.place, [c for c in plan.changes if c.kind is kind]) for kind in kinds]
        problems = [problem for each in asked for problem in each.result()]
        if problems:
            raise PlanError.of(sorted(problems))

    def _apply(self, plan: Plan) -> dict[str, Any]:
        self.place.start_changing()
        try:
            Executor(self.place, self.declared.scope, pace=self.pace, may_start=self.lease.check).apply(plan)
        except BaseException:
            with suppress(Exception):  # what failed first is what matters, and a lease that cannot be released expires
                self.lease.release(None)
            raise
        kinds = {r.kind for r in self.declared.resources} | {kind.kind for kind, _live in plan.orphans}
        self.lease.release(kinds if self.order.purge else None, remove=self.order.absent)
        return self._result(plan)

    def _result(self, plan: Plan) -> dict[str, Any]:
        return {
            "changed": bool(plan.changes),
            "diff": plan.diff(),
            "changes": [change.to_dict() for change in plan.changes],
            "counts": plan.counts(),
            "orphans": [{"kind": kind.kind, "name": live.name, "id": live.id} for kind, live in plan.orphans],
            "foreign": [_foreign(kind, live) for kind, live in plan.foreign],
            "api_calls": dict(self.place.calls),
            **self.declared.describe(),
        }


def _foreign(kind: type[Resource], live: Live) -> dict[str, Any]:
    command = kind.removal(live) if issubclass(kind, Ec2Resource) else None
    return {"kind": kind.kind, "id": live.id, **({"command": command} if command else {})}


def scope_of(parameters: Mapping[str, Any], stack: str) -> Scope:
    return Scope(platform=parameters["platform"], environment=parameters["environment"], stack=stack)


def read_matrix(topology: Topology, parameters: Mapping[str, Any], today: date) -> AccessMatrix:
    """The compiled access matrix. What is wrong with it is in nobody's way who takes a stack down."""
    return compile_access(topology, today) if parameters["state"] == "present" else AccessMatrix()


def refuse_protected(parameters: Mapping[str, Any]) -> None:
    """Deletion protection is lifted by the environment's name, for one run."""
    name = parameters["environment"]
    if parameters["deletion_protection"] and parameters["lift_deletion_protection"] != name:
        raise PlanError(
            f"{name} is protected from deletion (platform_deletion_protection). To take it down, name it: -e platform_lift_deletion_protection={name}"
        )
