# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names across the border, in a whole environment: sites and the environment resolve each other's, where the matrix connects them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.hub import SITES, platform
from tests.support.transit_view import TransitView

pytestmark = pytest.mark.emulator

SERVER, ELSEWHERE = "192.168.10.53", "172.31.40.53"


def named_sites() -> list[dict[str, Any]]:
    """An office whose name server stands in a network of the matrix, and a provider whom ``test`` does not talk with."""
    dns = {
        "kyiv_office": {"domains": ["corp.example"], "servers": [SERVER]},
        "market_data": {"domains": ["quotes.example"], "servers": [ELSEWHERE]},
    }
    return [{**site, **({"dns": dns[site["name"]]} if site["name"] in dns else {})} for site in SITES]


def by_port_53(cloud: Cloud, environment: str, side: str) -> set[str]:
    """The ranges that the resolvers' group lets in or out, of UDP and TCP alike."""
    group = TransitView(cloud).ids[f"{environment}/security_group.resolver"]
    rules = cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0][side]
    assert {(each["FromPort"], each["ToPort"]) for each in rules} == {(53, 53)}
    lists = {protocol: {cidr for each in rules if each["IpProtocol"] == protocol for cidr in _ranges(cloud, each)} for protocol in ("tcp", "udp")}
    assert lists["tcp"] == lists["udp"]
    return lists["udp"]


def _ranges(cloud: Cloud, rule: dict[str, Any]) -> set[str]:
    found = {each["CidrIp"] for each in rule["IpRanges"]}
    for named in rule["PrefixListIds"]:
        found |= {each["Cidr"] for each in cloud.ec2.get_managed_prefix_list_entries(PrefixListId=named["PrefixListId"])["Entries"]}
    return found


def test_sites_ask_for_the_environments_names_and_it_for_theirs(cloud: Cloud) -> None:
    hub, dev, _test = platform(cloud, "dev", "test", sites=named_sites())
    hub.run()
    dev.options |= {"resolver": {"inbound": True, "outbound": True}}
    outcome = dev.run()
    assert by_port_53(cloud, "dev", "IpPermissions") == {"192.168.10.0/24", "192.168.20.0/24", "192.168.30.0/24", "172.31.40.0/24"}
    assert by_port_53(cloud, "dev", "IpPermissionsEgress") == {f"{SERVER}/32", f"{ELSEWHERE}/32"}
    resolver = cloud.route53resolver
    rules = {each["DomainName"]: each for each in resolver.list_resolver_rules()["ResolverRules"] if each["RuleType"] == "FORWARD"}
    assert {domain.rstrip("."): [each["Ip"] for each in rule["TargetIps"]] for domain, rule in rules.items()} == {
        "corp.example": [SERVER], "quotes.example": [ELSEWHERE]
    }  # fmt: skip
    associated = {each["ResolverRuleId"] for each in resolver.list_resolver_rule_associations()["ResolverRuleAssociations"]}
    assert {rule["Id"] for rule in rules.values()} <= associated
    assert len(dev.run()["resolver"]["inbound"]["addresses"]) == len(outcome["network"]["subnets"]) // 4  # one in each workload subnet
    assert dev.run()["changes"] == []


def test_only_the_names_of_connected_sites_and_only_where_asked(cloud: Cloud) -> None:
    hub, dev, test = platform(cloud, "dev", "test", sites=named_sites())
    for each in (hub, dev):
        each.run()
    assert cloud.route53resolver.list_resolver_endpoints()["ResolverEndpoints"] == []
    test.options |= {"resolver": {"inbound": False, "outbound": True}}
    test.run()
    [endpoint] = cloud.route53resolver.list_resolver_endpoints()["ResolverEndpoints"]
    assert endpoint["Direction"] == "OUTBOUND"
    domains = {
        each["DomainName"].rstrip(".") for each in cloud.route53resolver.list_resolver_rules()["ResolverRules"] if each["RuleType"] == "FORWARD"
    }
    assert domains == {"corp.example"}  # the matrix connects test with kyiv_office, and not with market_data


def test_names_go_when_they_are_no_longer_asked_for_and_with_the_environment(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev", sites=named_sites())
    hub.run()
    before = cloud.snapshot()
    dev.run()
    dev.run(resolver={"inbound": True, "outbound": True})
    gone = {each["kind"] for each in dev.run(purge=True)["changes"] if each["action"] == "delete"}
    assert gone == {"resolver_endpoint", "resolver_rule", "resolver_rule_association", "security_group", "security_group_rules"}
    dev.run(resolver={"inbound": True, "outbound": True})
    dev.take_down()
    assert cloud.route53resolver.list_resolver_endpoints()["ResolverEndpoints"] == []
    assert cloud.snapshot() == before
