# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address plan as text, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .addresses import AddressPlan, EnvironmentPlan

HEADER = ("ENVIRONMENT", "SLOT", "RANGE", "CIDR", "USABLE")


def plan_lines(plan: AddressPlan) -> list[str]:
    """A line for each range of each environment, in aligned columns; ``usable`` counts are given for subnets."""
    rows = [HEADER, *(row for environment in plan.environments.values() for row in _rows(environment))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _rows(environment: EnvironmentPlan) -> Iterator[tuple[str, str, str, str, str]]:
    own = (environment.name, str(environment.slot))
    yield *own, "environment", environment.cidr, ""
    if environment.pod_cidr:
        yield *own, "pods", environment.pod_cidr, ""
    for subnet in environment.subnets:
        yield *own, subnet.name, subnet.cidr, str(subnet.usable)
    for spare in environment.edge_spare:
        yield *own, "edge spare", spare, ""
