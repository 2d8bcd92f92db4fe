# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows become rules of groups and entries of network ACLs: no more than asked, both ends, and within AWS's limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.managed_prefix_list import ManagedPrefixList
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.network_acl import Entry
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.security_group import SecurityGroup
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpc import Vpc
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._stacks import network_access
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_access import (
    INTERNET,
    TIERS,
    Flow,
    acl_entries,
    builtin_flows,
    declared_flows,
    group_rules,
    parse_ports,
)

VPC = Vpc(name="main", cidr="10.64.0.0/23", tags={})
GROUPS = {name: SecurityGroup(name=name, vpc=VPC, group_name=name, description=name, tags={}) for names in TIERS.values() for name in names}
OFFICE = ManagedPrefixList(name="office.developers", list_name="acme-dev-office.developers", max_entries=3, tags={})
PEERS = {"office.developers": OFFICE}
INSIDE = ["10.64.0.0/23"]
WORKLOAD = frozenset({"workload"})


def flow(source: str, target: str, ports: tuple[int, int] | None = (443, 443), protocol: str = "tcp", reason: str = "why") -> Flow:
    return Flow(source, target, protocol, ports, reason)


def shown(rules: dict[str, frozenset[Any]]) -> dict[str, set[tuple[Any, ...]]]:
    """The rules by group, without their descriptions and empty groups."""
    peers = {id(group): name for name, group in [*GROUPS.items(), ("office", OFFICE)]}
    found = {name: {(rule.direction, rule.protocol, peers.get(id(rule.peer), rule.peer), rule.ports) for rule in rules[name]} for name in rules}
    return {name: each for name, each in found.items() if each}


def entries(*flows: Flow, tiers: frozenset[str] = WORKLOAD, cidrs: Any = None) -> set[tuple[Any, ...]]:
    """The entries beyond those for the environment's own ranges."""
    found = acl_entries("workload", tiers, flows, INSIDE, cidrs or {})
    return {(each.direction, each.protocol, each.cidr, each.ports) for each in found if each.cidr not in INSIDE}


def test_a_flow_opens_both_ends() -> None:
    assert shown(group_rules([flow("endpoints", "search")], GROUPS, PEERS)) == {
        "endpoints": {("egress", "tcp", "search", (443, 443))},
        "search": {("ingress", "tcp", "endpoints", (443, 443))},
    }


def test_a_tier_stands_for_all_its_groups() -> None:
    assert shown(group_rules([flow("edge", "workload", (1024, 65535))], GROUPS, PEERS)) == {
        "edge": {("egress", "tcp", "nodes", (1024, 65535)), ("egress", "tcp", "load_balancers", (1024, 65535))},
        "nodes": {("ingress", "tcp", "edge", (1024, 65535))},
        "load_balancers": {("ingress", "tcp", "edge", (1024, 65535))},
    }


def test_a_flow_may_name_one_group_of_a_tier() -> None:
    assert shown(group_rules([flow("nodes", "load_balancers")], GROUPS, PEERS)) == {
        "nodes": {("egress", "tcp", "load_balancers", (443, 443))},
        "load_balancers": {("ingress", "tcp", "nodes", (443, 443))},
    }
    assert entries(flow("nodes", INTERNET)) == entries(flow("workload", INTERNET))


def test_a_flow_within_a_tier_opens_its_groups_to_each_other() -> None:
    rules = shown(group_rules([flow("workload", "workload", None, "all")], GROUPS, PEERS))
    everything = {(way, "all", peer, None) for way in ("ingress", "egress") for peer in ("nodes", "load_balancers")}
    assert rules == {"nodes": everything, "load_balancers": everything}


def test_only_our_end_of_a_flow_across_the_border_has_rules() -> None:
    flows = [flow("office.developers", "cluster_api"), flow("search", INTERNET)]
    assert shown(group_rules(flows, GROUPS, PEERS)) == {
        "cluster_api": {("ingress", "tcp", "office", (443, 443))},
        "search": {("egress", "tcp", INTERNET, (443, 443))},
    }


def test_two_reasons_for_one_opening_are_one_rule() -> None:
    rules = group_rules([flow("search", INTERNET, reason="one"), flow("search", INTERNET, reason="two")], GROUPS, PEERS)
    assert len(rules["search"]) == 1


