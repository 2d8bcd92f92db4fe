# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and live make a plan: the ordered changes, what is in the way, and the diff that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from graphlib import TopologicalSorter
from typing import Any

from .errors import PlanError
from .graph import ordered
from .resource import Difference, Kind, Live, Mark, Resource, Scope, Secret, Unknown, containers, differences, marks, references, resolve, uses

LiveByKind = Mapping[Kind, Sequence[Live]]


class Action(Enum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(eq=False, kw_only=True)
class Change:
    action: Action
    kind: Kind
    name: str
    resource: Resource | None = None  # None where only the live object is left
    live: Live | None = None
    fields: dict[str, Difference] = field(default_factory=dict)
    reason: str = ""
    requires: list[Change] = field(default_factory=list, repr=False)
    removal: Change | None = field(default=None, repr=False)  # of what is replaced: the first half of this change

    @property
    def label(self) -> str:
        return f"{self.kind.kind}.{self.name}"

    def heading(self) -> dict[str, Any]:
        """``{action, kind, name, id}``: what the change is about, as it was planned."""
        return {"action": self.action.value, "kind": self.kind.kind, "name": self.name, "id": self.live.id if self.live else None}

    def to_dict(self) -> dict[str, Any]:
        """``{action, kind, name, id, fields: {name: {before, after}}, reason}``, secrets masked, fit for JSON."""
        fields = {name: {"before": shown_value(d.before, d.mark), "after": shown_value(d.after, d.mark)} for name, d in self.fields.items()}
        return {**self.heading(), "fields": fields, "reason": self.reason}


@dataclass(kw_only=True)
class Plan:
    changes: list[Change]  # in an order that could be applied one by one
    unchanged: list[Resource]
    orphans: list[tuple[Kind, Live]]  # ours, no longer declared: ``purge`` removes them
    foreign: list[tuple[Kind, Live]]  # others', in containers of ours: reported, never touched

    def steps(self) -> list[Change]:
        """The changes, each after the removal of what it replaces."""
        return [step for change in self.changes for step in (change.removal, change) if step]

    def counts(self) -> dict[str, int]:
        tally = {f"{action.value}d": sum(c.action is action for c in self.changes) for action in Action}
        return {**tally, "unchanged": len(self.unchanged)}

    def diff(self) -> dict[str, str]:
        """Before and after, as Ansible's ``--diff`` prints them: only what changes."""
        sides = {side: "".join(line for change in self.changes for line in _side(change, side)) for side in ("before", "after")}
        return {"before_header": "live", "after_header": "planned", **sides}


def shown_value(value: Any, mark: Mark = Mark.MANAGED) -> Any:
    """The value as plain data for people and JSON: sets sorted, secrets masked, unknown ids said; others as their ``str``."""
    if mark is Mark.SECRET and value is not None and not isinstance(value, Secret):
        return str(Secret("", value))  # what is live of a secret is its version
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): shown_value(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (list, tuple, set, frozenset)):
        shown = [shown_value(inner) for inner in value]
        return sorted(shown, key=str) if isinstance(value, (set, frozenset)) else shown
    return str(value)


def _side(change: Change, side: str) -> Iterator[str]:
    if change.action is (Action.CREATE if side == "before" else Action.DELETE):
        return
    yield f"{change.label}:{f'  # {change.reason}' if change.reason else ''}\n"
    if change.live and change.action in (Action.DELETE, Action.REPLACE):
        yield f"  id: {change.live.id if side == 'before' else Unknown(change.label)}\n"
    for name, difference in sorted(change.fields.items(), key=lambda each: each[0] == "tags"):  # last: they say least
        value = shown_value(getattr(difference, side), difference.mark)
        if value is not None:
            yield from (f"  {line}\n" for line in _yaml({name: value}))


def _yaml(value: Any) -> Iterator[str]:
    """The lines of plain data, in YAML's block style."""
    keyed = isinstance(value, dict)
    for each in value:
        head, inner = (f"{each}:", value[each]) if keyed else ("-", each)
        if not isinstance(inner, (dict, list)) or not inner:
            yield f"{head} {inner}"
            continue
        lines = _yaml(inner)
        yield head if keyed else f"- {next(lines, '')}"
        yield from (f"  {line}" for line in lines)


def make_plan(desired: Iterable[Resource], live: LiveByKind, scope: Scope, *, purge: bool = False, absent: bool = False) -> Plan:
    """Compare what is declared with what is live; bind each resource to its live object.

    ``absent`` plans to remove all that is ours, declared or not. Raises ``PlanError`` with all problems at once: immutable
    changes, ambiguous matches, objects in the way.
    """
    return _Planner(ordered(desired), live, scope).plan(purge=purge, absent=absent)


