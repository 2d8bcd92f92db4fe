# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done to the Transit Gateway, its tables, the VPN connections and the share."""

from __future__ import annotations

from .cloud import OURS
from .tampering import OTHER_ACCOUNT, Console, Tamper, tamper

SUPERNET, DEV, TEST = "10.64.0.0/21", "10.64.0.0/23", "10.64.2.0/23"
KYIV, KYIV_OPERATIONS, LVIV, MARKET_DATA, PAYMENTS = (
    "192.168.10.0/24", "192.168.20.0/24", "192.168.30.0/24", "172.31.40.0/24", "172.31.50.0/25"
)  # fmt: skip
LOGS = f"{OURS}acme/hub/transit_network/vpn-tunnels"
HUB_OPTIONS = {"hub": {"account_id": "123456789012", "share_with": [OTHER_ACCOUNT]}}  # what the tampers expect the hub to be built with


@tamper(hub="update transit_gateway_routing.site-market_data routes", calls="ec2.DeleteTransitGatewayRoute")
def site_sent_to_another_site(there: Console) -> None:
    there.route("site-market_data", KYIV, "kyiv_office")


@tamper(
    hub="update transit_gateway_routing.site-kyiv_office routes; update transit_gateway_routing.site-market_data routes",
    calls="ec2.DeleteTransitGatewayRoute ec2.DeleteTransitGatewayRoute",
    reaches="excess",
)
def two_sites_joined(there: Console) -> None:
    there.route("site-market_data", KYIV, "kyiv_office")
    there.route("site-kyiv_office", MARKET_DATA, "market_data")


@tamper(hub="update transit_gateway_routing.site-kyiv_office routes", calls="ec2.CreateTransitGatewayRoute")
def blackhole_gone(there: Console) -> None:
    there.unroute("site-kyiv_office", SUPERNET)


@tamper(
    hub="update transit_gateway_routing.site-payments routes",
    dev="update transit_gateway_return_routes.payments destinations",
    calls="ec2.ReplaceTransitGatewayRoute",
)
def blackhole_replaced_by_an_environment(there: Console) -> None:
    there.route("site-payments", SUPERNET, "dev", replace=True)


@tamper(hub="update transit_gateway_routing.site-payments propagations", calls="ec2.DisableTransitGatewayRouteTablePropagation")
def environment_propagated_to_a_site(there: Console) -> None:
    there.ec2.enable_transit_gateway_route_table_propagation(**there.of_table("site-payments", "dev"))


@tamper(dev="update transit_gateway_routing.main propagations", calls="ec2.EnableTransitGatewayRouteTablePropagation", reaches="missing")
def propagation_off(there: Console) -> None:
    there.ec2.disable_transit_gateway_route_table_propagation(**there.of_table("dev", "lviv_office"))


@tamper(dev="update transit_gateway_routing.main propagations", calls="ec2.DisableTransitGatewayRouteTablePropagation")
def another_site_propagated(there: Console) -> None:
    there.ec2.enable_transit_gateway_route_table_propagation(**there.of_table("dev", "payments"))


@tamper(
    hub="update transit_gateway_routing.site-kyiv_office associations",
    dev="update transit_gateway_routing.main associations",
    calls="ec2.DisassociateTransitGatewayRouteTable ec2.AssociateTransitGatewayRouteTable",
    reaches="missing",
)
def environment_with_the_table_of_a_site(there: Console) -> None:
    there.ec2.disassociate_transit_gateway_route_table(**there.of_table("dev", "dev"))
    there.ec2.associate_transit_gateway_route_table(**there.of_table("site-kyiv_office", "dev"))


@tamper(
    hub="update transit_gateway_routing.site-kyiv_office associations",
    dev="update transit_gateway_routing.main associations",
    calls="ec2.DisassociateTransitGatewayRouteTable ec2.AssociateTransitGatewayRouteTable",
    reaches="missing",
)
def site_with_the_table_of_an_environment(there: Console) -> None:
    there.ec2.disassociate_transit_gateway_route_table(**there.of_table("site-kyiv_office", "kyiv_office"))
    there.ec2.associate_transit_gateway_route_table(**there.of_table("dev", "kyiv_office"))