def test_a_description_is_what_aws_takes() -> None:
    rules = group_rules([flow("search", INTERNET, reason="log's <shipping> | " + "x" * 300)], GROUPS, PEERS)
    [rule] = rules["search"]
    assert rule.description == ("logs shipping  " + "x" * 300)[:255]


def test_more_rules_than_a_group_may_have_are_refused() -> None:
    fits = [flow("search", f"10.1.{number}.0/24") for number in range(60)]
    group_rules(fits, GROUPS, PEERS)
    with pytest.raises(PlanError, match=r"Security group search would have 61 egress rules .* AWS allows 60\. Join ports"):
        group_rules([*fits, flow("search", "10.2.0.0/24")], GROUPS, PEERS)


def test_a_prefix_list_counts_with_all_its_entries() -> None:
    fits = [flow(f"10.1.{number}.0/24", "search") for number in range(57)]
    group_rules([*fits, flow("office.developers", "search")], GROUPS, PEERS)
    with pytest.raises(PlanError, match="Security group search would have 61 ingress rules"):
        group_rules([*fits, flow("10.2.0.0/24", "search"), flow("office.developers", "search")], GROUPS, PEERS)


def test_an_acl_lets_the_environment_talk_to_itself() -> None:
    found = acl_entries("workload", WORKLOAD, [flow("workload", "endpoints")], INSIDE, {})
    assert {(each.direction, each.protocol, each.cidr, each.ports, each.action) for each in found} == {
        ("ingress", "all", "10.64.0.0/23", None, "allow"),
        ("egress", "all", "10.64.0.0/23", None, "allow"),
    }


def test_an_acl_lets_requests_out_and_their_replies_in() -> None:
    assert entries(flow("workload", INTERNET)) == {
        ("egress", "tcp", INTERNET, (443, 443)),
        ("ingress", "tcp", INTERNET, (1024, 65535)),
    }


def test_an_acl_lets_requests_in_and_their_replies_out() -> None:
    assert entries(flow("10.9.0.0/16", "workload", (53, 53), "udp")) == {
        ("ingress", "udp", "10.9.0.0/16", (53, 53)),
        ("egress", "udp", "10.9.0.0/16", (1024, 65535)),
    }


def test_replies_without_ports_are_let_through_whole() -> None:
    assert entries(flow("workload", "10.9.0.0/16", None, "icmp")) == {
        ("egress", "icmp", "10.9.0.0/16", None),
        ("ingress", "icmp", "10.9.0.0/16", None),
    }


def test_an_acl_has_an_entry_for_each_cidr_of_a_peer() -> None:
    found = entries(flow("workload", "office.developers"), cidrs={"office.developers": ("192.168.10.0/24", "192.168.12.0/24")})
    assert {(each[0], each[2]) for each in found} == {
        (direction, cidr) for direction in ("ingress", "egress") for cidr in ("192.168.10.0/24", "192.168.12.0/24")
    }


def test_flows_of_other_tiers_open_nothing() -> None:
    assert entries(flow("edge", INTERNET), flow(INTERNET, "edge")) == set()


def test_more_entries_than_an_acl_may_have_are_refused() -> None:
    fits = [flow("workload", f"10.1.{number}.0/24") for number in range(18)]  # and one for the environment itself
    entries(*fits)
    with pytest.raises(PlanError, match=r"The network ACL workload would have 20 (in|e)gress entries, but AWS allows 19\. Join CIDRs"):
        entries(*fits, flow("workload", "10.2.0.0/24"))


def test_entries_of_a_peer_are_joined_only_where_there_are_too_many() -> None:
    """The peer with most of them first; the internet's never."""
    ports = [(port, port) for port in range(8000, 8010)]
    many = [flow("workload", "10.1.0.0/24", each) for each in ports]
    some = [flow("workload", "10.2.0.0/24", each) for each in ports[:8]]
    assert len([each for each in entries(*many, *some) if each[0] == "egress"]) == 18  # and one for the environment itself
    found = {each for each in entries(*many, *some, flow("workload", INTERNET)) if each[0] == "egress"}
    assert found == {
        ("egress", "all", "10.1.0.0/24", None),
        *(("egress", "tcp", "10.2.0.0/24", each) for each in ports[:8]),
        ("egress", "tcp", INTERNET, (443, 443)),
    }
    with pytest.raises(PlanError, match="would have 20 egress entries"):
        entries(*(flow("workload", INTERNET, (port, port)) for port in range(19)))


