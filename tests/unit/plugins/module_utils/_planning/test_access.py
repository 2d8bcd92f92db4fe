# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access matrix: what an entry opens, what is refused with a way out, and what never opens whatever is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.access import (
    TIERS,
    AccessFlow,
    End,
    compile_access,
    refuse_hidden_pods,
)

TODAY = date(2026, 6, 30)
DEVELOPERS, OPERATIONS, API = End("kyiv_office", "developers"), End("kyiv_office", "operations"), End("market_data", "api")
ROLE = {
    "name": "backend",
    "networks": ["kyiv_office.developers", "kyiv_office.operations"],
    "principals": ["arn:aws:iam::123456789012:role/backend"],
    "cluster_access": "edit",
}


def entry(source: str, target: str, *ports: str, **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "reason": "work", "ports": list(ports or ["443"]), **more}


@pytest.fixture(scope="session")
def compiled(make_topology):
    def compile_entries(*entries: dict[str, Any], roles: tuple[dict[str, Any], ...] = (ROLE,), **options: Any):
        return compile_access(make_topology(access=list(entries), developer_roles=list(roles), **options), TODAY)

    return compile_entries


@pytest.fixture
def refused(compiled):
    def find(*entries: dict[str, Any], **more: Any) -> list[str]:
        with pytest.raises(PlanError) as error:
            compiled(*entries, **more)
        assert str(error.value) == "\n".join(error.value.details["problems"])
        return list(error.value.details["problems"])

    return find


def test_an_entry_becomes_a_flow_for_each_range_of_ports(compiled):
    matrix = compiled(entry("dev.workload", "market_data.api", "8000-8100", "444", "443", source_addresses="pod"))
    assert matrix.flows == (
        AccessFlow(End("dev", "workload"), API, "tcp", (443, 444), "pod", "work"),
        AccessFlow(End("dev", "workload"), API, "tcp", (8000, 8100), "pod", "work"),
    )
    assert [end.is_site for end in (matrix.flows[0].source, matrix.flows[0].target)] == [False, True]


@pytest.mark.parametrize("protocol", ["icmp", "all"])
def test_a_protocol_without_ports(compiled, protocol):
    (flow,) = compiled({**entry("dev.workload", "market_data.api", protocol=protocol), "ports": []}).flows
    assert (flow.protocol, flow.ports) == (protocol, None)
    assert flow.to_dict()["ports"] == "all"


def test_a_developer_role_is_a_flow_from_each_of_its_networks(compiled):
    matrix = compiled(entry("backend", "dev.cluster_api"))
    assert matrix.flows == tuple(
        AccessFlow(end, End("dev", "cluster_api"), "tcp", (443, 443), "node", "work", "backend") for end in (DEVELOPERS, OPERATIONS)
    )


def test_who_an_environment_and_a_site_talk_with(compiled):
    matrix = compiled(
        entry("kyiv_office.developers", "dev.workload"),
        entry("dev.workload", "market_data.api"),
        entry("test.search", "market_data.api"),
        entry("test.workload", "staging.search", cross_environment=True),
        entry("production.edge", "production.search"),
    )
    assert (matrix.sites_of("dev"), matrix.sites_of("test"), matrix.sites_of("staging")) == (("kyiv_office", "market_data"), ("market_data",), ())
    assert (matrix.peers_of("dev"), matrix.peers_of("test"), matrix.peers_of("staging")) == ((), ("staging",), ("test",))
    assert matrix.peers_of("production") == ()
    assert (matrix.environments_of("market_data"), matrix.environments_of("kyiv_office")) == (("dev", "test"), ("dev",))
    assert [str(flow.target) for flow in matrix.of("staging")] == ["staging.search"]
    assert matrix.networks_of("dev", ["workload"]) == ("172.31.40.0/24", "192.168.10.0/24")
    assert matrix.networks_of("dev", ["edge", "search"]) == ()


def test_an_expired_entry_is_dropped_and_reported_whatever_it_says(compiled):
    matrix = compiled(
        entry("dev.workload", "market_data.api", expires="2026-06-30"),
        entry("gone_site.api", "dev.workload", "0", expires="2026-06-29"),
        entry("dev.workload", "market_data.api", expires="2020-01-01"),
    )
    assert [str(flow.target) for flow in matrix.flows] == ["market_data.api"]
    assert [(each.source, each.expires) for each in matrix.expired] == [("dev.workload", "2020-01-01"), ("gone_site.api", "2026-06-29")]


