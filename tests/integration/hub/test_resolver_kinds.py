# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of Route 53 Resolver's and RAM's kinds; for the former also replacements, and what belongs to others."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_endpoint import ResolverEndpoint
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_rule import ResolverRule
from ansible_collections.fintech.platform.plugins.module_utils._aws.route53resolver.resolver_rule_association import ResolverRuleAssociation
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlanError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource, Scope
from tests.integration.network import test_kinds
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import FAST, Cloud
from tests.support.kind_cases import Case
from tests.support.kinds import SCOPE, tags
from tests.support.resolver_cases import RESOLVER_CASES, a_rule, an_association, an_endpoint, ground
from tests.unit.plugins.module_utils._stacks.test_network_names import declare, entry

pytestmark = pytest.mark.emulator

KINDS = (ResolverEndpoint, ResolverRule, ResolverRuleAssociation)


@pytest.fixture
def lab(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """With an SDK that is in a hurry to try again."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0.01)
    return Lab(cloud)


def forwarding(domain: str = "corp.example") -> list[Resource]:
    """An outbound endpoint, with a rule that works in the VPC."""
    basis, main, _places, outbound = ground()
    rule = a_rule(outbound, domain=domain)
    return [*basis, outbound, rule, an_association(rule, main)]


@pytest.mark.parametrize("case", RESOLVER_CASES, ids=lambda case: case.name)
def test_a_life(lab: Lab, case: Case) -> None:
    test_kinds.test_a_life(lab, case)


@pytest.mark.parametrize("case", RESOLVER_CASES, ids=lambda case: case.name)
def test_an_answer_that_is_lost_makes_nothing_twice(lab: Lab, case: Case) -> None:
    basis, subject = case.make(1)
    lab.converge(basis, [type(subject)])
    [action] = [name.partition(".")[2] for name in case.create]
    lab.cloud.control.fault("drop", action=action, moment="after")
    basis, subject = case.make(1)
    lab.converge([*basis, subject])
    found = [live for live in subject.read(lab.cloud.place(), SCOPE, frozenset(lab.cloud.ids().values())) if live.name == subject.name]
    assert len(found) == 1
    basis, subject = case.make(1)
    assert told(lab.plan([*basis, subject])[1]) == []


def test_a_rule_for_another_domain_is_another_rule(lab: Lab) -> None:
    """AWS keeps a rule that a VPC is associated with: the association is replaced with it."""
    lab.converge(forwarding())
    plan, replaced = lab.converge(forwarding("corp.test"))
    assert told(plan) == [("replace", "resolver_rule.corp", {"domain"}), ("replace", "resolver_rule_association.corp", {"rule"})]
    counted = replaced.counts(replaced.changing)
    assert {counted[f"route53resolver.{name}"] for name in ("CreateResolverRule", "DisassociateResolverRule", "AssociateResolverRule")} == {1}
    rules = lab.cloud.route53resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    assert [each["DomainName"] for each in rules] == ["corp.test."]
    assert told(lab.plan(forwarding("corp.test"))[1]) == []


def test_everything_goes_in_order(lab: Lab) -> None:
    lab.cloud.control.pace(resolver_endpoint=0.2, resolver_rule=0.1, resolver_rule_association=0.1)
    lab.converge(forwarding())
    desired = forwarding()
    kinds = {type(each) for each in desired}
    place = lab.cloud.place()
    plan = make_plan(desired, read_live(kinds, place, SCOPE), SCOPE, absent=True)
    place.start_changing()
    Executor(place, SCOPE, pace=FAST).apply(plan)
    assert lab.cloud.ids() == {}
    assert lab.cloud.route53resolver.list_resolver_endpoints()["ResolverEndpoints"] == []


def inbound(count: int) -> list[Resource]:
    """An endpoint in the last ``count`` of three subnets."""
    basis, _main, places, _outbound = ground()
    return [*basis, an_endpoint("inbound", places[3 - count :], basis[-1])]


def test_an_endpoint_is_changed_step_by_step(lab: Lab) -> None:
    """AWS refuses a step while it takes another one."""
    lab.converge(inbound(2))
    resolver = lab.cloud.route53resolver
    endpoint = resolver.list_resolver_endpoints()["ResolverEndpoints"][0]["Id"]
    # A colleague puts a second address into a subnet.
    resolver.associate_resolver_endpoint_ip_address(ResolverEndpointId=endpoint, IpAddress={"SubnetId": lab.cloud.ids()["subnet.c"]})
    lab.cloud.control.pace(resolver_endpoint=0.1)
    plan, changed = lab.converge(inbound(3))
    assert told(plan) == [("update", "resolver_endpoint.inbound", {"subnets"})]
    assert changed.counts(changed.changing) == {
        "route53resolver.AssociateResolverEndpointIpAddress": 1,
        "route53resolver.DisassociateResolverEndpointIpAddress": 1,
    }
    plan = lab.plan(inbound(3))[1]
    assert told(plan) == []
    [made] = [each for each in plan.unchanged if isinstance(each, ResolverEndpoint)]
    assert made.live is not None
    assert len(made.live.values["addresses"]) == 3


def test_an_address_whose_answer_is_lost_is_added_and_removed_once(lab: Lab) -> None:
    lab.converge(inbound(2))
    for count, action in ((3, "AssociateResolverEndpointIpAddress"), (2, "DisassociateResolverEndpointIpAddress")):
        lab.cloud.control.fault("drop", action=action, moment="after")
        lab.converge(inbound(count))
        [endpoint] = lab.cloud.route53resolver.list_resolver_endpoints()["ResolverEndpoints"]
        assert endpoint["IpAddressCount"] == count


def test_a_rule_is_led_back_to_its_endpoint_and_servers(lab: Lab) -> None:
    lab.converge(forwarding())
    [rule] = lab.cloud.route53resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    lab.cloud.route53resolver.update_resolver_rule(ResolverRuleId=rule["Id"], Config={"TargetIps": [{"Ip": "203.0.113.1"}]})
    lab.cloud.route53resolver.untag_resource(ResourceArn=rule["Arn"], TagKeys=list(tags("corp")))
    plan, _repaired = lab.converge(forwarding())
    assert told(plan) == [("update", "resolver_rule.corp", {"targets", "tags"})]
    assert told(lab.plan(forwarding())[1]) == []


def test_what_others_made_in_the_vpc_is_foreign_and_aws_own_is_not_seen(lab: Lab) -> None:
    lab.converge(forwarding())
    basis, _main, places, _outbound = ground()
    lab.plan(basis)
    resolver, ids = lab.cloud.route53resolver, lab.cloud.ids()
    endpoint = resolver.create_resolver_endpoint(
        CreatorRequestId="other", Name="theirs", Direction="OUTBOUND", SecurityGroupIds=[ids["security_group.resolver"]],
        IpAddresses=[{"SubnetId": ids[place.label]} for place in places],
    )["ResolverEndpoint"]["Id"]  # fmt: skip
    assert resolver.get_resolver_endpoint(ResolverEndpointId=endpoint)["ResolverEndpoint"]["Status"] == "OPERATIONAL"
    rule = resolver.create_resolver_rule(
        CreatorRequestId="other", RuleType="FORWARD", DomainName="other.example", TargetIps=[{"Ip": "10.0.0.1"}], ResolverEndpointId=endpoint
    )["ResolverRule"]["Id"]
    association = resolver.associate_resolver_rule(ResolverRuleId=rule, VPCId=ids["vpc.main"])["ResolverRuleAssociation"]["Id"]
    plan = lab.plan(forwarding(), KINDS, purge=True)[1]
    assert told(plan) == []
    assert {(kind.kind, live.id) for kind, live in plan.foreign if kind in KINDS} == {
        ("resolver_endpoint", endpoint), ("resolver_rule_association", association)
    }  # fmt: skip


def test_another_environment_whose_name_begins_alike_is_another_one(lab: Lab) -> None:
    lab.converge(forwarding())
    short = Scope(platform="acme", environment="d", stack="network")
    resolver, ids = lab.cloud.route53resolver, lab.cloud.ids()
    [rule] = resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    resolver.update_resolver_rule(ResolverRuleId=rule["Id"], Config={"Name": "acme-d-ev-corp"})  # as if it were d's own, named ev-corp
    found = list(ResolverRule.read(lab.cloud.place(), short, frozenset({ids["vpc.main"]})))
    assert [(live.scope, live.name) for live in found] == [(SCOPE, "corp")]


def test_an_association_in_the_way_is_named(lab: Lab) -> None:
    lab.converge(forwarding()[:-1])
    resolver, ids = lab.cloud.route53resolver, lab.cloud.ids()
    [rule] = resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=ids["vpc.main"], Name="theirs")
    with pytest.raises(ApplyError, match=f"Cannot create resolver_rule_association.corp: .*Conflict with resolver rule .{rule['Id']}"):
        lab.converge(forwarding())


def test_a_rule_that_is_held_says_by_what(lab: Lab) -> None:
    lab.converge(forwarding()[:-1])
    resolver, ids = lab.cloud.route53resolver, lab.cloud.ids()
    [rule] = resolver.list_resolver_rules(Filters=[{"Name": "TYPE", "Values": ["FORWARD"]}])["ResolverRules"]
    made = resolver.associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=ids["vpc.main"], Name="theirs")["ResolverRuleAssociation"]["Id"]
    with pytest.raises(ApplyError, match=f"held by association {made} with {ids['vpc.main']}"):
        lab.converge(forwarding()[:-2], KINDS, purge=True)


def test_more_endpoints_than_the_quota_allows_are_refused_in_the_plan(lab: Lab) -> None:
    def declared(count: int) -> list[Resource]:
        basis, _main, places, _outbound = ground()
        return [*basis, *(an_endpoint(f"outbound-{number}", places, basis[-1]) for number in range(count))]

    lab.converge(declared(3))
    place, plan = lab.plan(declared(5))
    changes = [change for change in plan.changes if change.kind is ResolverEndpoint]
    assert ResolverEndpoint.check(place, changes[:1]) == []
    [problem] = ResolverEndpoint.check(place, changes)
    assert problem.startswith("3 Resolver endpoints are there and 2 more are wanted, but AWS allows this account 4.")


def test_names_that_are_too_long_are_refused() -> None:
    basis, _main, places, _outbound = ground()
    with pytest.raises(PlanError, match=r"The name acme-dev-x+ of resolver_endpoint.x+ has 69 characters"):
        an_endpoint("x" * 60, places, basis[-1], direction="INBOUND")


def test_the_names_of_an_environment_and_its_sites(lab: Lab) -> None:
    access = [entry("office.developers", "dev.workload"), entry("dev.workload", "exchange.api")]
    plan, made = lab.converge(declare(*access).resources(), KINDS)
    assert made.counts(made.changing)["route53resolver.AssociateResolverRule"] == 3
    assert {label for _action, label, _fields in told(plan)} >= {"resolver_endpoint.inbound", "resolver_rule.exchange_example"}
    declared = declare(*access)
    assert told(lab.plan(declared.resources(), KINDS)[1]) == []
    addresses = declared.names.describe()["inbound"]["addresses"]
    assert [address.rpartition(".")[0] for address in addresses] == ["10.64.0", "10.64.0"]
    # A site that the matrix does not connect any more, and one direction that is not asked for: purged, and nothing else.
    fewer = declare(access[0], resolver={"outbound": True})
    plan, _removed = lab.converge(fewer.resources(), KINDS, purge=True)
    assert {(action, label) for action, label, _fields in told(plan)} == {
        ("delete", "resolver_endpoint.inbound"),
        ("delete", "resolver_rule.exchange_example"),
        ("delete", "resolver_rule_association.exchange_example"),
    }
    assert told(lab.plan(declare(access[0], resolver={"outbound": True}).resources(), KINDS)[1]) == []
