# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customer gateways and Site-to-Site VPN connections of the emulated AWS behave as AWS's."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from rehearsal.aws.client import RehearsalError

pytestmark = pytest.mark.emulator

STRONG = {
    "TunnelInsideCidr": "169.254.64.0/30",
    "IKEVersions": [{"Value": "ikev2"}],
    "Phase1EncryptionAlgorithms": [{"Value": "AES256-GCM-16"}],
    "Phase1DHGroupNumbers": [{"Value": 20}, {"Value": 21}],
    "Phase1IntegrityAlgorithms": [{"Value": "SHA2-512"}],
    "Phase1LifetimeSeconds": 14400,
    "DPDTimeoutAction": "restart",
    "StartupAction": "start",
}
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def transit(ec2) -> str:
    return str(ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"])


@pytest.fixture
def device(ec2) -> str:
    return made_device(ec2, IpAddress="203.0.113.10")


def made_device(ec2: Any, **options: Any) -> str:
    made = ec2.create_customer_gateway(**{"Type": "ipsec.1", "BgpAsn": 65010, **options})["CustomerGateway"]["CustomerGatewayId"]
    ec2.describe_customer_gateways()  # pending for as long as the pace says, which is not at all
    return str(made)


@pytest.fixture
def vpn(ec2, transit, device) -> str:
    return made_vpn(ec2, transit, device)


def made_vpn(ec2: Any, transit: str, device: str, *tunnels: dict[str, Any], static: bool = True, **more: Any) -> str:
    options = {"StaticRoutesOnly": static, "TunnelOptions": list(tunnels)}
    made = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=device, TransitGatewayId=transit, Options=options, **more)
    return str(made["VpnConnection"]["VpnConnectionId"])


def the_device(ec2: Any, identifier: str) -> Any:
    [found] = ec2.describe_customer_gateways(CustomerGatewayIds=[identifier])["CustomerGateways"]
    return found


def the_vpn(ec2: Any, identifier: str) -> Any:
    [found] = ec2.describe_vpn_connections(VpnConnectionIds=[identifier])["VpnConnections"]
    return found


def tunnels_of(ec2: Any, identifier: str) -> list[dict[str, Any]]:
    return list(the_vpn(ec2, identifier)["Options"]["TunnelOptions"])


def statuses(ec2: Any, identifier: str) -> list[str]:
    return [each["Status"] for each in the_vpn(ec2, identifier)["VgwTelemetry"]]


def the_attachment(ec2: Any, vpn: str) -> Any:
    found = ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-id", "Values": [vpn]}])["TransitGatewayAttachments"]
    return found[0] if found else {"State": "deleted"}


