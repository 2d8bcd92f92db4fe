# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What transit gateways consist of, and who finds what: a gateway is its owner's, and used by those whom RAM shares it with.

Codes, messages and the states after a deletion are as floci's authors saw them in a live account (floci-io/floci, pull requests
2329, 2347 and 2348), and as the issues of hashicorp/terraform-provider-aws quote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from ..answers import AwsError
from ..ram.models import is_shared
from . import tags

GONE = ("deleted", "failed", "rejected")


@dataclass(eq=False)
class Gateway:
    """`home` is its owner's backend; `options` as described."""

    id: str
    home: Any
    description: str
    options: dict[str, Any]
    state: str = "pending"
    created: datetime = field(default_factory=utcnow)

    @property
    def arn(self) -> str:
        return f"arn:{self.home.partition}:ec2:{self.home.region_name}:{self.home.account_id}:transit-gateway/{self.id}"

    @property
    def tables(self) -> list[Table]:
        return [table for table in self.home.transit_gateways_route_tables.values() if table.gateway is self and table.state != "deleted"]

    @property
    def attachments(self) -> list[Attachment]:
        return [each for each in self.home.transit_gateway_attachments.values() if each.gateway is self and each.state not in GONE]

    def default(self, purpose: str) -> Table | None:
        """The table that new attachments join; `purpose` is `Association` or `Propagation`."""
        return self.home.transit_gateways_route_tables.get(self.options.get(f"{purpose}DefaultRouteTableId"))

    def check_usable(self) -> None:
        if self.state not in ("available", "modifying"):
            raise AwsError("IncorrectState", f"{self.id} is in invalid state")

    def described(self, backend: Any) -> dict[str, Any]:
        return {
            "TransitGatewayId": self.id, "TransitGatewayArn": self.arn, "State": self.state, "OwnerId": self.home.account_id,
            "Description": self.description, "CreationTime": self.created, "Options": self.options, "Tags": tags.of(backend, self.id),
        }  # fmt: skip


@dataclass(eq=False)
class Attachment:
    """Of a VPC or a VPN connection; kept by the gateway's owner and by the resource's.

    `interfaces` are the ids of a VPC's network interfaces by subnet. Whose connection is deleted has its state from there.
    """

    id: str
    gateway: Gateway
    resource_type: str
    resource_id: str
    home: Any  # the backend of the resource's owner
    options: dict[str, str] = field(default_factory=dict)
    interfaces: dict[str, str] = field(default_factory=dict)
    state: str = "pending"
    created: datetime = field(default_factory=utcnow)
    table: Table | None = None
    association: str = "disassociated"

    @property
    def transit_gateway_id(self) -> str:
        return self.gateway.id

    @property
    def vpc_id(self) -> str | None:
        return self.resource_id if self.resource_type == "vpc" else None

    @property
    def usable(self) -> bool:
        return self.state in ("available", "modifying")

    @property
    def prefixes(self) -> list[str]:
        """What it brings to the tables that it propagates to: a VPC its blocks, a VPN connection what BGP has learned from its tunnels."""
        if self.vpc_id is None:
            connection = self.home.vpn_connections[self.resource_id]
            tunnels = () if connection.static else connection.tunnels
            return list(dict.fromkeys(prefix for tunnel in tunnels if tunnel.up for prefix in tunnel.prefixes))
        blocks = self.home.vpcs[self.vpc_id].get_cidr_block_association_set(ipv6=False)
        return [each["cidr_block"] for each in blocks if each["cidr_block_state"]["state"] == "associated"]

    def check_usable(self) -> None:
        if not self.usable:
            raise AwsError("IncorrectState", f"{self.id} is in invalid state")

    def summary(self) -> dict[str, str]:
        """As routes, associations and propagations name it."""
        return {"TransitGatewayAttachmentId": self.id, "ResourceId": self.resource_id, "ResourceType": self.resource_type}

    def described(self, backend: Any) -> dict[str, Any]:
        """As an attachment of any type. Only the gateway's owner sees its association."""
        row = {
            **self.summary(), "TransitGatewayId": self.gateway.id, "TransitGatewayOwnerId": self.gateway.home.account_id,
            "ResourceOwnerId": self.home.account_id, "State": self.state, "CreationTime": self.created, "Tags": tags.of(backend, self.id),
        }  # fmt: skip
        if self.table is not None and backend is self.gateway.home and self.state not in GONE:
            row["Association"] = {"TransitGatewayRouteTableId": self.table.id, "State": self.association}
        return row

    def described_vpc(self, backend: Any) -> dict[str, Any]:
        return {
            "TransitGatewayAttachmentId": self.id, "TransitGatewayId": self.gateway.id, "VpcId": self.resource_id,
            "VpcOwnerId": self.home.account_id, "State": self.state, "SubnetIds": list(self.interfaces), "CreationTime": self.created,
            "Options": self.options, "Tags": tags.of(backend, self.id),
        }  # fmt: skip


