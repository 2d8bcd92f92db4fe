# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub: the Transit Gateway, and for every site its device, VPN connection and route table."""

from __future__ import annotations

from typing import Any

from .base import Base, as_tags, name_of, owned_as, tagged

GATEWAYS = ("describe_transit_gateways", "TransitGateways")
TABLES = ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables")
DEVICES = ("describe_customer_gateways", "CustomerGateways")
CONNECTIONS = ("describe_vpn_connections", "VpnConnections")
ATTACHMENTS = ("describe_transit_gateway_attachments", "TransitGatewayAttachments")


class Hub(Base):
    def __init__(self, design: dict[str, Any]) -> None:
        super().__init__(design)
        self.ram, self.logs = (self.client(service, design["profile"]) for service in ("ram", "logs"))
        self.routes: dict[str, set[str]] = {}  # by table

    # Reading

    def owned(self, operation: str, key: str) -> list[Any]:
        return self.pages(operation, key, Filters=owned_as(self.design["gateway"]["tags"]))

    def attachments(self) -> list[Any]:
        return [each for each in self.pages(*ATTACHMENTS) if each["ResourceType"] == "vpn"]

    def shares(self) -> list[Any]:
        name = self.design["share"]["tags"]["Name"]
        return self.pages("get_resource_shares", "resourceShares", self.ram, resourceOwner="SELF", name=name)

    def log_groups(self) -> list[Any]:
        return self.pages("describe_log_groups", "logGroups", self.logs, logGroupNamePrefix=self.design["logs"]["name"])

    def read(self) -> None:
        kinds = {"gateway": GATEWAYS, "table": TABLES, "device": DEVICES, "connection": CONNECTIONS}
        asked = {kind: self.pool.submit(self.owned, *question) for kind, question in kinds.items()}
        unnamed = {"attachment": self.pool.submit(self.attachments)}
        unnamed |= {"share": self.pool.submit(self.shares), "log_group": self.pool.submit(self.log_groups)}
        self.live = {kind: {name_of(item): item for item in found.result()} for kind, found in asked.items()}
        ids = [table["TransitGatewayRouteTableId"] for table in self.live["table"].values()]
        self.routes = dict(zip(ids, self.pool.map(self.search, ids), strict=True))
        self.live["attachment"] = {each["ResourceId"]: each for each in unnamed["attachment"].result()}
        self.live["share"] = dict(zip(["main"], unnamed["share"].result(), strict=False))
        self.live["log_group"] = {each["logGroupName"]: each for each in unnamed["log_group"].result()}

    def search(self, table: str) -> set[str]:
        static = [{"Name": "type", "Values": ["static"]}]
        found = self.pages("search_transit_gateway_routes", "Routes", TransitGatewayRouteTableId=table, Filters=static)
        return {each["DestinationCidrBlock"] for each in found}

    # Changing

    def converge(self) -> None:
        self.ensure("gateway", "TransitGatewayId", {"name": "main"}, self.create_gateway)
        self.ensure("share", "resourceShareArn", {"name": "main"}, self.create_share)
        self.ensure("log_group", "logGroupName", self.design["logs"], self.create_log_group)
        for connection in self.design["connections"]:
            self.ensure("device", "CustomerGatewayId", connection["device"], self.create_device)
        self.devices_ready = self.start(self.await_devices)
        for connection in self.design["connections"]:
            self.ensure("connection", "VpnConnectionId", connection, self.create_connection)
        self.attached = self.start(self.await_attachments)
        for connection in self.design["connections"]:
            self.start(self.name_attachment, connection)
        for table in self.design["tables"]:
            self.ensure("table", "TransitGatewayRouteTableId", table, self.create_table)
        self.tables_ready = self.start(self.await_tables)
        for table in self.design["tables"]:
            self.start(self.associate, table)
            for destination in table["blackholes"]:
                self.start(self.blackhole, table, destination)

    def create_gateway(self, _new: dict[str, Any]) -> str:
        wanted = self.design["gateway"]
        arguments = {"Options": wanted["options"], "TagSpecifications": tagged("transit-gateway", wanted["tags"])}
        made = self.change("create_transit_gateway", Description=wanted["tags"]["Name"], **arguments)["TransitGateway"]
        self.poll(lambda: self.owned(*GATEWAYS), lambda found: found["State"] == "available")
        return str(made["TransitGatewayId"])

    def create_share(self, _new: dict[str, Any]) -> str:
        wanted = self.design["share"]
        gateway = f"arn:aws:ec2:{self.design['region']}:{self.design['account']}:transit-gateway/{self.id('gateway', 'main')}"
        arguments = {"name": wanted["tags"]["Name"], "tags": [{"key": key, "value": value} for key, value in wanted["tags"].items()]}
        self.change("create_resource_share", self.ram, resourceArns=[gateway], principals=wanted["principals"], **arguments)
        (made,) = self.poll(self.shares, lambda found: found["status"] == "ACTIVE")
        return str(made["resourceShareArn"])

    def create_log_group(self, logs: dict[str, Any]) -> str:
        self.change("create_log_group", self.logs, logGroupName=logs["name"], tags=logs["tags"])
        self.change("put_retention_policy", self.logs, logGroupName=logs["name"], retentionInDays=logs["days"])
        return str(logs["name"])

    def create_device(self, device: dict[str, Any]) -> str:
        arguments = {"Type": "ipsec.1", "BgpAsn": device["asn"], "IpAddress": device["address"], "DeviceName": device["called"]}
        made = self.change("create_customer_gateway", **arguments, TagSpecifications=tagged("customer-gateway", device["tags"]))
        return str(made["CustomerGateway"]["CustomerGatewayId"])

    def await_devices(self) -> None:
        names = [connection["device"]["name"] for connection in self.design["connections"]]
        self.ids_of("device", names)
        if not set(names) <= self.live["device"].keys():
            self.poll(lambda: self.owned(*DEVICES), lambda found: found["State"] == "available")

    def create_connection(self, connection: dict[str, Any]) -> str:
        self.devices_ready.result()
        self.id("log_group", self.design["logs"]["name"])
        ends = {"CustomerGatewayId": self.id("device", connection["device"]["name"]), "TransitGatewayId": self.id("gateway", "main")}
        options = {"StaticRoutesOnly": connection["static"], "TunnelOptions": connection["tunnels"]}
        arguments = {"Options": options, "PreSharedKeyStorage": "SecretsManager", "TagSpecifications": tagged("vpn-connection", connection["tags"])}
        return str(self.change("create_vpn_connection", Type="ipsec.1", **ends, **arguments)["VpnConnection"]["VpnConnectionId"])

    def await_attachments(self) -> dict[str, Any]:
        """By connection."""
        names = [connection["name"] for connection in self.design["connections"]]
        found = self.live["attachment"]
        if not set(self.ids_of("connection", names)) <= found.keys():
            self.poll(lambda: self.owned(*CONNECTIONS), lambda found: found["State"] == "available")
            found = {each["ResourceId"]: each for each in self.poll(self.attachments, lambda each: each["State"] == "available")}
        return {name: found[self.id("connection", name)] for name in names}

    def name_attachment(self, connection: dict[str, Any]) -> None:
        """The environments know it by its tags."""
        found = self.attached.result()[connection["name"]]
        if name_of(found) != connection["name"]:
            self.change("create_tags", Resources=[found["TransitGatewayAttachmentId"]], Tags=as_tags(connection["tags"]))

    def create_table(self, table: dict[str, Any]) -> str:
        arguments = {"TransitGatewayId": self.id("gateway", "main"), "TagSpecifications": tagged("transit-gateway-route-table", table["tags"])}
        made = self.change("create_transit_gateway_route_table", **arguments)["TransitGatewayRouteTable"]
        return str(made["TransitGatewayRouteTableId"])

    def await_tables(self) -> None:
        names = [table["name"] for table in self.design["tables"]]
        self.ids_of("table", names)
        if not set(names) <= self.live["table"].keys():
            self.poll(lambda: self.owned(*TABLES), lambda found: found["State"] == "available")

    def associate(self, table: dict[str, Any]) -> None:
        self.tables_ready.result()
        found, wanted = self.attached.result()[table["site"]], self.id("table", table["name"])
        if found.get("Association", {}).get("TransitGatewayRouteTableId") != wanted:
            ends = {"TransitGatewayRouteTableId": wanted, "TransitGatewayAttachmentId": found["TransitGatewayAttachmentId"]}
            self.change("associate_transit_gateway_route_table", **ends)

    def blackhole(self, table: dict[str, Any], destination: str) -> None:
        self.tables_ready.result()
        identifier = self.id("table", table["name"])
        if destination not in self.routes.get(identifier, ()):
            self.change("create_transit_gateway_route", TransitGatewayRouteTableId=identifier, DestinationCidrBlock=destination, Blackhole=True)