@tamper(hub="update transit_gateway_routing.site-market_data associations", calls="ec2.AssociateTransitGatewayRouteTable", reaches="missing")
def site_without_its_table(there: Console) -> None:
    there.ec2.disassociate_transit_gateway_route_table(**there.of_table("site-market_data", "market_data"))


@tamper(dev="create transit_gateway_return_routes.kyiv_office", calls="ec2.CreateTransitGatewayRoute", reaches="missing")
def way_back_gone(there: Console) -> None:
    there.unroute("site-kyiv_office", DEV)


@tamper(dev="update transit_gateway_return_routes.payments destinations", calls="ec2.DeleteTransitGatewayRoute")
def way_back_from_a_site_that_is_not_allowed(there: Console) -> None:
    there.route("site-payments", DEV, "dev")


@tamper(
    dev="create transit_gateway_return_routes.kyiv_office",
    test="update transit_gateway_return_routes.kyiv_office destinations",
    calls="ec2.CreateTransitGatewayRoute ec2.ReplaceTransitGatewayRoute",
    reaches="missing",
)
def way_back_to_another_environment(there: Console) -> None:
    there.route("site-kyiv_office", DEV, "test", replace=True)


@tamper(dev="update transit_gateway_routing.main routes", calls="ec2.ReplaceTransitGatewayRoute", reaches="excess missing")
def environment_sent_to_another_site(there: Console) -> None:
    """The other site gets the answers, so it can pass for the office."""
    there.route("dev", KYIV, "market_data", replace=True)


@tamper(dev="update transit_gateway_routing.main routes", calls="ec2.DeleteTransitGatewayRoute", reaches="missing")
def narrower_blackhole(there: Console) -> None:
    there.route("dev", "192.168.10.0/25")


@tamper(dev="update transit_gateway_routing.main routes", calls="ec2.DeleteTransitGatewayRoute")
def everything_else_to_an_office(there: Console) -> None:
    there.route("dev", "0.0.0.0/0", "kyiv_office")


@tamper(dev="update transit_gateway_routing.main routes", calls="ec2.DeleteTransitGatewayPrefixListReference")
def prefix_list_referenced(there: Console) -> None:
    there.ec2.create_transit_gateway_prefix_list_reference(
        **there.of_table("dev", "payments"), PrefixListId=there["dev/managed_prefix_list.payments.api"]
    )


def _attached(there: Console) -> str:
    """Another team's network, at our gateway."""
    vpc = there.ec2.create_vpc(CidrBlock="10.99.0.0/24")["Vpc"]["VpcId"]
    subnet = there.ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/28")["Subnet"]["SubnetId"]
    made = there.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=there["hub/transit_gateway.main"], VpcId=vpc, SubnetIds=[subnet])
    attachment: str = made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    there.theirs["transit_gateway_attachment"] = there.attachments[attachment] = attachment
    there.undo += [
        lambda: there.ec2.delete_vpc(VpcId=vpc),
        lambda: there.ec2.delete_subnet(SubnetId=subnet),
        lambda: there.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment),
    ]
    return attachment


@tamper(calls="", foreign="transit_gateway_attachment")
def somebody_attached(there: Console) -> None:
    _attached(there)


@tamper(hub="update transit_gateway_routing.site-kyiv_office routes", calls="ec2.DeleteTransitGatewayRoute", foreign="transit_gateway_attachment")
def site_sent_to_somebody(there: Console) -> None:
    there.route("site-kyiv_office", "10.99.0.0/24", _attached(there))


def _switch(there: Console, **options: str) -> None:
    there.ec2.modify_transit_gateway(TransitGatewayId=there["hub/transit_gateway.main"], Options=options)


@tamper(hub="update transit_gateway.main auto_accept", calls="ec2.ModifyTransitGateway")
def whoever_asks_is_let_in(there: Console) -> None:
    _switch(there, AutoAcceptSharedAttachments="enable")


@tamper(hub="update transit_gateway.main default_association", calls="ec2.ModifyTransitGateway")
def default_association_on(there: Console) -> None:
    _switch(there, DefaultRouteTableAssociation="enable", AssociationDefaultRouteTableId=there.tables["site-kyiv_office"])


