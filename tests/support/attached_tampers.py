# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done to an environment that is attached to the hub, and to its filters. All tampers together are ``TAMPERS``."""

from __future__ import annotations

from typing import Any

from .hub_tampers import HUB_TAMPERS, KYIV, PAYMENTS, TEST
from .tampering import ANYWHERE, Console, Tamper, tamper

FOREIGN = "10.99.0.0/24"


def _gateway(there: Console) -> dict[str, str]:
    return {"TransitGatewayId": there["hub/transit_gateway.main"]}


@tamper(dev="update routes.workload-a routes", calls="ec2.DeleteRoute")
def network_sent_to_a_site_that_is_not_allowed(there: Console) -> None:
    there.vpc_route("dev", "workload-a", PAYMENTS, **_gateway(there))


@tamper(dev="update routes.workload-b routes", calls="ec2.CreateRoute", reaches="missing")
def network_without_the_way_to_an_office(there: Console) -> None:
    there.ec2.delete_route(RouteTableId=there["dev/route_table.workload-b"], DestinationCidrBlock=KYIV)


@tamper(dev="update routes.edge routes", calls="ec2.DeleteRoute")
def edge_sent_through_the_hub(there: Console) -> None:
    there.vpc_route("dev", "edge", ANYWHERE, **_gateway(there))


def _entry(there: Console, environment: str, *, egress: bool, cidr: str, rule: int) -> None:
    there.ec2.create_network_acl_entry(
        NetworkAclId=there[f"{environment}/network_acl.workload"], RuleNumber=rule, Egress=egress, Protocol="-1", RuleAction="allow", CidrBlock=cidr
    )


@tamper(dev="update network_acl.workload entries", calls="ec2.DeleteNetworkAclEntry ec2.DeleteNetworkAclEntry")
def acl_opened(there: Console) -> None:
    for egress in (True, False):
        _entry(there, "dev", egress=egress, cidr=ANYWHERE, rule=1)


def _rule(cidr: str, port: int = 443) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


@tamper(dev="update security_group_rules.cluster_api rules", calls="ec2.RevokeSecurityGroupIngress", reaches="excess")
def api_opened_for_developers(there: Console) -> None:
    """Their network may reach the workload on that port, so the network ACL of both lets them pass."""
    there.ec2.authorize_security_group_ingress(GroupId=there["dev/security_group.cluster_api"], IpPermissions=_rule(KYIV))


@tamper(dev="update security_group_rules.cluster_api rules", calls="ec2.RevokeSecurityGroupIngress")
def api_opened_on_a_port_that_the_acl_keeps_closed(there: Console) -> None:
    there.ec2.authorize_security_group_ingress(GroupId=there["dev/security_group.cluster_api"], IpPermissions=_rule(KYIV, 22))


@tamper(dev="update security_group_rules.cluster_api rules", calls="ec2.AuthorizeSecurityGroupIngress", reaches="missing")
def api_closed_for_operations(there: Console) -> None:
    there.ec2.revoke_security_group_ingress(GroupId=there["dev/security_group.cluster_api"], IpPermissions=_listed(there, "kyiv_office.operations"))


def _listed(there: Console, network: str) -> list[dict[str, Any]]:
    lists = [{"PrefixListId": there[f"dev/managed_prefix_list.{network}"]}]
    return [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": lists}]


@tamper(dev="update routes.workload-a routes", calls="ec2.DeleteRoute", reaches="excess", foreign="internet_gateway")
def workload_sent_to_the_internet(there: Console) -> None:
    gateway, vpc = there.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"], there["dev/vpc.main"]
    there.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    there.vpc_route("dev", "workload-a", ANYWHERE, GatewayId=gateway)
    there.theirs["internet_gateway"] = gateway
    there.undo.append(lambda: there.ec2.delete_internet_gateway(InternetGatewayId=gateway))
    there.undo.append(lambda: there.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc))


def _peer(there: Console, one: str, other: str) -> str:
    peering: str = there.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    there.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    there.theirs["vpc_peering_connection"] = peering
    there.undo.append(lambda: there.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering))
    return peering


