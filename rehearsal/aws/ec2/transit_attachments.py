# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments of VPCs and VPN connections to transit gateways, also of other accounts."""

from __future__ import annotations

from typing import Any

from moto.ec2.utils import random_transit_gateway_attachment_id

from ..answers import AwsError
from ..overlay import Asked
from . import transit_tables
from .interfaces import make_managed, remove_managed
from .transit_models import Attachment, attachment, chosen, own_gateway, visible_gateway

_SUBJECT = "transit_gateway_attachment"
_DEFAULTS = {"DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable", "Ipv6Support": "disable", "ApplianceModeSupport": "disable"}
_NOT_FOUND = ("InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment")


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    gateway = visible_gateway(backend, asked["TransitGatewayId"])
    gateway.check_usable()
    vpc = backend.get_vpc(asked["VpcId"])
    _check_subnets(backend, vpc.id, asked["SubnetIds"], {})
    if any(each.vpc_id == vpc.id for each in gateway.attachments):
        raise AwsError("DuplicateTransitGatewayAttachment", f"{gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.")
    made = Attachment(random_transit_gateway_attachment_id(), gateway, "vpc", vpc.id, backend, {**_DEFAULTS, **asked.get("Options", {})})
    made.interfaces = dict.fromkeys(asked["SubnetIds"], "")
    _keep(made)
    if backend is gateway.home or gateway.options["AutoAcceptSharedAttachments"] == "enable":
        _connect(made)
    else:
        made.state = "pendingAcceptance"
    return {"TransitGatewayVpcAttachment": made.described_vpc(backend)}


def _check_subnets(backend: Any, vpc_id: str, added: list[str], kept: dict[str, str]) -> None:
    zones = {backend.get_subnet(subnet).availability_zone for subnet in kept}
    for identifier in added:
        subnet = backend.get_subnet(identifier)
        if subnet.vpc_id != vpc_id:
            raise AwsError("InvalidSubnetID.NotFound", f"Subnet {identifier} was deleted or does not exist.")
        if subnet.availability_zone in zones:
            raise AwsError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
        zones.add(subnet.availability_zone)


def _keep(made: Attachment) -> None:
    for backend in (made.home, made.gateway.home):
        backend.transit_gateway_attachments[made.id] = made


def _connect(kept: Attachment) -> None:
    """What makes an attachment available, once it is accepted."""
    kept.state = "pending"
    kept.interfaces = {subnet: _interface(kept, subnet) for subnet in kept.interfaces}
    _join_defaults(kept)
    kept.home.agenda.later(_SUBJECT, lambda: _settle(kept))


def _join_defaults(kept: Attachment) -> None:
    association, propagation = kept.gateway.default("Association"), kept.gateway.default("Propagation")
    if association is not None:
        transit_tables.join(association, kept)
    if propagation is not None:
        propagation.propagations.append(kept)


def _interface(kept: Attachment, subnet: str) -> str:
    description = f"Network Interface for Transit Gateway Attachment {kept.id}"
    return make_managed(kept.home, subnet, "transit_gateway", description).id


def _settle(kept: Attachment) -> None:
    if kept.state in ("pending", "modifying"):
        kept.state = "available"


def attach_vpn(backend: Any, vpn_id: str, gateway_id: str) -> Attachment:
    """What comes with a VPN connection to a transit gateway, and is in a state as that is."""
    gateway = own_gateway(backend, gateway_id)
    gateway.check_usable()
    made = Attachment(random_transit_gateway_attachment_id(), gateway, "vpn", vpn_id, backend)
    _keep(made)
    _join_defaults(made)
    return made


def _vpc_attachment(backend: Any, identifier: str) -> Attachment:
    kept = attachment(backend, identifier)
    if kept.vpc_id is None:
        raise AwsError(_NOT_FOUND[0], f"Transit Gateway VPC Attachment {kept.id} was deleted or does not exist.")
    return kept


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    """Removals come first, as the codes of AWS tell."""
    kept = _vpc_attachment(backend, asked["TransitGatewayAttachmentId"])
    if kept.home is not backend:
        raise AwsError(_NOT_FOUND[0], f"{_NOT_FOUND[1]} {kept.id} was deleted or does not exist.")
    kept.check_usable()
    added, removed = asked.get("AddSubnetIds", []), asked.get("RemoveSubnetIds", [])
    for subnet in removed:
        if subnet not in kept.interfaces:
            raise AwsError("InvalidSubnetID.NotFound", f"{subnet} is not attached but supplied in RemoveSubnets")
    left = {subnet: interface for subnet, interface in kept.interfaces.items() if subnet not in removed}
    _check_subnets(backend, kept.resource_id, added, left)
    if not (left or added):
        raise AwsError("InsufficientSubnetsException", "Insufficient Subnets")
    for subnet in removed:
        remove_managed(backend, kept.interfaces[subnet])
    kept.interfaces = left | {subnet: _interface(kept, subnet) for subnet in added}
    kept.options.update(asked.get("Options", {}))
    kept.state = "modifying"
    kept.home.agenda.later(_SUBJECT, lambda: _settle(kept))
    return {"TransitGatewayVpcAttachment": kept.described_vpc(backend)}


def accept(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = _offered(backend, asked)
    _connect(kept)
    return {"TransitGatewayVpcAttachment": kept.described_vpc(backend)}


def reject(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = _offered(backend, asked)
    kept.state = "rejected"
    return {"TransitGatewayVpcAttachment": kept.described_vpc(backend)}


def _offered(backend: Any, asked: Asked) -> Attachment:
    kept = _vpc_attachment(backend, asked["TransitGatewayAttachmentId"])
    if kept.gateway.home is not backend:
        raise AwsError(_NOT_FOUND[0], f"{_NOT_FOUND[1]} {kept.id} was deleted or does not exist.")
    if kept.state != "pendingAcceptance":
        raise AwsError("IncorrectState", f"{kept.id} is in invalid state")
    return kept


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = _vpc_attachment(backend, asked["TransitGatewayAttachmentId"])
    detach(kept)
    return {"TransitGatewayVpcAttachment": kept.described_vpc(backend)}


def detach(kept: Attachment) -> None:
    """Its routes are blackholes from now on; it is gone, with its interfaces and its association, when its time has passed."""
    if kept.state == "deleting":
        return
    kept.state = "deleting"
    for table in kept.gateway.tables:
        table.propagations = [each for each in table.propagations if each is not kept]
    kept.home.agenda.later(_SUBJECT, lambda: _vanish(kept))


def _vanish(kept: Attachment) -> None:
    kept.state = "deleted"
    transit_tables.leave(kept)
    for interface in kept.interfaces.values():
        remove_managed(kept.home, interface)


def describe_vpcs(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = [each for each in backend.transit_gateway_attachments.values() if each.vpc_id]
    found = chosen(kept, asked.get("TransitGatewayAttachmentIds"), *_NOT_FOUND)
    return {"TransitGatewayVpcAttachments": [each.described_vpc(backend) for each in found]}


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    found = chosen(backend.transit_gateway_attachments.values(), asked.get("TransitGatewayAttachmentIds"), *_NOT_FOUND)
    return {"TransitGatewayAttachments": [each.described(backend) for each in found]}


def reaches(backend: Any, vpc_id: str, gateway_id: str) -> bool:
    """Whether a VPC's routes can lead to a gateway."""
    kept = backend.transit_gateway_attachments.values()
    return any(each.vpc_id == vpc_id and each.gateway.id == gateway_id and each.usable for each in kept)
