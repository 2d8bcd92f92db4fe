# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is live is what the access matrix says: routes both ways to what is allowed, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.hub import MATRIX, entry, platform
from tests.support.hub_outcomes import nothing_to_do, refused
from tests.support.transit_view import BLACKHOLE, Table, TransitView

pytestmark = pytest.mark.emulator

SUPERNET, DEV, TEST = "10.64.0.0/21", "10.64.0.0/23", "10.64.2.0/23"
CLOSED = {SUPERNET: BLACKHOLE}
TABLES = {  # of sites with BGP, the networks are learned
    "dev": Table(
        routes={**CLOSED, "192.168.10.0/24": "kyiv_office", "192.168.20.0/24": "kyiv_office", "172.31.40.0/24": "market_data"},
        propagations=frozenset({"lviv_office"}),
        associations=frozenset({"dev"}),
    ),
    "test": Table(routes={**CLOSED, "192.168.20.0/24": "kyiv_office"}, propagations=frozenset({"payments"}), associations=frozenset({"test"})),
    "site-kyiv_office": Table(routes={**CLOSED, DEV: "dev", TEST: "test"}, associations=frozenset({"kyiv_office"})),
    "site-lviv_office": Table(routes={**CLOSED, DEV: "dev"}, associations=frozenset({"lviv_office"})),
    "site-market_data": Table(routes={**CLOSED, DEV: "dev"}, associations=frozenset({"market_data"})),
    "site-payments": Table(routes={**CLOSED, TEST: "test"}, associations=frozenset({"payments"})),
}
OF_DEV = frozenset({"192.168.10.0/24", "192.168.20.0/24", "192.168.30.0/24", "172.31.40.0/24"})
NOWHERE: dict[str, frozenset[str]] = dict.fromkeys(("main", "edge", "transit"), frozenset())
VPC_ROUTES = {
    "dev": {**NOWHERE, "workload-a": OF_DEV, "workload-b": OF_DEV},
    "test": {**NOWHERE, **dict.fromkeys(("workload-a", "workload-b"), frozenset({"192.168.20.0/24", "172.31.50.0/25"}))},
}
ALGORITHMS = {  # in both phases
    "EncryptionAlgorithms": {"AES256-GCM-16"}, "IntegrityAlgorithms": {"SHA2-384", "SHA2-512"}, "DHGroupNumbers": {20, 21}
}  # fmt: skip
LOG_GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:/fintech.platform/acme/hub/transit_network/vpn-tunnels"


def live_routes(cloud: Cloud, *environments: str) -> tuple[dict[str, Table], dict[str, Any]]:
    view = TransitView(cloud)
    return view.all_tables(), {name: view.vpc_routes(name) for name in environments}


@pytest.fixture(scope="module")
def built(used_cloud: Cloud) -> Cloud:
    """What the tests that look at it leave as it is."""
    used_cloud.control.reset()
    for each in platform(used_cloud, "dev", "test"):
        each.run()
    return used_cloud


def test_every_table_leads_to_what_is_allowed_and_everything_else_ends(built: Cloud) -> None:
    assert live_routes(built, "dev", "test") == (TABLES, VPC_ROUTES)


def test_what_is_learned_comes_over_the_propagation(built: Cloud) -> None:
    view = TransitView(built)
    tunnel = view.of("vpn_connection", "payments")["Options"]["TunnelOptions"][0]["OutsideIpAddress"]
    built.control.tunnels(up=True, address=tunnel, prefixes=["172.31.50.0/25"])
    learned = {
        name: [each["DestinationCidrBlock"] for each in built.ec2.search_transit_gateway_routes(**_propagated(table))["Routes"]]
        for name, table in view.tables.items()
    }
    built.control.tunnels(up=False, address=tunnel)
    assert {name: found for name, found in learned.items() if found} == {"test": ["172.31.50.0/25"]}


def _propagated(table: str) -> dict[str, Any]:
    return {"TransitGatewayRouteTableId": table, "Filters": [{"Name": "type", "Values": ["propagated"]}]}


