# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes after what: references make the edges, :mod:`graphlib` sorts."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from .errors import PlanError
from .resource import Resource, references, uses


def ordered(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, each after what it refers to. Raises ``PlanError`` for double names, loose ends and cycles."""
    edges = {resource: sorted(references(resource), key=lambda each: each.label) for resource in resources}
    labels = {resource.label: resource for resource in edges}
    problems = [f"{each.label} is declared twice. Give one of the two another name." for each in edges if labels[each.label] is not each]
    for resource, needed in edges.items():
        for each in needed:
            if each not in edges:
                problems.append(f"{resource.label} refers to {each.label}, which is not declared in this stack.")
            elif type(each) not in {type(resource), *uses(type(resource))}:
                problems.append(f"{resource.label} refers to {each.label}, but no field of {resource.kind} says that it uses {each.kind}.")
    if problems:
        raise PlanError.of(problems)
    try:
        return list(TopologicalSorter(edges).static_order())
    except CycleError as error:
        cycle = " -> ".join(resource.label for resource in error.args[1])
        raise PlanError(f"These resources need each other: {cycle}. Break the cycle by taking one reference out.") from None