def test_a_customer_gateway_lives(rehearsal, ec2, named) -> None:
    rehearsal.pace(customer_gateway=1)
    made = ec2.create_customer_gateway(
        Type="ipsec.1", BgpAsn=65010, IpAddress="203.0.113.10", DeviceName="router", TagSpecifications=named("customer-gateway")
    )["CustomerGateway"]
    assert (made["State"], made["BgpAsn"], made["DeviceName"], len(made["Tags"])) == ("pending", "65010", "router", 1)
    ec2.get_waiter("customer_gateway_available").wait(CustomerGatewayIds=[made["CustomerGatewayId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    ec2.delete_customer_gateway(CustomerGatewayId=made["CustomerGatewayId"])
    assert the_device(ec2, made["CustomerGatewayId"])["State"] == "deleting"


def test_a_deleted_customer_gateway_stays_visible(ec2, named) -> None:
    made = made_device(ec2, IpAddress="203.0.113.10", TagSpecifications=named("customer-gateway"))
    ec2.delete_customer_gateway(CustomerGatewayId=made)
    [found] = ec2.describe_customer_gateways(Filters=[{"Name": "tag:fintech.platform/name", "Values": ["one"]}])["CustomerGateways"]
    assert (found["CustomerGatewayId"], found["State"]) == (made, "deleted")


def test_an_identical_customer_gateway_is_the_one_that_exists(ec2, device) -> None:
    assert made_device(ec2, IpAddress="203.0.113.10") == device
    assert made_device(ec2, IpAddress="203.0.113.10", DeviceName="another") != device
    ec2.delete_customer_gateway(CustomerGatewayId=device)
    assert made_device(ec2, IpAddress="203.0.113.10") != device


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "MissingParameter"),
        ({"IpAddress": "203.0.113.300"}, "InvalidParameterValue"),
        ({"IpAddress": "127.0.0.1"}, "InvalidParameterValue"),
        ({"CertificateArn": "arn:aws:iam::123456789012:server-certificate/x"}, "InvalidParameterValue"),
        ({"IpAddress": "203.0.113.10", "BgpAsn": 0}, "InvalidParameterValue"),
        ({"IpAddress": "203.0.113.10", "BgpAsn": 65000, "BgpAsnExtended": 4_200_000_000}, "InvalidParameterCombination"),
        ({"IpAddress": "203.0.113.10", "BgpAsnExtended": 65000}, "InvalidParameterValue"),
    ],
)
def test_customer_gateways_that_aws_refuses(ec2, refused, options, code) -> None:
    with refused(code):
        ec2.create_customer_gateway(Type="ipsec.1", **options)


def test_a_customer_gateway_in_use_stays(ec2, transit, device, vpn, refused) -> None:
    with refused("IncorrectState", "in use"):
        ec2.delete_customer_gateway(CustomerGatewayId=device)
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    ec2.describe_vpn_connections()
    ec2.delete_customer_gateway(CustomerGatewayId=device)
    with refused("InvalidCustomerGatewayID.NotFound"):
        made_vpn(ec2, transit, device)
    with refused("InvalidCustomerGatewayID.NotFound"):
        ec2.delete_customer_gateway(CustomerGatewayId=device)


def test_large_asns_have_a_member_of_their_own(ec2) -> None:
    made = ec2.create_customer_gateway(Type="ipsec.1", BgpAsnExtended=4_200_000_000, CertificateArn=CERTIFICATE)["CustomerGateway"]
    found = the_device(ec2, made["CustomerGatewayId"])
    assert (found["BgpAsnExtended"], "BgpAsn" in found, found["CertificateArn"]) == ("4200000000", False, CERTIFICATE)