def test_nothing_is_joined_by_default(built: Cloud) -> None:
    [gateway] = TransitView(built).found["transit_gateway"]
    options = ("DefaultRouteTableAssociation", "DefaultRouteTablePropagation", "AutoAcceptSharedAttachments", "SecurityGroupReferencingSupport")
    assert {option: gateway["Options"][option] for option in options} == dict.fromkeys(options, "disable")
    for attachment in built.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]:
        assert attachment["Options"]["SecurityGroupReferencingSupport"] == "disable"


def test_attachments_stand_in_subnets_of_their_own(built: Cloud) -> None:
    view = TransitView(built)
    for environment in ("dev", "test"):
        identity = view.attachment(environment)
        [found] = built.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[identity])["TransitGatewayVpcAttachments"]
        assert set(found["SubnetIds"]) == {view.ids[f"{environment}/subnet.transit-{zone}"] for zone in "ab"}


def test_every_tunnel_is_pinned(built: Cloud) -> None:
    connections = TransitView(built).found["vpn_connection"]
    inside = {each["Tags"][3]["Value"]: [tunnel["TunnelInsideCidr"] for tunnel in each["Options"]["TunnelOptions"]] for each in connections}
    assert inside == {
        "kyiv_office": ["169.254.64.0/30", "169.254.64.4/30"],
        "lviv_office": ["169.254.64.8/30", "169.254.64.12/30"],
        "market_data": ["169.254.64.16/30", "169.254.64.20/30"],
        "payments": ["169.254.64.24/30", "169.254.64.28/30"],
    }
    for connection in connections:
        options = connection["Options"]
        assert (options["LocalIpv4NetworkCidr"], options["RemoteIpv4NetworkCidr"]) == ("0.0.0.0/0", "0.0.0.0/0")
        assert connection["PreSharedKeyArn"].startswith("arn:aws:secretsmanager:")
        for tunnel in options["TunnelOptions"]:
            for phase in ("Phase1", "Phase2"):
                assert {name: {each["Value"] for each in tunnel[phase + name]} for name in ALGORITHMS} == ALGORITHMS
            assert [each["Value"] for each in tunnel["IkeVersions"]] == ["ikev2"]
            assert (tunnel["Phase1LifetimeSeconds"], tunnel["Phase2LifetimeSeconds"]) == (28800, 3600)
            assert (tunnel["DpdTimeoutAction"], tunnel["DpdTimeoutSeconds"], tunnel["StartupAction"]) == ("restart", 30, "start")
            logs = tunnel["LogOptions"]["CloudWatchLogOptions"]
            assert (logs["LogEnabled"], logs["LogGroupArn"]) == (True, LOG_GROUP)


def test_what_the_hub_answers_for_a_site(built: Cloud) -> None:
    [hub] = platform(built)
    outcome = hub.run()
    found = {each["site"]: each for each in outcome["connections"]}
    tunnels = {name: each["Options"]["TunnelOptions"] for name in found for each in [TransitView(built).of("vpn_connection", name)]}
    assert {name: [each["outside_address"] for each in connection["tunnels"]] for name, connection in found.items()} == {
        name: [each["OutsideIpAddress"] for each in options] for name, options in tunnels.items()
    }
    assert {name: each["platform_networks"] for name, each in found.items()} == {
        "kyiv_office": [DEV, TEST], "lviv_office": [DEV], "market_data": [DEV], "payments": [TEST]
    }  # fmt: skip
    assert found["lviv_office"]["bgp"] == {"gateway_asn": 65010, "platform_asn": 64512}
    assert found["kyiv_office"]["bgp"] is None
    dimensions = [{"VpnId": found["payments"]["vpn_connection_id"], "TunnelIpAddress": each["OutsideIpAddress"]} for each in tunnels["payments"]]
    assert [each["dimensions"] for each in outcome["tunnel_metrics"] if each["site"] == "payments"] == dimensions