@tamper(dev="update routes.workload-a routes", calls="ec2.DeleteRoute", foreign="vpc_peering_connection")
def peered_with_somebody(there: Console) -> None:
    """No rule lets anything pass there."""
    other = there.ec2.create_vpc(CidrBlock=FOREIGN)["Vpc"]["VpcId"]
    there.undo.append(lambda: there.ec2.delete_vpc(VpcId=other))
    there.vpc_route("dev", "workload-a", FOREIGN, VpcPeeringConnectionId=_peer(there, there["dev/vpc.main"], other))


@tamper(
    dev="update routes.workload-a routes; update network_acl.workload entries; update security_group_rules.nodes rules",
    test="update routes.workload-a routes; update network_acl.workload entries; update security_group_rules.nodes rules",
    calls="ec2.DeleteRoute ec2.DeleteRoute ec2.DeleteNetworkAclEntry ec2.DeleteNetworkAclEntry ec2.DeleteNetworkAclEntry"
    " ec2.DeleteNetworkAclEntry ec2.RevokeSecurityGroupEgress ec2.RevokeSecurityGroupIngress",
    reaches="excess",
    foreign="vpc_peering_connection",
)
def environments_joined_beside_the_hub(there: Console) -> None:
    peering = _peer(there, there["dev/vpc.main"], there["test/vpc.main"])
    for environment, cidr in (("dev", TEST), ("test", "10.64.0.0/23")):
        there.vpc_route(environment, "workload-a", cidr, VpcPeeringConnectionId=peering)
    _open(there)


def _open(there: Console) -> None:
    """Nodes of ``dev`` to nodes of ``test``."""
    for environment, cidr in (("dev", TEST), ("test", "10.64.0.0/23")):
        for egress in (True, False):
            _entry(there, environment, egress=egress, cidr=cidr, rule=2)
    there.ec2.authorize_security_group_egress(GroupId=there["dev/security_group.nodes"], IpPermissions=_rule(TEST))
    there.ec2.authorize_security_group_ingress(GroupId=there["test/security_group.nodes"], IpPermissions=_rule("10.64.0.0/23"))


@tamper(
    dev="update routes.workload-a routes; update transit_gateway_routing.main routes; update network_acl.workload entries;"
    " update security_group_rules.nodes rules",
    test="update routes.workload-a routes; update transit_gateway_routing.main routes; update network_acl.workload entries;"
    " update security_group_rules.nodes rules",
    calls="ec2.DeleteRoute ec2.DeleteRoute ec2.DeleteNetworkAclEntry ec2.DeleteNetworkAclEntry ec2.DeleteNetworkAclEntry"
    " ec2.DeleteNetworkAclEntry ec2.RevokeSecurityGroupEgress ec2.RevokeSecurityGroupIngress"
    " ec2.DeleteTransitGatewayRoute ec2.DeleteTransitGatewayRoute",
    reaches="excess",
)
def environments_joined_at_the_hub(there: Console) -> None:
    for environment, other, cidr in (("dev", "test", TEST), ("test", "dev", "10.64.0.0/23")):
        there.vpc_route(environment, "workload-a", cidr, **_gateway(there))
        there.route(environment, cidr, other)
    _open(there)


def _attachment(there: Console, **arguments: Any) -> None:
    attachment = there["dev/transit_gateway_attachment.main"]
    there.ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment, **arguments)


@tamper(
    dev="update transit_gateway_vpc_attachment.main appliance_mode security_group_referencing",
    calls="ec2.ModifyTransitGatewayVpcAttachment",
)
def attachment_with_other_options(there: Console) -> None:
    _attachment(there, Options={"SecurityGroupReferencingSupport": "enable", "ApplianceModeSupport": "enable"})


@tamper(dev="update transit_gateway_vpc_attachment.main subnets", calls="ec2.ModifyTransitGatewayVpcAttachment", reaches="missing")
def attachment_in_fewer_zones(there: Console) -> None:
    _attachment(there, RemoveSubnetIds=[there["dev/subnet.transit-b"]])


@tamper(dev="update transit_gateway_vpc_attachment.main tags", calls="ec2.CreateTags")
def attachment_with_another_name(there: Console) -> None:
    there.tag("dev/transit_gateway_attachment.main", "Name", "mine")


TAMPERS = [*HUB_TAMPERS, *(each for each in list(vars().values()) if isinstance(each, Tamper))]