def test_a_vpn_connection_comes_with_its_attachment_and_goes_with_it(rehearsal, ec2, transit, device, named) -> None:
    rehearsal.pace(vpn_connection=1)
    vpn = made_vpn(ec2, transit, device, TagSpecifications=named("vpn-connection"))
    assert (the_vpn(ec2, vpn)["State"], the_attachment(ec2, vpn)["State"]) == ("pending", "pending")
    ec2.get_waiter("vpn_connection_available").wait(VpnConnectionIds=[vpn], WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    attachment = the_attachment(ec2, vpn)
    assert (attachment["State"], attachment["ResourceType"], attachment["TransitGatewayId"]) == ("available", "vpn", transit)
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    assert (the_vpn(ec2, vpn)["State"], the_attachment(ec2, vpn)["State"]) == ("deleting", "deleting")
    ec2.get_waiter("vpn_connection_deleted").wait(VpnConnectionIds=[vpn], WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    [found] = ec2.describe_vpn_connections(Filters=[{"Name": "tag:fintech.platform/name", "Values": ["one"]}])["VpnConnections"]
    assert (found["State"], "CustomerGatewayConfiguration" in found) == ("deleted", False)
    assert the_attachment(ec2, vpn)["State"] == "deleted"


def test_tunnel_options_are_read_back_with_awss_defaults_where_unset(ec2, transit, device) -> None:
    first, second = tunnels_of(ec2, made_vpn(ec2, transit, device, STRONG))
    expected = {**STRONG, "IkeVersions": STRONG["IKEVersions"], "DpdTimeoutAction": "restart"}
    for name in ("IKEVersions", "DPDTimeoutAction"):  # answers spell these otherwise
        del expected[name]
    assert {name: first[name] for name in expected} == expected
    assert (first["Phase2LifetimeSeconds"], first["DpdTimeoutSeconds"], first["ReplayWindowSize"]) == (3600, 30, 1024)
    assert first["LogOptions"]["CloudWatchLogOptions"] == {"LogEnabled": False, "BgpLogEnabled": False}
    assert [each["Value"] for each in second["IkeVersions"]] == ["ikev1", "ikev2"]
    assert {"Value": "SHA1"} in second["Phase1IntegrityAlgorithms"]
    assert (second["StartupAction"], second["DpdTimeoutAction"]) == ("add", "clear")
    assert second["TunnelInsideCidr"].startswith("169.254.")
    assert len({each["OutsideIpAddress"] for each in (first, second)}) == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"TunnelInsideCidr": "169.254.5.0/30"}, "reserved"),
        ({"TunnelInsideCidr": "169.254.169.252/30"}, "reserved"),
        ({"TunnelInsideCidr": "169.254.64.0/29"}, "/30"),
        ({"TunnelInsideCidr": "169.254.64.1/30"}, "invalid"),
        ({"TunnelInsideCidr": "10.0.0.0/30"}, "169.254.0.0/16"),
        ({"Phase1EncryptionAlgorithms": [{"Value": "DES"}]}, "Phase1EncryptionAlgorithms"),
        ({"Phase1DHGroupNumbers": [{"Value": 5}]}, "Phase1DHGroupNumbers"),
        ({"IKEVersions": [{"Value": "ikev3"}]}, "IKEVersions"),
        ({"Phase1LifetimeSeconds": 899}, "Phase1LifetimeSeconds"),
        ({"DPDTimeoutSeconds": 29}, "DPDTimeoutSeconds"),
        ({"DPDTimeoutAction": "wait"}, "DPDTimeoutAction"),
        ({"StartupAction": "begin"}, "StartupAction"),
        ({"PreSharedKey": "0startswithzero"}, "PreSharedKey"),
        ({"PreSharedKey": "with+sign.with+sign"}, "PreSharedKey"),
        ({"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": True, "LogGroupArn": "arn:aws:logs:eu-central-1:1:log-group:no"}}}, "log group"),
    ],
)
def test_tunnel_options_that_aws_refuses(ec2, transit, device, refused, options, text) -> None:
    with refused("InvalidParameterValue", text):
        made_vpn(ec2, transit, device, options)


@pytest.mark.parametrize(
    "options",
    [
        {"Phase1LifetimeSeconds": 900, "Phase2LifetimeSeconds": 900, "RekeyMarginTimeSeconds": 60},
        {"Phase2LifetimeSeconds": 900, "RekeyMarginTimeSeconds": 451},
    ],
)
def test_lifetimes_that_do_not_go_together_are_refused(ec2, transit, device, refused, options) -> None:
    with refused("InvalidParameterCombination"):
        made_vpn(ec2, transit, device, options)


def test_inside_addresses_are_unique_at_a_gateway(ec2, transit, device, refused) -> None:
    with refused("InvalidParameterValue", "in use"):
        made_vpn(ec2, transit, device, {"TunnelInsideCidr": "169.254.64.0/30"}, {"TunnelInsideCidr": "169.254.64.0/30"})
    vpn = made_vpn(ec2, transit, device, {"TunnelInsideCidr": "169.254.64.0/30"})
    with refused("InvalidParameterValue", "in use"):
        made_vpn(ec2, transit, device, {"TunnelInsideCidr": "169.254.64.0/30"})
    other = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    made_vpn(ec2, other, device, {"TunnelInsideCidr": "169.254.64.0/30"})
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    ec2.describe_vpn_connections()
    made_vpn(ec2, transit, device, {"TunnelInsideCidr": "169.254.64.0/30"})


