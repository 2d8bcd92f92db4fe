# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment's side of the hub: its attachment, its Transit Gateway table, its routes in the sites' tables and in its own."""

from __future__ import annotations

import uuid
from typing import Any

from .base import as_tags, name_of, owned_as, tagged
from .filters import Filters

SITE = "site-"
STATIC = {"Name": "type", "Values": ["static"]}


class Attachment(Filters):
    def __init__(self, design: dict[str, Any]) -> None:
        super().__init__(design)
        self.wanted = design["hub"]
        self.hub, self.ram = self.client("ec2", f"{design['profile']}-hub"), self.client("ram", design["profile"])
        self.gateway, self.is_shared = "", False
        self.own_table: dict[str, Any] = {}
        self.own: dict[str, Any] = {}  # the attachment as the hub sees it
        self.tables: dict[str, str] = {}  # the sites' tables
        self.sites: dict[str, str] = {}  # and attachments
        self.routes: dict[str, str | None] = {}
        self.propagations: set[str] = set()
        self.returns: dict[str, set[str]] = {}

    # Reading

    def read(self) -> None:
        at_hub = self.start(self.read_hub)
        super().read()
        at_hub.result()

    def read_hub(self) -> None:
        owner = {**self.wanted["tags"], "fintech.platform/environment": "hub", "fintech.platform/stack": "transit_network"}
        operation, key = "describe_transit_gateways", "TransitGateways"
        gateways = self.pool.submit(self.pages, operation, key, self.hub, Filters=owned_as(owner))
        shared = self.pool.submit(self.shared)
        attachments = self.pool.submit(self.pages, "describe_transit_gateway_attachments", "TransitGatewayAttachments", self.hub)
        for table in self.tables_of_hub():
            name = str(name_of(table))
            if self.is_own(table):
                self.own_table = table
            elif name.startswith(SITE):
                self.tables[name.removeprefix(SITE)] = table["TransitGatewayRouteTableId"]
        for each in attachments.result():
            if each["ResourceType"] == "vpn":
                self.sites[str(name_of(each))] = each["TransitGatewayAttachmentId"]
            elif self.is_own(each):
                self.own = each
        self.gateway, self.is_shared = gateways.result()[0]["TransitGatewayId"], bool(shared.result())
        self.read_routes()

    def shared(self) -> list[Any]:
        """What the hub's account lets this one use."""
        found = self.pages("list_resources", "resources", self.ram, resourceOwner="OTHER-ACCOUNTS", resourceType="ec2:TransitGateway")
        return [each for each in found if each["arn"].split(":")[4] == self.wanted["account"]]

    def is_own(self, item: dict[str, Any]) -> bool:
        return item.get("Tags") is not None and {"Key": "Name", "Value": self.wanted["tags"]["Name"]} in item["Tags"]

    def tables_of_hub(self) -> list[Any]:
        return self.pages("describe_transit_gateway_route_tables", "TransitGatewayRouteTables", self.hub)

    def read_routes(self) -> None:
        """In every site's table: what was withdrawn has to be taken back there."""
        if self.own:
            ours = {"Name": "attachment.transit-gateway-attachment-id", "Values": [self.own["TransitGatewayAttachmentId"]]}
            found = self.pool.map(lambda table: self.search(table, ours), self.tables.values())
            self.returns = {site: {route["DestinationCidrBlock"] for route in routes} for site, routes in zip(self.tables, found, strict=True)}
        if self.own_table:
            table = self.own_table["TransitGatewayRouteTableId"]
            operation, key = "get_transit_gateway_route_table_propagations", "TransitGatewayRouteTablePropagations"
            propagations = self.pool.submit(self.pages, operation, key, self.hub, TransitGatewayRouteTableId=table)
            self.routes = {route["DestinationCidrBlock"]: _target(route) for route in self.search(table)}
            self.propagations = {each["TransitGatewayAttachmentId"] for each in propagations.result()}

    def search(self, table: str, *filters: dict[str, Any]) -> list[Any]:
        return self.pages("search_transit_gateway_routes", "Routes", self.hub, TransitGatewayRouteTableId=table, Filters=[STATIC, *filters])

    # Changing

    def converge(self) -> None:
        super().converge()
        self.accepted = self.start(self.accept)
        self.ensure("attachment", "TransitGatewayAttachmentId", {"name": "main"}, self.attach)
        self.live["own_table"] = {"main": self.own_table} if self.own_table else {}
        self.ensure("own_table", "TransitGatewayRouteTableId", {"name": "main"}, self.create_own_table)
        self.start(self.associate_own)
        for site in self.wanted["propagations"]:
            self.start(self.propagate, site)
        for destination, site in self.wanted["routes"].items():
            self.start(self.route_out, destination, site)
        for site, destinations in self.wanted["returns"].items():
            self.start(self.route_back, site, set(destinations))
        for table, destinations in self.wanted["vpc_routes"].items():
            live = {each.get("DestinationCidrBlock") for each in self.live.get("table", {}).get(table, {}).get("Routes", ())}
            for destination in set(destinations) - live:
                self.start(self.route_to_hub, table, destination)

    def accept(self) -> None:
        """Outside of an organization the hub's account only invites."""
        if self.is_shared:
            return
        for each in self.pages("get_resource_share_invitations", "resourceShareInvitations", self.ram):
            if each["senderAccountId"] == self.wanted["account"] and each["status"] == "PENDING":
                invitation = each["resourceShareInvitationArn"]
                self.change("accept_resource_share_invitation", self.ram, resourceShareInvitationArn=invitation, clientToken=str(uuid.uuid4()))
        self.poll(lambda: [self.shared()], bool)

    def attach(self, _new: dict[str, Any]) -> str:
        self.accepted.result()
        where = {"TransitGatewayId": self.gateway, "VpcId": self.vpc, "SubnetIds": self.ids_of("subnet", self.wanted["subnets"])}
        options = {"DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable", "ApplianceModeSupport": "disable"}
        tags = tagged("transit-gateway-attachment", self.wanted["tags"])
        answer = self.change("create_transit_gateway_vpc_attachment", **where, Options=options, TagSpecifications=tags)
        made = str(answer["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])
        self.poll(lambda: self.inside("attachment"), lambda found: found["State"] in ("pendingAcceptance", "available"))
        self.change("create_tags", self.hub, Resources=[made], Tags=as_tags(self.wanted["tags"]))
        self.change("accept_transit_gateway_vpc_attachment", self.hub, TransitGatewayAttachmentId=made)
        self.poll(lambda: self.inside("attachment"), lambda found: found["State"] == "available")
        return made

    def create_own_table(self, _new: dict[str, Any]) -> str:
        arguments = {"TransitGatewayId": self.gateway, "TagSpecifications": tagged("transit-gateway-route-table", self.wanted["tags"])}
        made = self.change("create_transit_gateway_route_table", self.hub, **arguments)["TransitGatewayRouteTable"]
        self.poll(self.tables_of_hub, lambda found: found["State"] == "available")
        return str(made["TransitGatewayRouteTableId"])

    @property
    def table(self) -> dict[str, str]:
        return {"TransitGatewayRouteTableId": self.id("own_table", "main")}

    def associate_own(self) -> None:
        attachment = self.id("attachment", "main")
        if self.own.get("Association", {}).get("TransitGatewayRouteTableId") != self.id("own_table", "main"):
            self.change("associate_transit_gateway_route_table", self.hub, **self.table, TransitGatewayAttachmentId=attachment)

    def propagate(self, site: str) -> None:
        if self.sites[site] not in self.propagations:
            operation = "enable_transit_gateway_route_table_propagation"
            self.change(operation, self.hub, **self.table, TransitGatewayAttachmentId=self.sites[site])

    def route_out(self, destination: str, site: str | None) -> None:
        if destination not in self.routes or self.routes[destination] != (site and self.sites[site]):
            target = {"TransitGatewayAttachmentId": self.sites[site]} if site else {"Blackhole": True}
            self.change("create_transit_gateway_route", self.hub, **self.table, DestinationCidrBlock=destination, **target)

    def route_back(self, site: str, wanted: set[str]) -> None:
        table, live = {"TransitGatewayRouteTableId": self.tables[site]}, self.returns.get(site, set())
        for destination in wanted - live:
            target = {"TransitGatewayAttachmentId": self.id("attachment", "main")}
            self.change("create_transit_gateway_route", self.hub, **table, DestinationCidrBlock=destination, **target)
        for destination in live - wanted:
            self.change("delete_transit_gateway_route", self.hub, **table, DestinationCidrBlock=destination)

    def route_to_hub(self, table: str, destination: str) -> None:
        self.id("attachment", "main")
        self.change("create_route", RouteTableId=self.id("table", table), DestinationCidrBlock=destination, TransitGatewayId=self.gateway)


def _target(route: dict[str, Any]) -> str | None:
    return next((str(each["TransitGatewayAttachmentId"]) for each in route.get("TransitGatewayAttachments", ())), None)