def rules(cloud: Cloud, environment: str, group: str) -> set[tuple[str, int, str]]:
    """Ingress from prefix lists: protocol, port, and the prefixes."""
    view = TransitView(cloud)
    [found] = cloud.ec2.describe_security_groups(GroupIds=[view.ids[f"{environment}/security_group.{group}"]])["SecurityGroups"]
    return {
        (each["IpProtocol"], each["FromPort"], member["Cidr"])
        for each in found["IpPermissions"]
        for named in each["PrefixListIds"]
        for member in cloud.ec2.get_managed_prefix_list_entries(PrefixListId=named["PrefixListId"])["Entries"]
    }


def test_groups_let_in_what_the_matrix_names(built: Cloud) -> None:
    assert rules(built, "dev", "cluster_api") == {("tcp", 443, "192.168.20.0/24")}
    assert rules(built, "dev", "nodes") == {("tcp", 443, "192.168.10.0/24"), ("tcp", 443, "192.168.30.0/24"), ("tcp", 8443, "192.168.30.0/24")}
    assert rules(built, "test", "nodes") == set()


def test_the_edge_gets_routes_of_its_own(cloud: Cloud) -> None:
    only_edge: dict[str, Any] = {"access": [entry("kyiv_office.developers", "dev.edge", 443)]}
    for each in platform(cloud, "dev", **only_edge):
        each.run()
    routes = TransitView(cloud).vpc_routes("dev")
    assert {name for name, found in routes.items() if found} == {"edge"}
    assert routes["edge"] == {"192.168.10.0/24"}


BETWEEN = entry("dev.workload", "test.edge", 443, cross_environment=True)


def joined(cloud: Cloud) -> dict[str, tuple[str | None, set[str]]]:
    """Where each environment's tables lead for the other one: the Transit Gateway's, and those of the VPC that do."""
    view = TransitView(cloud)
    return {
        name: (view.table(name).routes.get(cidr), {table for table, routes in view.vpc_routes(name).items() if cidr in routes})
        for name, cidr in (("dev", TEST), ("test", DEV))
        if name in view.tables
    }


WORKLOAD = {"workload-a", "workload-b"}
APART: dict[str, tuple[str | None, set[str]]] = {"dev": (None, set()), "test": (None, set())}


def test_environments_reach_each_other_only_where_an_entry_says_so(cloud: Cloud) -> None:
    hub, dev, test = platform(cloud, "dev", "test")
    for each in (hub, dev, test):
        each.run()
    assert joined(cloud) == APART

    between: dict[str, Any] = {"access": [*MATRIX, BETWEEN]}
    for environment in (dev, test):
        environment.options |= between
    assert hub.run(**between)["changes"] == []
    dev.run()
    test.run()
    assert joined(cloud) == {"dev": ("test", WORKLOAD), "test": ("dev", {"edge"})}
    nothing_to_do([hub, dev, test])

    for environment in (dev, test):
        environment.options["access"] = MATRIX
        environment.run()
    assert joined(cloud) == APART
    assert live_routes(cloud, "dev", "test") == (TABLES, VPC_ROUTES)


def test_the_environment_that_is_built_first_waits_for_the_other(cloud: Cloud) -> None:
    hub, dev, test = platform(cloud, "dev", "test", access=[*MATRIX, BETWEEN])
    hub.run()
    assert dev.run()["pending"] == ["environment test: it is not attached to the hub yet"]
    assert joined(cloud) == {"dev": (None, set())}
    assert test.run()["pending"] == []
    assert dev.run()["pending"] == []
    assert joined(cloud) == {"dev": ("test", WORKLOAD), "test": ("dev", {"edge"})}
    nothing_to_do([hub, dev, test])


def test_without_the_word_an_entry_between_environments_is_refused(cloud: Cloud) -> None:
    hub, dev = platform(cloud, "dev", access=[{**BETWEEN, "cross_environment": False}])
    for each in (hub, dev):
        assert "environments never reach each other unless an entry says so" in refused(each)