LABEL = "platform_access, entry 1 (from {} to {}): {}"
PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown network": (
        entry("kyiv_office.develoopers", "dev.workload"),
        (
            "from 'kyiv_office.develoopers' names a part that is not there: kyiv_office has developers, operations."
            " Did you mean 'kyiv_office.developers'?"
        ),
    ),
    "unknown site": (
        entry("kiev_office.developers", "dev.workload"),
        (
            "from 'kiev_office.developers' is no site.network, environment.tier or developer role that the topology declares."
            " Did you mean 'kyiv_office.developers'?"
        ),
    ),
    "unknown tier": (
        entry("kyiv_office.developers", "dev.workloads"),
        "to 'dev.workloads' names a part that is not there: dev has workload, edge, endpoints, cluster_api, search. Did you mean 'dev.workload'?",
    ),
    "unknown environment": (
        entry("kyiv_office.developers", "prodution.workload"),
        (
            "to 'prodution.workload' is no site.network, environment.tier or developer role that the topology declares."
            " Did you mean 'production.workload'?"
        ),
    ),
    "unknown role": (
        entry("backnd", "dev.workload"),
        "from 'backnd' is no site.network, environment.tier or developer role that the topology declares. Did you mean 'backend'?",
    ),
    "a whole environment": (
        entry("kyiv_office.developers", "dev"),
        "to 'dev' names all of dev, but an entry names a part of it: dev has workload, edge, endpoints, cluster_api, search.",
    ),
    "a wildcard": (
        entry("backend", "*.cluster_api"),
        "to '*.cluster_api' has a wildcard, but every entry names what it opens, so that whoever audits it can read it. Write one entry for each.",
    ),
    "a role as target": (
        entry("dev.workload", "backend"),
        "a developer role such as 'backend' can only be a source. Name what is reached, such as kyiv_office.developers.",
    ),
    "site to site": (
        entry("kyiv_office.developers", "market_data.api"),
        "no site reaches another through the platform. Connect the sites with each other, or let a service of an environment stand between.",
    ),
    "role to site": (
        entry("backend", "market_data.api"),
        "no site reaches another through the platform. Connect the sites with each other, or let a service of an environment stand between.",
    ),
    "between environments": (
        entry("dev.workload", "production.search"),
        (
            "environments never reach each other unless an entry says so. If this one is really meant to, set cross_environment: true; else name"
            " a part of the same environment, such as dev.search."
        ),
    ),
    "cross_environment in one environment": (
        entry("dev.workload", "dev.search", cross_environment=True),
        "cross_environment is true, but the entry is not from one environment to another. Leave it out.",
    ),
    "cross_environment with a site": (
        entry("dev.workload", "market_data.api", cross_environment=True),
        "cross_environment is true, but the entry is not from one environment to another. Leave it out.",
    ),
    "cross_environment from a role": (
        entry("backend", "dev.workload", cross_environment=True),
        "cross_environment is true, but the entry is not from one environment to another. Leave it out.",
    ),
    "port 0": (
        entry("dev.workload", "market_data.api", "0"),
        "ports has '0', which is neither a port (443) nor a range (8000-8100) within 1-65535. Write one of these.",
    ),
    "a port too far": (
        entry("dev.workload", "market_data.api", "443-65536"),
        "ports has '443-65536', which is neither a port (443) nor a range (8000-8100) within 1-65535. Write one of these.",
    ),
    "a range backwards": (
        entry("dev.workload", "market_data.api", "81-80"),
        "ports has '81-80', which is neither a port (443) nor a range (8000-8100) within 1-65535. Write one of these.",
    ),
    "ports with icmp": (
        entry("dev.workload", "market_data.api", "443", protocol="icmp"),
        "protocol icmp has no ports, but ports is 443. Leave ports out, or say tcp or udp.",
    ),
    "ports with all": (
        entry("dev.workload", "market_data.api", "443", "80", protocol="all"),
        "protocol all has no ports, but ports is 443, 80. Leave ports out, or say tcp or udp.",
    ),
    "no ports": (
        {**entry("dev.workload", "market_data.api"), "ports": []},
        "protocol tcp needs ports. Name them, such as 443 or 8000-8100; 1-65535 if all are meant.",
    ),
    "pods of a site": (
        entry("kyiv_office.developers", "dev.workload", source_addresses="pod"),
        "source_addresses is pod, but only what comes from an environment's workload comes from pods. Leave it out.",
    ),
    "pods of the edge": (
        entry("dev.edge", "market_data.api", source_addresses="pod"),
        "source_addresses is pod, but only what comes from an environment's workload comes from pods. Leave it out.",
    ),
    "no day": (
        entry("dev.workload", "market_data.api", expires="31.12.2030"),
        "expires is '31.12.2030', which is no day. Write its last day as year-month-day, such as 2030-12-31.",
    ),
    "no reason": (
        entry("dev.workload", "market_data.api", reason=" "),
        "reason is empty, but an auditor will ask why this is open. Say it.",
    ),
}