def test_a_private_address_is_refused_where_the_tunnels_are_public(ec2, transit, refused) -> None:
    with refused("InvalidParameterValue", "private IP address 10.1.2.3"):
        made_vpn(ec2, transit, made_device(ec2, IpAddress="10.1.2.3"))


def test_quotas(ec2, transit, device, refused) -> None:
    for _number in range(50):
        made_vpn(ec2, transit, device)
    with refused("VpnConnectionLimitExceeded"):
        made_vpn(ec2, transit, device)
    for number in range(49):
        made_device(ec2, IpAddress=f"198.51.100.{number}")
    with refused("CustomerGatewayLimitExceeded"):
        made_device(ec2, IpAddress="198.51.100.200")


def test_tunnels_are_down_until_their_far_side_is_there(rehearsal, ec2, transit, device) -> None:
    vpn = made_vpn(ec2, transit, device, static=False)
    assert statuses(ec2, vpn) == ["DOWN", "DOWN"]
    first = tunnels_of(ec2, vpn)[0]["OutsideIpAddress"]
    before = the_vpn(ec2, vpn)["VgwTelemetry"][0]["LastStatusChange"]
    assert rehearsal.tunnels(True, address=first, prefixes=["192.168.10.0/24", "192.168.20.0/24"]) == [first]
    telemetry = the_vpn(ec2, vpn)["VgwTelemetry"][0]
    assert (telemetry["OutsideIpAddress"], telemetry["Status"], telemetry["AcceptedRouteCount"]) == (first, "UP", 2)
    assert telemetry["StatusMessage"] == "2 BGP ROUTES"
    assert telemetry["LastStatusChange"] >= before
    assert statuses(ec2, vpn) == ["UP", "DOWN"]
    rehearsal.tunnels(False)
    assert statuses(ec2, vpn) == ["DOWN", "DOWN"]
    with pytest.raises(RehearsalError, match="no tunnel is at"):
        rehearsal.tunnels(True, address="203.0.113.99")


