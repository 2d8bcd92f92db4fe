# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Route 53 Resolver actions the overlay replaces. Tags, query logs, DNSSEC and getting one object by its id are moto's."""

from __future__ import annotations

from typing import Any

from moto.route53resolver.models import route53resolver_backends
from moto.route53resolver.responses import Route53ResolverResponse

from ..overlay import Act, Asked, OverlayResponse
from . import addresses, endpoints, listings, rules

REPLACED: dict[str, Act] = {
    "AssociateResolverEndpointIpAddress": addresses.associate,
    "AssociateResolverRule": rules.associate,
    "CreateResolverEndpoint": endpoints.create,
    "CreateResolverRule": rules.create,
    "DeleteResolverEndpoint": endpoints.delete,
    "DeleteResolverRule": rules.delete,
    "DisassociateResolverEndpointIpAddress": addresses.disassociate,
    "DisassociateResolverRule": rules.disassociate,
    "ListResolverEndpointIpAddresses": listings.addresses,
    "ListResolverEndpoints": listings.endpoints,
    "ListResolverRuleAssociations": listings.associations,
    "ListResolverRules": listings.rules,
    "UpdateResolverEndpoint": endpoints.update,
    "UpdateResolverRule": rules.update,
}


class Response(OverlayResponse, Route53ResolverResponse):
    """Route 53 Resolver as the overlay answers it."""

    REPLACED = REPLACED

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> Any:
        return route53resolver_backends[self.current_account][self.region]

    def prepare(self, action: str, asked: Asked) -> None:
        self.backend.agenda.settle()