class _Planner:
    def __init__(self, desired: list[Resource], live: LiveByKind, scope: Scope) -> None:
        self.desired, self.live, self.scope = desired, live, scope
        self.problems: list[str] = []
        self.changes: list[Change] = []
        self.unchanged: list[Resource] = []
        self.discarded: set[str] = set()  # ids of empty duplicates; what is in them goes with them

    def plan(self, *, purge: bool, absent: bool) -> Plan:
        matched = self._matched(absent)
        for resource in self.desired:
            resource.live = matched.get(resource.label)
            if not absent:
                self._compare(resource)
        if self.problems:
            raise PlanError.of(self.problems)
        declared = {resource.label for resource in self.desired}
        owned = [(kind, live) for kind in self.live for live in self._ours(kind) if not live.default]
        orphans = [(kind, live) for kind, live in owned if f"{kind.kind}.{live.name}" not in declared]
        if absent or purge:
            self.changes += [self._delete(kind, live, "" if absent else "no longer declared") for kind, live in (owned if absent else orphans)]
            orphans = []
        # What other stacks of the platform own is neither ours nor foreign.
        foreign = [(kind, live) for kind in self.live for live in self._present(kind) if not (live.scope and live.name) and not live.default]
        return Plan(changes=self._in_order(), unchanged=self.unchanged, orphans=orphans, foreign=foreign)

    def _present(self, kind: Kind) -> Iterator[Live]:
        """What is neither leaving nor a duplicate that goes, nor inside of one."""
        present = (live for live in self.live[kind] if kind.waiter is None or kind.waiter.is_live(live))
        return (live for live in present if not {live.id, live.within} & self.discarded)

    def _ours(self, kind: Kind) -> Iterator[Live]:
        return (live for live in self._present(kind) if live.name is not None and live.scope == self.scope)

    def _matched(self, absent: bool) -> dict[str, Live]:
        """Our live objects by label. Duplicates do not matter where everything goes."""
        matched: dict[str, Live] = {}
        for kind in sorted(self.live, key=lambda kind: len(uses(kind))):  # containers first
            by_name: dict[str | None, list[Live]] = {}
            for live in self._ours(kind):
                by_name.setdefault(live.name, []).append(live)
            for name, found in by_name.items():
                matched[f"{kind.kind}.{name}"] = found[0] if absent or len(found) == 1 else self._one(kind, found)
        return matched

    def _one(self, kind: Kind, found: list[Live]) -> Live:
        """Of duplicates the one in use stays, or the smallest id where all are provably empty: AWS gives no age."""
        held = {child.within for inner in self.live if inner.within is kind for child in self.live[inner] if not child.default}
        used = [live for live in found if live.in_use or live.id in held]
        kept = min(used or found, key=lambda live: live.id)
        spare = [live for live in found if live is not kept and not live.default]
        self.discarded |= {live.id for live in spare}
        self.changes += [self._delete(kind, live, f"empty duplicate of {kept.id}") for live in spare]
        if len(used) > 1:
            ids = ", ".join(sorted(live.id for live in used))
            self.problems.append(
                f"{len(used)} live objects in use claim to be {kind.kind}.{kept.name} of {self.scope}: {ids}. "
                "Decide which one is right and delete the others, or take the fintech.platform/name tag off them."
            )
        return kept

    def _compare(self, resource: Resource) -> None:
        live, kind = resource.live, type(resource)
        found = differences(resource, live)
        if live and kind.waiter and not kind.waiter.is_ready(live):
            found["state"] = Difference(live.state, "ready")  # left so by a run that was cut off, or failed
        if not found and (live or kind.made_with):
            self.unchanged.append(resource)
            return
        change = Change(action=Action.UPDATE, kind=kind, name=resource.name, resource=resource, live=live, fields=found)
        self.changes.append(change)
        changed = {difference.mark for difference in found.values()}
        if live is None and not resource.adopted:
            change.action = Action.CREATE
            self._refuse_occupied(resource)
        elif live and Mark.IMMUTABLE in changed:
            self.problems += [
                f"Cannot change {resource.label}: its {name} is {shown_value(each.before)} and cannot become {shown_value(each.after)} "
                "while it lives. Put the old value back, or take it down with the teardown playbook first."
                for name, each in found.items()
                if each.mark is Mark.IMMUTABLE
            ]
        elif live and Mark.REPLACEABLE in changed:
            change.action, change.removal = Action.REPLACE, self._delete(kind, live, "replaced")
            resource.live = None  # so that what refers to it shows its new id as unknown

    def _refuse_occupied(self, resource: Resource) -> None:
        kind, inside = type(resource), containers(resource)
        wanted = {name: resolve(getattr(resource, name)) for name in kind.unique}
        for live in self._present(kind) if wanted else ():
            if (kind.within is None or live.within in inside) and all(live.values.get(name) == value for name, value in wanted.items()):
                what = ", ".join(f"{name} {shown_value(value)}" for name, value in wanted.items())
                owner = f"belongs to {live.scope} as {live.name}" if live.scope else "does not carry this platform's tags"
                self.problems.append(
                    f"Cannot create {resource.label}: {live.id} has the same {what} and {owner}. "
                    f"Delete it, or tag it fintech.platform/name={resource.name} (and the scope's tags) to have it adopted."
                )

    def _delete(self, kind: Kind, live: Live, reason: str) -> Change:
        fields = {name: Difference(live.values[name], None, mark) for name, mark in marks(kind).items() if live.values.get(name) is not None}
        return Change(action=Action.DELETE, kind=kind, name=live.name or live.id, live=live, fields=fields, reason=reason)

    def _in_order(self) -> list[Change]:
        """A change waits for those of what it refers to; a deletion for all that may still refer to its kind.

        What is replaced is removed as late as possible, yet before it waits for what is replaced itself: that may be held by it.
        """
        by_resource = {change.resource: change for change in self.changes if change.resource}
        used = {change.kind: uses(change.kind) for change in self.changes}
        late: set[Change] = set()  # replacements, and what waits for them
        for change in self.changes:
            if change.resource is None:
                change.requires = [other for other in self.changes if change.kind in used[other.kind]]
                continue
            needed = {by_resource[each] for each in references(change.resource) if each in by_resource}
            change.requires = sorted(needed, key=lambda each: each.label)
            if change.removal:
                change.removal.requires = [each for each in change.requires if each not in late]
                change.requires.append(change.removal)
            if change.removal or needed & late:
                late.add(change)
        removals = {change.removal for change in self.changes}
        order = TopologicalSorter({change: change.requires for change in self.changes}).static_order()
        return [change for change in order if change not in removals]