def test_one_tunnel_is_modified_at_a_time(rehearsal, ec2, vpn, refused) -> None:
    rehearsal.tunnels(True)
    rehearsal.pace(vpn_connection=1.5, vpn_tunnel=1.5)
    first, second = (each["OutsideIpAddress"] for each in tunnels_of(ec2, vpn))
    made = ec2.modify_vpn_tunnel_options(VpnConnectionId=vpn, VpnTunnelOutsideIpAddress=first, TunnelOptions=STRONG)["VpnConnection"]
    assert (made["State"], [each["Status"] for each in made["VgwTelemetry"]]) == ("modifying", ["DOWN", "UP"])
    with refused("IncorrectState", "modifying"):
        ec2.modify_vpn_tunnel_options(VpnConnectionId=vpn, VpnTunnelOutsideIpAddress=second, TunnelOptions=STRONG)
    ec2.get_waiter("vpn_connection_available").wait(VpnConnectionIds=[vpn], WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    assert statuses(ec2, vpn) == ["UP", "UP"]
    assert tunnels_of(ec2, vpn)[0]["Phase1LifetimeSeconds"] == 14400
    assert tunnels_of(ec2, vpn)[1]["Phase1LifetimeSeconds"] == 28800
    with refused("InvalidParameterValue", "VpnTunnelOutsideIpAddress"):
        ec2.modify_vpn_tunnel_options(VpnConnectionId=vpn, VpnTunnelOutsideIpAddress="203.0.113.99", TunnelOptions=STRONG)


def test_another_device_is_given_and_its_tunnels_stay_down(rehearsal, ec2, vpn) -> None:
    rehearsal.tunnels(True)
    other = made_device(ec2, IpAddress="203.0.113.20")
    assert ec2.modify_vpn_connection(VpnConnectionId=vpn, CustomerGatewayId=other)["VpnConnection"]["State"] == "modifying"
    assert (the_vpn(ec2, vpn)["State"], the_vpn(ec2, vpn)["CustomerGatewayId"]) == ("available", other)
    assert statuses(ec2, vpn) == ["DOWN", "DOWN"]


def test_selectors_are_changed(rehearsal, ec2, vpn, refused) -> None:
    rehearsal.tunnels(True)
    ec2.modify_vpn_connection_options(VpnConnectionId=vpn, LocalIpv4NetworkCidr="192.168.0.0/16")
    options = the_vpn(ec2, vpn)["Options"]
    assert (options["LocalIpv4NetworkCidr"], options["RemoteIpv4NetworkCidr"]) == ("192.168.0.0/16", "0.0.0.0/0")
    assert statuses(ec2, vpn) == ["UP", "UP"]
    with refused("InvalidParameterValue", "RemoteIpv4NetworkCidr"):
        ec2.modify_vpn_connection_options(VpnConnectionId=vpn, RemoteIpv4NetworkCidr="10.0.0.1/8")


def test_a_standard_key_is_shown_and_one_in_secrets_manager_is_not(ec2, make_client, transit, device) -> None:
    secrets = make_client("secretsmanager")
    shown = tunnels_of(ec2, made_vpn(ec2, transit, device, {"PreSharedKey": "Standard_key.1"}))
    assert shown[0]["PreSharedKey"] == "Standard_key.1"
    assert len(shown[1]["PreSharedKey"]) == 32
    vpn = made_vpn(ec2, transit, device, {"PreSharedKey": "Hidden_key.1"}, PreSharedKeyStorage="SecretsManager")
    found = the_vpn(ec2, vpn)
    addresses = [each["OutsideIpAddress"] for each in found["Options"]["TunnelOptions"]]
    described = secrets.describe_secret(SecretId=found["PreSharedKeyArn"])
    assert (described["Name"].startswith(f"s2svpn!{vpn}-"), described["OwningService"]) == (True, "s2svpn")
    kept = json.loads(secrets.get_secret_value(SecretId=found["PreSharedKeyArn"])["SecretString"])
    assert (list(kept), kept[addresses[0]]) == (addresses, "Hidden_key.1")
    assert not [key for key in kept.values() if key in repr(found)]
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    ec2.describe_vpn_connections()
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=found["PreSharedKeyArn"])


def test_keys_move_to_secrets_manager_and_back_tunnel_by_tunnel(ec2, make_client, vpn, refused) -> None:
    secrets = make_client("secretsmanager")
    before = tunnels_of(ec2, vpn)
    assert "PreSharedKeyArn" not in the_vpn(ec2, vpn)

    def move(storage: str) -> None:
        ec2.modify_vpn_tunnel_options(
            VpnConnectionId=vpn, VpnTunnelOutsideIpAddress=before[0]["OutsideIpAddress"], TunnelOptions={}, PreSharedKeyStorage=storage
        )

    move("SecretsManager")
    found = the_vpn(ec2, vpn)
    assert ["PreSharedKey" in each for each in found["Options"]["TunnelOptions"]] == [False, True]
    kept = json.loads(secrets.get_secret_value(SecretId=found["PreSharedKeyArn"])["SecretString"])
    assert kept == {before[0]["OutsideIpAddress"]: before[0]["PreSharedKey"]}
    move("Standard")
    assert tunnels_of(ec2, vpn) == before
    assert json.loads(secrets.get_secret_value(SecretId=found["PreSharedKeyArn"])["SecretString"]) == {}
    with refused("InvalidParameterValue", "PreSharedKeyStorage"):
        move("Drawer")


