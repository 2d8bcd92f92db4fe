# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes after what: references order resources, ``uses`` and ``within`` order kinds; :mod:`graphlib` sorts."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from .errors import PlanError
from .resource import Kind, Resource, references, uses_of


def ordered(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, each after what it refers to. Raises ``PlanError`` for double names, loose ends and cycles."""
    edges = {resource: sorted(references(resource), key=lambda each: each.label) for resource in resources}
    labels = {resource.label: resource for resource in edges}
    problems = [f"{each.label} is declared twice. Give one of the two another name." for each in edges if labels[each.label] is not each]
    for resource, needed in edges.items():
        for each in needed:
            if each not in edges:
                problems.append(f"{resource.label} refers to {each.label}, which is not declared in this stack.")
            elif type(each) not in {type(resource), *uses_of(type(resource))}:
                problems.append(f"{resource.label} refers to {each.label}, but no field of {resource.kind} says that it uses {each.kind}.")
    if problems:
        raise PlanError.of(problems)
    try:
        return list(TopologicalSorter(edges).static_order())
    except CycleError as error:
        cycle = " -> ".join(resource.label for resource in error.args[1])
        raise PlanError(f"These resources need each other: {cycle}. Break the cycle by taking one reference out.") from None


def depth(kind: Kind) -> int:
    """In how many containers objects of the kind are."""
    return 1 + depth(kind.within) if kind.within else 0


def users_of(kinds: Iterable[Kind]) -> dict[Kind, set[Kind]]:
    """For each kind the kinds that may, directly or not, refer to it: what has to be gone before it can go."""

    def used_by(kind: Kind) -> set[Kind]:
        return {inner for used in uses_of(kind) for inner in (used, *used_by(used))}

    users: dict[Kind, set[Kind]] = {kind: set() for kind in kinds}
    for kind in users:
        for used in used_by(kind) & users.keys():
            users[used].add(kind)
    return users