@tamper(hub="update transit_gateway.main default_propagation", calls="ec2.ModifyTransitGateway")
def default_propagation_on(there: Console) -> None:
    _switch(there, DefaultRouteTablePropagation="enable", PropagationDefaultRouteTableId=there.tables["dev"])


@tamper(hub="update transit_gateway.main security_group_referencing", calls="ec2.ModifyTransitGateway")
def groups_of_others_may_be_named(there: Console) -> None:
    _switch(there, SecurityGroupReferencingSupport="enable")


def _values(*values: str | int) -> list[dict[str, str | int]]:
    return [{"Value": each} for each in values]


@tamper(hub="update vpn_connection.kyiv_office tunnels", calls="ec2.ModifyVpnTunnelOptions")
def first_tunnel_weakened(there: Console) -> None:
    there.tunnel("kyiv_office", 0, Phase1EncryptionAlgorithms=_values("AES128"), Phase1DHGroupNumbers=_values(2), IKEVersions=_values("ikev1"))


@tamper(hub="update vpn_connection.kyiv_office tunnels", calls="ec2.ModifyVpnTunnelOptions")
def second_tunnel_weakened(there: Console) -> None:
    there.tunnel("kyiv_office", 1, Phase2IntegrityAlgorithms=_values("SHA1", "SHA2-384", "SHA2-512"))


@tamper(hub="update vpn_connection.payments tunnels", calls="ec2.ModifyVpnTunnelOptions ec2.ModifyVpnTunnelOptions")
def both_tunnels_give_up(there: Console) -> None:
    there.tunnel("payments", 0, DPDTimeoutAction="clear")
    there.tunnel("payments", 1, StartupAction="add", DPDTimeoutSeconds=60)


@tamper(hub="update vpn_connection.market_data tunnels", calls="ec2.ModifyVpnTunnelOptions")
def tunnel_without_its_log(there: Console) -> None:
    there.tunnel("market_data", 0, LogOptions={"CloudWatchLogOptions": {"LogEnabled": False}})


@tamper(hub="update vpn_connection.kyiv_office local_cidr", calls="ec2.ModifyVpnConnectionOptions")
def selector_narrowed(there: Console) -> None:
    there.ec2.modify_vpn_connection_options(VpnConnectionId=there["hub/vpn_connection.kyiv_office"], LocalIpv4NetworkCidr=KYIV)


@tamper(hub="update vpn_connection.kyiv_office customer_gateway", calls="ec2.ModifyVpnConnection")
def connection_to_another_device(there: Console) -> None:
    other = there["hub/customer_gateway.market_data-45.10.20.32-65000"]
    there.ec2.modify_vpn_connection(VpnConnectionId=there["hub/vpn_connection.kyiv_office"], CustomerGatewayId=other)


@tamper(
    hub="update transit_gateway.main tags; update vpn_connection.payments tags; update transit_gateway_route_table.site-payments tags",
    calls="ec2.CreateTags ec2.CreateTags ec2.CreateTags",
)
def other_names(there: Console) -> None:
    for label in ("transit_gateway.main", "vpn_connection.payments", "transit_gateway_route_table.site-payments"):
        there.tag(f"hub/{label}", "Name", "mine")


@tamper(hub="update log_group.vpn-tunnels retention_days", calls="logs.PutRetentionPolicy")
def tunnel_logs_kept_shorter(there: Console) -> None:
    there.cloud.logs.put_retention_policy(logGroupName=LOGS, retentionInDays=1)


@tamper(hub="update resource_share.main principals", calls="ram.DisassociateResourceShare")
def shared_with_somebody_else(there: Console) -> None:
    share = _share(there)
    there.cloud.ram.associate_resource_share(resourceShareArn=share, principals=["999988887777"])


@tamper(hub="update resource_share.main principals", calls="ram.AssociateResourceShare")
def not_shared_any_more(there: Console) -> None:
    there.cloud.ram.disassociate_resource_share(resourceShareArn=_share(there), principals=[OTHER_ACCOUNT])


def _share(there: Console) -> str:
    shares = there.cloud.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
    return next(each["resourceShareArn"] for each in shares if each["status"] == "ACTIVE")


HUB_TAMPERS = [each for each in list(vars().values()) if isinstance(each, Tamper)]
