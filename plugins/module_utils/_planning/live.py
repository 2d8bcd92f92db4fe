# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live networks against the plan: what exists is never moved, and never forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .addresses import AddressError, AddressPlan, EnvironmentPlan
from .naming import nearest
from .ranges import parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class LiveNetwork:
    """A VPC as it was read: its own range, the pod range where it has one, and its owned subnets, name to CIDR."""

    vpc_id: str
    cidr: str
    pod_cidr: str | None = None
    subnets: Mapping[str, str] = field(default_factory=dict)


def check_live(plan: AddressPlan, live: Mapping[str, LiveNetwork]) -> None:
    """Compare the live networks of the platform, by environment name, with the plan; environments that are not live yet are no matter.

    Raises AddressError with every network that the plan would move, that is no longer declared, or whose range was given away.
    """
    problems: list[str] = []
    for name, network in live.items():
        planned = plan.environments.get(name)
        problems += _moved(planned, network) if planned else _undeclared(name, network, plan)
    if problems:
        raise AddressError.of(problems)


def _moved(planned: EnvironmentPlan, live: LiveNetwork) -> Iterator[str]:
    name = planned.name
    if planned.cidr != live.cidr:
        yield (
            f"Environment {name}: its VPC {live.vpc_id} has {live.cidr}, but slot {planned.slot} is now {planned.cidr}. A VPC keeps its range:"
            " restore the slot, the supernet's first_slot and the prefix lengths, or take the environment down with the teardown playbook first."
        )
    elif live.pod_cidr and planned.pod_cidr != live.pod_cidr:
        yield (
            f"Environment {name}: its VPC {live.vpc_id} has the pod range {live.pod_cidr}, but slot {planned.slot} is now"
            f" {planned.pod_cidr or 'without one'}. Restore platform_pod_supernet and platform_prefixes.pod_environment, or take the environment down first."
        )
    else:
        yield from _moved_subnets(planned, live)


def _moved_subnets(planned: EnvironmentPlan, live: LiveNetwork) -> Iterator[str]:
    for subnet in planned.subnets:
        found = live.subnets.get(subnet.name, subnet.cidr)
        if found != subnet.cidr:
            yield (
                f"Environment {planned.name}: its subnet {subnet.name} has {found}, but is planned as {subnet.cidr}. A subnet keeps its range:"
                f" restore the slot of zone {subnet.zone} and the prefix lengths, or take the environment down with the teardown playbook first."
            )


def _undeclared(name: str, live: LiveNetwork, plan: AddressPlan) -> Iterator[str]:
    yield (
        f"Environment {name} is not in platform_environments, but its VPC {live.vpc_id} ({live.cidr}) is live. Restore it in"
        f" platform_environments or take it down with the teardown playbook first.{nearest(name, plan.environments)}"
    )
    own = parse_range(live.cidr)
    for other in plan.environments.values():
        if own.overlaps(parse_range(other.cidr)):
            yield (
                f"Environment {other.name}: slot {other.slot} is {other.cidr}, which environment {name} still holds (VPC {live.vpc_id},"
                f" {live.cidr}). Give {other.name} another slot."
            )
