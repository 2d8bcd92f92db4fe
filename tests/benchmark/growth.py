# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `growth`: the calls of ours as the network grows, with 1 and 4 times the subnets, routes and rules.

The stack runs in this process with the objects that `network` declares and as many more of the same kinds, since AWS has
no region with four times the zones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import netaddr

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.route_table import RouteTable
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.routes import Route, Routes
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group_rules import Rule, SecurityGroupRules
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.subnet import Subnet
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Declaration, Order, Run
from rehearsal.aws.client import Rehearsal
from tests.support.cloud import Cloud

from .design import ACCOUNTS, ENVIRONMENTS, REGION, declaration
from .emulated import Emulated
from .runs import count

ENVIRONMENT = ENVIRONMENTS[0]
FACTORS = (1, 4)
ELSEWHERE = [str(each) for each in netaddr.IPNetwork("198.18.0.0/15").subnet(24)]  # kept for benchmarks by RFC 2544

Row = dict[str, Any]


def rows(emulated: Emulated) -> Iterator[Row]:
    for factor in FACTORS:
        emulated.control.reset()
        for name in ("first", "noop"):
            declared = declaration(ENVIRONMENT)
            _multiply(declared, factor)
            row = _run(emulated.control, declared)
            ok = name == "first" or not row["changed"]
            yield {"scenario": "growth", "who": "ours", "environments": 1, "factor": factor, "run": name, **row, "ok": ok}


def _run(control: Rehearsal, declared: Declaration) -> Row:
    marker, account = control.marker(), ACCOUNTS[ENVIRONMENT]
    place = Cloud(control.url).place(account, REGION, credentials=account)
    place.guard()
    result = Run(NETWORK, declared, place, Order()).converge()
    counted = count(control.calls(since=marker).log)
    return {**_sizes(declared), "calls": counted.calls, "polls": counted.polls, "changed": len(result["changes"])}


def _sizes(declared: Declaration) -> dict[str, int]:
    return {
        "subnets": sum(isinstance(each, Subnet) for each in declared.resources),
        "routes": sum(len(each.routes) for each in declared.resources if isinstance(each, Routes)),
        "rules": sum(len(each.rules) for each in declared.resources if isinstance(each, SecurityGroupRules)),
    }


def _multiply(declared: Declaration, factor: int) -> None:
    """Each subnet, route and rule gets `factor` - 1 more like it: a subnet from the end of the pod range, the others elsewhere."""
    subnets = [each for each in declared.resources if isinstance(each, Subnet)]
    (pods,) = subnets[0].vpc.secondary_cidrs
    free = reversed(list(netaddr.IPNetwork(pods).subnet(28)))
    more = [_like(subnet, number, str(next(free)), declared) for subnet in subnets for number in range(1, factor)]
    declared.resources += more
    for each in declared.resources:
        if isinstance(each, RouteTable):
            each.subnets |= frozenset(more if each.name == "transit" else ())
        elif isinstance(each, Routes):
            each.routes |= {Route(ELSEWHERE[number], route.target) for route in each.routes for number in range(1, factor)}
        elif isinstance(each, SecurityGroupRules):
            each.rules |= {_rule(rule, number, place) for place, rule in enumerate(sorted(each.rules, key=str)) for number in range(1, factor)}


def _like(subnet: Subnet, number: int, cidr: str, declared: Declaration) -> Subnet:
    name = f"{subnet.name}-{number}"
    return replace(subnet, name=name, cidr=cidr, tags=ownership(declared.scope, name))


def _rule(rule: Rule, number: int, place: int) -> Rule:
    return replace(rule, peer=ELSEWHERE[number], protocol="tcp", ports=(place + 1, place + 1))