@pytest.mark.parametrize(("written", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_names_the_entry_what_is_wrong_and_a_way_out(refused, written, problem):
    assert refused(written) == [LABEL.format(written["from"], written["to"], problem)]


def test_all_problems_come_at_once(refused):
    found = refused(*(written for written, _problem in PROBLEMS.values()))
    for number, (written, problem) in enumerate(PROBLEMS.values(), 1):
        assert f"platform_access, entry {number} (from {written['from']} to {written['to']}): {problem}" in found


def test_duplicates(refused, compiled):
    first = entry("dev.workload", "market_data.api", "443", "444")
    assert refused(first, entry("dev.workload", "market_data.api", "443-444", reason="more")) == [
        (
            "platform_access, entry 2 (from dev.workload to market_data.api): entry 1 opens the same already. Remove one of them, or join their"
            " reasons in one."
        )
    ]
    assert len(compiled(first, entry("dev.workload", "market_data.api", "443-445")).flows) == 2
    assert len(compiled(first, {**first, "expires": "2020-01-01"}).flows) == 1


@pytest.mark.parametrize(
    ("role", "problem"),
    [
        (
            {"networks": ["kyiv_office.develoopers"]},
            "network 'kyiv_office.develoopers' is no site.network of platform_sites. Did you mean 'kyiv_office.developers'?",
        ),
        ({"networks": ["dev.workload"]}, "network 'dev.workload' is no site.network of platform_sites."),
        ({"networks": ["market_data.api", "market_data.api"]}, "network 'market_data.api' is listed twice. List it once."),
        ({"networks": []}, "it has no networks, so nobody could take it. Name one at least."),
        ({"principals": []}, "it has no principals, so nobody could take it. Name one at least."),
        *(
            (
                {"principals": [principal]},
                (
                    f"principal '{principal}' is no ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/backend; whole accounts and"
                    " wildcards are not taken, but for the last part of a permission set's role (AWSReservedSSO_Backend_*)."
                ),
            )
            for principal in ("*", "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/*", "backend")
        ),
        (
            {"principals": ["arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"]},
            (
                "principal 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef' is a permission set, which IAM does not know."
                " Name the role that stands for it in the environment's account, such as"
                " arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*."
            ),
        ),
    ],
)
def test_a_developer_role_that_nobody_could_take(refused, role, problem):
    assert refused(roles=({**ROLE, **role},)) == [f"platform_developer_roles, role backend: {problem}"]


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::123456789012:user/anna",
        "arn:aws-cn:iam::123456789012:role/teams/backend",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Backend_0123456789abcdef",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Backend_*",
    ],
)
def test_principals_of_developer_roles(compiled, principal):
    assert compiled(roles=({**ROLE, "principals": [principal]},)).flows == ()


def test_pods_with_a_range_of_their_own_are_seen_by_nobody_outside(compiled):
    matrix = compiled(
        entry("dev.workload", "market_data.api", "443", "8080", source_addresses="pod"),
        entry("dev.workload", "dev.search", source_addresses="pod"),
        entry("test.workload", "market_data.api", source_addresses="pod"),
    )
    with pytest.raises(PlanError) as error:
        refuse_hidden_pods(matrix, "dev", own_pods=True)
    assert error.value.details["problems"] == [
        (
            "platform_access, dev.workload to market_data.api: source_addresses is pod, but the pods of dev have a range of their own, which"
            " nothing outside the VPC can see: their packets leave with the node's address. Say node, or put the pods into the workload subnets"
            " (network_pod_addressing: workload)."
        )
    ]
    refuse_hidden_pods(matrix, "dev", own_pods=False)
    refuse_hidden_pods(matrix, "staging", own_pods=True)


SITE_ENDS = ["kyiv_office.developers", "kyiv_office.operations", "market_data.api"]
TIER_ENDS = [f"{environment}.{tier}" for environment in ("dev", "test", "production") for tier in TIERS]


@st.composite
def entries(draw) -> dict[str, Any]:
    """Any entry that names what is declared: valid or not."""
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "all"]))
    return {
        "from": draw(st.sampled_from([*SITE_ENDS, *TIER_ENDS, "backend"])),
        "to": draw(st.sampled_from([*SITE_ENDS, *TIER_ENDS])),
        "reason": draw(st.sampled_from(["work", "more work"])),
        "protocol": protocol,
        "ports": draw(st.lists(st.sampled_from(["443", "444", "8000-8100", "8050-9000"]), min_size=1)) if protocol in ("tcp", "udp") else [],
        "expires": draw(st.sampled_from([None, None, "2026-06-29", "2026-06-30", "2030-01-01"])),
        "cross_environment": draw(st.booleans()),
    }


@given(st.lists(entries(), max_size=6), st.randoms())
def test_the_order_of_entries_means_nothing(compiled, written, random):
    shuffled = list(written)
    random.shuffle(shuffled)
    try:
        matrix = compiled(*written)
    except PlanError:
        with pytest.raises(PlanError):
            compiled(*shuffled)
    else:
        assert compiled(*shuffled) == matrix


@given(st.lists(entries(), max_size=6))
def test_nothing_opens_that_no_current_entry_says_and_nothing_between_environments_or_sites_unasked(compiled, written):
    current = [each for each in written if each["expires"] in (None, "2026-06-30", "2030-01-01")]
    try:
        matrix = compiled(*written)
    except PlanError:
        return
    crossing = {(each["from"], each["to"]) for each in current if each["cross_environment"]}
    asked = {(source, each["to"]) for each in current for source in (ROLE["networks"] if each["from"] == "backend" else [each["from"]])}
    for flow in matrix.flows:
        ends = (str(flow.source), str(flow.target))
        assert ends in asked
        assert not (flow.source.is_site and flow.target.is_site)
        if not flow.source.is_site and not flow.target.is_site and flow.source.owner != flow.target.owner:
            assert ends in crossing
    assert len(matrix.expired) == len(written) - len(current)