def test_a_device_with_a_certificate_has_no_keys(ec2, transit) -> None:
    found = the_vpn(ec2, made_vpn(ec2, transit, made_device(ec2, CertificateArn=CERTIFICATE)))
    assert not any("PreSharedKey" in each for each in found["Options"]["TunnelOptions"])
    assert {each["CertificateArn"] for each in found["VgwTelemetry"]} == {CERTIFICATE}
    assert "pre_shared_key" not in found["CustomerGatewayConfiguration"]


@pytest.mark.parametrize("static", [True, False])
def test_the_configuration_says_what_the_connection_is(ec2, device, static) -> None:
    transit = ec2.create_transit_gateway(Options={"AmazonSideAsn": 64600})["TransitGateway"]["TransitGatewayId"]
    vpn = made_vpn(ec2, transit, device, STRONG, static=static, PreSharedKeyStorage="SecretsManager")
    found = the_vpn(ec2, vpn)
    root = ElementTree.fromstring(found["CustomerGatewayConfiguration"])
    assert (root.get("id"), root.findtext("customer_gateway_id")) == (vpn, device)
    assert root.findtext("vpn_connection_attributes") == ("NoBGPVPNConnection" if static else None)
    first = root.findall("ipsec_tunnel")[0]
    ends = {
        end: (first.findtext(f"{end}/tunnel_outside_address/ip_address"), first.findtext(f"{end}/tunnel_inside_address/ip_address"))
        for end in ("customer_gateway", "vpn_gateway")
    }
    outside = found["Options"]["TunnelOptions"][0]["OutsideIpAddress"]
    assert ends == {"customer_gateway": ("203.0.113.10", "169.254.64.2"), "vpn_gateway": (outside, "169.254.64.1")}
    asns = [first.findtext(f"{end}/bgp/asn") for end in ("customer_gateway", "vpn_gateway")]
    assert asns == ([None, None] if static else ["65010", "64600"])
    ike = {each.tag: each.text for each in first.find("ike") or ()}
    assert (ike["encryption_protocol"], ike["authentication_protocol"], ike["perfect_forward_secrecy"]) == ("aes-256-gcm-16", "sha2-512", "group20")
    assert (ike["lifetime"], ike["pre_shared_key"]) == ("14400", "REDACTED")


def test_static_routes_of_a_connection_are_the_transit_gateways(ec2, vpn, refused) -> None:
    with refused("UnsupportedOperation"):
        ec2.create_vpn_connection_route(VpnConnectionId=vpn, DestinationCidrBlock="192.168.10.0/24")


def test_connections_that_aws_refuses(ec2, transit, device, refused) -> None:
    with refused("InvalidCustomerGatewayID.NotFound"):
        made_vpn(ec2, transit, "cgw-0123456789abcdef0")
    with refused("InvalidTransitGatewayID.NotFound"):
        made_vpn(ec2, "tgw-0123456789abcdef0", device)
    with refused("InvalidParameterValue", "PreSharedKeyStorage"):
        made_vpn(ec2, transit, device, PreSharedKeyStorage="Drawer")
    with refused("InvalidVpnConnectionID.NotFound"):
        ec2.delete_vpn_connection(VpnConnectionId="vpn-0123456789abcdef0")
    with refused("InvalidVpnConnectionID.NotFound"):
        ec2.describe_vpn_connections(VpnConnectionIds=["vpn-0123456789abcdef0"])


def test_connections_are_filtered(ec2, transit, device, vpn) -> None:
    other = made_vpn(ec2, transit, made_device(ec2, IpAddress="203.0.113.20"), static=False)
    for name, value in (("customer-gateway-id", device), ("option.static-routes-only", "true"), ("vpn-connection-id", vpn)):
        found = ec2.describe_vpn_connections(Filters=[{"Name": name, "Values": [value]}])["VpnConnections"]
        assert [each["VpnConnectionId"] for each in found] == [vpn], name
    both = ec2.describe_vpn_connections(Filters=[{"Name": "transit-gateway-id", "Values": [transit]}])["VpnConnections"]
    assert {each["VpnConnectionId"] for each in both} == {vpn, other}