CIDRS = st.integers(0, 255).map(lambda number: f"10.1.{number}.0/24")
FLOWS = st.builds(flow, st.just("workload"), CIDRS, st.sampled_from([(443, 443), (22, 22)]))


def numbers(flows: list[Flow]) -> dict[tuple[Any, ...], int]:
    found: frozenset[Entry] = acl_entries("workload", WORKLOAD, flows, INSIDE, {})
    return {(each.direction, each.protocol, each.cidr, each.ports): each.number for each in found}


@given(st.lists(FLOWS, max_size=8), FLOWS)
def test_one_more_entry_moves_no_other(flows: list[Flow], another: Flow) -> None:
    """Two of 30000 numbers that come out the same are the only exception: the later one gives way."""
    before, after = numbers(flows), numbers([*flows, another])
    assert before.keys() <= after.keys()
    moved = {key: (number, after[key]) for key, number in before.items() if after[key] != number}
    assert all(now == then + 1 and then in after.values() for then, now in moved.values())


@given(st.lists(FLOWS, max_size=8))
def test_entries_keep_apart_whatever_their_numbers_come_from(flows: list[Flow]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network_access, "crc32", lambda _text: 29999)
        found = acl_entries("workload", WORKLOAD, flows, INSIDE, {})
    for direction in ("ingress", "egress"):
        taken = sorted(each.number for each in found if each.direction == direction)
        assert taken == list(range(30099, 30099 + len(taken)))
        assert taken[-1] < 32767  # AWS's own last rule


def test_internet_is_reached_only_where_asked() -> None:
    def borders(**asked: bool) -> set[tuple[str, str]]:
        flows = builtin_flows(**{"egress": False, "ingress": False, **asked}, services=[])
        return {(each.source, each.target) for each in flows if INTERNET in (each.source, each.target)}

    assert borders() == set()
    assert borders(egress=True) == {("nodes", INTERNET)}
    assert borders(ingress=True) == {(INTERNET, "edge")}


def test_services_with_a_gateway_endpoint_are_reached_by_their_prefix_lists() -> None:
    flows = builtin_flows(egress=False, ingress=False, services=["s3", "dynamodb"])
    assert {each.target for each in flows if each.target.startswith("aws.")} == {"aws.s3", "aws.dynamodb"}


def rule(**options: Any) -> dict[str, Any]:
    return {"tier": "search", "direction": "ingress", "peer": "edge", "protocol": "tcp", "ports": "443", "reason": "why", **options}


@pytest.mark.parametrize("peer", ["edge", "office.developers", "10.9.0.0/16", INTERNET])
def test_a_declared_rule_is_a_flow_in_its_direction(peer: str) -> None:
    found = declared_flows([rule(peer=peer), rule(peer=peer, direction="egress", ports="80-81")], PEERS)
    assert list(found) == [
        Flow(peer, "search", "tcp", (443, 443), "why", builtin=False),
        Flow("search", peer, "tcp", (80, 81), "why", builtin=False),
    ]


@pytest.mark.parametrize("protocol", ["icmp", "all"])
def test_ports_of_a_protocol_without_ports_are_all(protocol: str) -> None:
    [found] = declared_flows([rule(protocol=protocol, ports=None)], [])
    assert found.ports is None


@pytest.mark.parametrize(
    ("peer", "hint"),
    [
        ("office.develpers", r" Did you mean office.developers\?"),
        ("endpoint", r" Did you mean endpoints\?"),
        ("10.9.0.1/16", ""),
        ("2001:db8::/32", ""),
        ("anywhere", ""),
    ],
)
def test_an_unknown_peer_is_refused_with_the_nearest_known(peer: str, hint: str) -> None:
    with pytest.raises(PlanError, match=f"network_rules: peer '{peer}' is neither a tier .*{hint}$"):
        list(declared_flows([rule(peer=peer)], PEERS))


@pytest.mark.parametrize(("text", "ports"), [("443", (443, 443)), ("8000-8100", (8000, 8100)), ("1-65535", (1, 65535))])
def test_ports_are_one_or_a_range(text: str, ports: tuple[int, int]) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", [None, "", "0", "65536", "https", "443-", "-443", "8100-8000", "80,443", "443 ", "4٣"])
def test_ports_that_are_none_are_refused(text: str | None) -> None:
    with pytest.raises(PlanError, match=r"network_rules: ports '.*' is neither a port \(443\) nor a range \(8000-8100\)"):
        parse_ports(text)