@dataclass(eq=False)
class Target:
    """Where a static route, or a reference to a prefix list, leads. A blackhole has no attachment."""

    attachment: Attachment | None

    @property
    def state(self) -> str:
        """A route outlives its attachment, which is then no longer named."""
        return "active" if self.attachment and self.attachment.state not in (*GONE, "deleting") else "blackhole"


@dataclass(eq=False)
class Table:
    """`routes` by CIDR, `references` by the id of a prefix list."""

    id: str
    gateway: Gateway
    state: str = "pending"
    created: datetime = field(default_factory=utcnow)
    routes: dict[str, Target] = field(default_factory=dict)
    references: dict[str, Target] = field(default_factory=dict)
    propagations: list[Attachment] = field(default_factory=list)

    @property
    def propagated(self) -> list[Attachment]:
        return [each for each in self.propagations if each.state not in (*GONE, "deleting")]

    @property
    def associated(self) -> list[Attachment]:
        return [each for each in self.gateway.attachments if each.table is self]

    def check_usable(self) -> None:
        if self.state != "available":
            raise AwsError("IncorrectState", f"{self.id} is in invalid state")

    def is_default(self, purpose: str) -> bool:
        return self.gateway.options.get(f"{purpose}DefaultRouteTableId") == self.id

    def described(self, backend: Any) -> dict[str, Any]:
        return {
            "TransitGatewayRouteTableId": self.id, "TransitGatewayId": self.gateway.id, "State": self.state, "CreationTime": self.created,
            "DefaultAssociationRouteTable": self.is_default("Association"),
            "DefaultPropagationRouteTable": self.is_default("Propagation"), "Tags": tags.of(backend, self.id),
        }  # fmt: skip


def everywhere(backend: Any) -> Iterator[Any]:
    """The backends of all accounts in a region."""
    for regions in list(ec2_backends.values()):
        yield from (each for region, each in list(regions.items()) if region == backend.region_name)


def visible_gateways(backend: Any) -> list[Gateway]:
    """The account's own, and those that are shared with it."""
    others = (gateway for each in everywhere(backend) if each is not backend for gateway in each.transit_gateways.values())
    shared = [gateway for gateway in others if is_shared(gateway.arn, backend.account_id, backend.region_name)]
    return [*backend.transit_gateways.values(), *shared]


def _found(items: Iterable[Any], identifier: str, code: str, what: str) -> Any:
    found = next((item for item in items if item.id == identifier and item.state != "deleted"), None)
    if found is None:
        raise AwsError(code, f"{what} {identifier} was deleted or does not exist.")
    return found


def visible_gateway(backend: Any, identifier: str) -> Gateway:
    return _found(visible_gateways(backend), identifier, "InvalidTransitGatewayID.NotFound", "Transit Gateway")


def own_gateway(backend: Any, identifier: str) -> Gateway:
    """What only the owner may do."""
    return _found(backend.transit_gateways.values(), identifier, "InvalidTransitGatewayID.NotFound", "Transit Gateway")


def own_table(backend: Any, identifier: str) -> Table:
    tables = backend.transit_gateways_route_tables.values()
    return _found(tables, identifier, "InvalidRouteTableID.NotFound", "Transit Gateway Route Table")


def attachment(backend: Any, identifier: str) -> Attachment:
    kept = backend.transit_gateway_attachments.values()
    return _found(kept, identifier, "InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment")


def attachment_of(table: Table, identifier: str) -> Attachment:
    """An attachment to the table's own gateway: another one is as if it did not exist."""
    return _found(table.gateway.attachments, identifier, "InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment")


def chosen(items: Iterable[Any], wanted: list[str] | None, code: str, what: str) -> list[Any]:
    """Those that a describe call asks for by id, deleted ones too; all of them where it names none."""
    kept = list(items)
    for identifier in wanted or []:
        if all(each.id != identifier for each in kept):
            raise AwsError(code, f"{what} {identifier} was deleted or does not exist.")
    return [each for each in kept if not wanted or each.id in wanted]
