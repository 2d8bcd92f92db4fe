# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transit gateways: their options, and the route table that some of these bring along."""

from __future__ import annotations

from typing import Any

from moto.ec2.utils import random_transit_gateway_id

from ..answers import AwsError
from ..overlay import Asked
from . import transit_tables
from .transit_models import Gateway, chosen, own_gateway, own_table, visible_gateways

_SUBJECT = "transit_gateway"
_DEFAULTS = {
    "AutoAcceptSharedAttachments": "disable", "DefaultRouteTableAssociation": "enable", "DefaultRouteTablePropagation": "enable",
    "VpnEcmpSupport": "enable", "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable", "MulticastSupport": "disable",
}  # fmt: skip
_ASN = 64512
_PRIVATE_ASNS = (range(64512, 65535), range(4_200_000_000, 4_294_967_295))
_MOST = 5  # https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
_PURPOSES = ("Association", "Propagation")


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    if sum(gateway.state != "deleted" for gateway in backend.transit_gateways.values()) >= _MOST:
        raise AwsError("TransitGatewayLimitExceeded", "The maximum number of transit gateways has been reached.")
    options = {"AmazonSideAsn": _ASN, **_DEFAULTS, **asked.get("Options", {})}
    _check_asn(options["AmazonSideAsn"])
    made = Gateway(random_transit_gateway_id(), backend, asked.get("Description", ""), options)
    backend.transit_gateways[made.id] = made
    on = [purpose for purpose in _PURPOSES if options[f"DefaultRouteTable{purpose}"] == "enable"]
    if on:
        table = transit_tables.make(made)
        options.update({f"{purpose}DefaultRouteTableId": table.id for purpose in on})
    backend.agenda.later(_SUBJECT, lambda: _settle(made))
    return {"TransitGateway": made.described(backend)}


def _check_asn(asn: int) -> None:
    if not any(asn in numbers for numbers in _PRIVATE_ASNS):
        raise AwsError("InvalidParameterValue", f"Value ({asn}) for parameter amazonSideAsn is invalid. It is no private ASN.")


def _settle(gateway: Gateway) -> None:
    if gateway.state in ("pending", "modifying"):
        gateway.state = "available"


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = own_gateway(backend, asked["TransitGatewayId"])
    kept.check_usable()
    wanted = dict(asked.get("Options", {}))
    if "AmazonSideAsn" in wanted:
        _check_asn(wanted["AmazonSideAsn"])
    cidrs = set(kept.options.get("TransitGatewayCidrBlocks", [])) - set(wanted.pop("RemoveTransitGatewayCidrBlocks", []))
    cidrs |= set(wanted.pop("AddTransitGatewayCidrBlocks", []))
    for purpose in _PURPOSES:
        _check_default(backend, kept, wanted, purpose)
    kept.options.update(wanted)
    if cidrs:
        kept.options["TransitGatewayCidrBlocks"] = sorted(cidrs)
    for purpose in _PURPOSES:
        if kept.options[f"DefaultRouteTable{purpose}"] == "disable":
            kept.options.pop(f"{purpose}DefaultRouteTableId", None)
    kept.description = asked.get("Description", kept.description)
    kept.state = "modifying"
    backend.agenda.later(_SUBJECT, lambda: _settle(kept))
    return {"TransitGateway": kept.described(backend)}


def _check_default(backend: Any, kept: Gateway, wanted: dict[str, Any], purpose: str) -> None:
    """The switch and the table that it is about go together; AWS makes no table here."""
    switch, name = f"DefaultRouteTable{purpose}", f"{purpose}DefaultRouteTableId"
    state = wanted.get(switch, kept.options[switch])
    given = wanted.get(name)
    if (state == "disable" and given) or (wanted.get(switch) == "enable" and not (given or kept.options.get(name))):
        raise AwsError("InvalidParameterCombination", f"{state} {switch} conflicts with {name} {given or 'null'}")
    if given and own_table(backend, given).gateway is not kept:
        raise AwsError(
            "InvalidRouteTableID.NotFound", f"Transit Gateway Route Table {given} was deleted or does not exist in Transit Gateway {kept.id}."
        )


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    """Refused while it has attachments; its tables go with it."""
    kept = own_gateway(backend, asked["TransitGatewayId"])
    held = {"vpc": "VPC Attachments", "vpn": "VPN Attachments"}
    for kind, what in held.items():
        found = [each.id for each in kept.attachments if each.resource_type == kind]
        if found:
            raise AwsError("IncorrectState", f"{kept.id} has non-deleted {what}: {', '.join(found)}.")
    if kept.state != "deleting":
        kept.state = "deleting"
        backend.agenda.later(_SUBJECT, lambda: _vanish(kept))
    return {"TransitGateway": kept.described(backend)}


def _vanish(gateway: Gateway) -> None:
    for table in gateway.tables:
        table.state = "deleted"
    gateway.state = "deleted"


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("TransitGatewayIds")
    found = chosen(visible_gateways(backend), wanted, "InvalidTransitGatewayID.NotFound", "Transit Gateway")
    return {"TransitGateways": [gateway.described(backend) for gateway in found]}
