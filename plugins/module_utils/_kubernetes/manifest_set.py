# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of manifests, converged: read, plan, and apply unless in check mode. The result is that of the AWS stacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._engine.plan import Plan
from .api import Api
from .applier import Applier, rank, removal_stage, stage
from .apply_set import ApplySet
from .manifest import Manifest
from .member import Member, Options, SetPlan
from .planner import Planner
from .removal import plan_removal


def converge(api: Api | None, set_: ApplySet, manifests: Iterable[Manifest], options: Options) -> dict[str, Any]:
    """Answers the module's result. ``api`` is None where the cluster is only planned. Raises ``PlatformError``."""
    planner = Planner(api, set_, options)
    plan = planner.plan(manifests)
    if options.absent:
        plan.leaving += [each for each in plan.members if each.live]
        plan.members = []
    if api and (options.absent or options.purge):
        plan_removal(api, set_, plan.types, plan.leaving, "" if options.absent else "no longer declared")
    result = _result(plan, set_)  # as planned: while it is applied, members learn their new state
    if api and not options.check:
        applier = Applier(api, set_, options, plan, planner)
        if options.absent:
            applier.remove(plan.leaving)
            applier.remove_parent()
        else:
            applier.apply()
    return {**result, "warnings": list(api.warnings) if api else [], "api_calls": dict(api.calls) if api else {}}


def _result(plan: SetPlan, set_: ApplySet) -> dict[str, Any]:
    kept = sorted(plan.members, key=lambda each: (stage(each.type), rank(each.type)))
    going = sorted(plan.leaving, key=lambda each: removal_stage(each.type))
    changed = [each.change for each in (*kept, *going) if each.change]
    unchanged: list[Any] = [each for each in kept if not each.change]  # only counted
    shown = Plan(changes=changed, unchanged=unchanged, orphans=[], foreign=[])
    return {
        "changed": bool(changed),
        "diff": shown.diff(),
        "changes": [change.to_dict() for change in changed],
        "counts": shown.counts(),
        "orphans": [_named(each) for each in going if not each.change],
        "not_validated": [each.label for each in kept if not each.validated],
        "apply_set": {"id": set_.id, "name": set_.name, "namespace": set_.namespace},
    }


def _named(member: Member) -> dict[str, Any]:
    live = member.live or {}
    return {"kind": member.type.kind, "name": member.name, "id": live.get("metadata", {}).get("uid")}
