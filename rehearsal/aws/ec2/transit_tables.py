# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables of transit gateways, with the attachments that use them and those that bring them routes."""

from __future__ import annotations

from typing import Any

from moto.ec2.utils import random_transit_gateway_route_table_id

from ..answers import AwsError
from ..overlay import Asked
from .transit_models import Attachment, Gateway, Table, attachment, attachment_of, chosen, own_gateway, own_table

_SUBJECT, _ASSOCIATION = "transit_gateway_route_table", "transit_gateway_association"
_MOST = 20  # https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html


def make(gateway: Gateway) -> Table:
    made = Table(random_transit_gateway_route_table_id(), gateway)
    gateway.home.transit_gateways_route_tables[made.id] = made

    def settle() -> None:
        made.state = "available" if made.state == "pending" else made.state

    gateway.home.agenda.later(_SUBJECT, settle)
    return made


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    """AWS's code for its quota is not documented: this one follows those that are."""
    gateway = own_gateway(backend, asked["TransitGatewayId"])
    gateway.check_usable()
    if len(gateway.tables) >= _MOST:
        raise AwsError("TransitGatewayRouteTableLimitExceeded", f"{gateway.id} has the maximum number of route tables, {_MOST}.")
    return {"TransitGatewayRouteTable": make(gateway).described(backend)}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    """Its routes and propagations go with it; associations keep it."""
    kept = own_table(backend, asked["TransitGatewayRouteTableId"])
    for purpose in ("Association", "Propagation"):
        if kept.is_default(purpose):
            raise AwsError("IncorrectState", f"{kept.id} is set as default {purpose.lower()} route table for {kept.gateway.id}")
    if kept.associated:
        raise AwsError("IncorrectState", f"{kept.id} has associated attachments")
    kept.state = "deleting"
    kept.routes.clear()
    kept.references.clear()
    kept.propagations.clear()
    backend.agenda.later(_SUBJECT, lambda: setattr(kept, "state", "deleted"))
    return {"TransitGatewayRouteTable": kept.described(backend)}


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    tables, wanted = backend.transit_gateways_route_tables.values(), asked.get("TransitGatewayRouteTableIds")
    found = chosen(tables, wanted, "InvalidRouteTableID.NotFound", "Transit Gateway Route Table")
    return {"TransitGatewayRouteTables": [table.described(backend) for table in found]}


def _asked(backend: Any, asked: Asked) -> tuple[Table, Attachment]:
    table = own_table(backend, asked["TransitGatewayRouteTableId"])
    return table, attachment_of(table, asked["TransitGatewayAttachmentId"])


def _row(table: Table, kept: Attachment, state: str) -> dict[str, str]:
    return {**kept.summary(), "TransitGatewayRouteTableId": table.id, "State": state}


def associate(backend: Any, asked: Asked) -> dict[str, Any]:
    table, kept = _asked(backend, asked)
    if kept.table is not None:
        raise AwsError("Resource.AlreadyAssociated", f"Transit Gateway Attachment {kept.id} is already associated to a route table.")
    table.check_usable()
    kept.check_usable()
    join(table, kept)
    return {"Association": _row(table, kept, "associating")}


def join(table: Table, kept: Attachment) -> None:
    kept.table, kept.association = table, "associating"

    def settle() -> None:
        kept.association = "associated" if kept.association == "associating" else kept.association

    table.gateway.home.agenda.later(_ASSOCIATION, settle)


def disassociate(backend: Any, asked: Asked) -> dict[str, Any]:
    table, kept = _asked(backend, asked)
    if kept.table is not table:
        raise AwsError("InvalidparameterValue", f"Transit Gateway Attachment {kept.id} is not associated with route table {table.id}.")
    if kept.association != "associated":
        raise AwsError("IncorrectState", f"The association of {kept.id} is {kept.association}")
    kept.association = "disassociating"
    backend.agenda.later(_ASSOCIATION, lambda: leave(kept))
    return {"Association": _row(table, kept, "disassociating")}


def leave(kept: Attachment) -> None:
    kept.table, kept.association = None, "disassociated"


def associations(backend: Any, asked: Asked) -> dict[str, Any]:
    table = own_table(backend, asked["TransitGatewayRouteTableId"])
    return {"Associations": [{**each.summary(), "State": each.association} for each in table.associated]}


def enable_propagation(backend: Any, asked: Asked) -> dict[str, Any]:
    table, kept = _asked(backend, asked)
    if kept in table.propagations:
        raise AwsError(
            "TransitGatewayRouteTablePropagation.Duplicate", f"Propagation {kept.id} already exists in Transit Gateway Route Table {table.id}."
        )
    table.check_usable()
    kept.check_usable()
    table.propagations.append(kept)
    return {"Propagation": _row(table, kept, "enabled")}


def disable_propagation(backend: Any, asked: Asked) -> dict[str, Any]:
    table, kept = _asked(backend, asked)
    if kept not in table.propagations:
        raise AwsError("InvalidparameterValue", f"Propagation {kept.id} does not exist in Transit Gateway Route Table {table.id}.")
    table.propagations.remove(kept)
    return {"Propagation": _row(table, kept, "disabled")}


def propagations(backend: Any, asked: Asked) -> dict[str, Any]:
    table = own_table(backend, asked["TransitGatewayRouteTableId"])
    return {"TransitGatewayRouteTablePropagations": [{**each.summary(), "State": "enabled"} for each in table.propagated]}


def propagations_of_attachment(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = attachment(backend, asked["TransitGatewayAttachmentId"])
    tables = [table for table in kept.gateway.tables if kept in table.propagations]
    return {"TransitGatewayAttachmentPropagations": [{"TransitGatewayRouteTableId": table.id, "State": "enabled"} for table in tables]}
