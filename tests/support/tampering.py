# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A colleague at the console of a live hub with environments ``dev`` and ``test``, and how it is written down what he does there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cloud import Cloud
from .transit_view import TransitView

ANYWHERE = "0.0.0.0/0"
OTHER_ACCOUNT = "345678901234"


class Console(TransitView):
    """Hub and environments are in one account. ``theirs``: ids of what the colleague made that is not the platform's, by kind."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.theirs: dict[str, str] = {}
        self.undo: list[Callable[[], Any]] = []  # takes what is theirs away again, last first

    def __getitem__(self, label: str) -> str:
        """The id of ``environment/kind.name``."""
        return self.ids[label]

    def route(self, table: str, cidr: str, target: str | None = None, *, replace: bool = False) -> None:
        """Into a Transit Gateway route table: to the attachment of an environment or a site, or nowhere."""
        call = self.ec2.replace_transit_gateway_route if replace else self.ec2.create_transit_gateway_route
        where = {"TransitGatewayAttachmentId": self.attachment(target)} if target else {"Blackhole": True}
        call(TransitGatewayRouteTableId=self.tables[table], DestinationCidrBlock=cidr, **where)

    def unroute(self, table: str, cidr: str) -> None:
        self.ec2.delete_transit_gateway_route(TransitGatewayRouteTableId=self.tables[table], DestinationCidrBlock=cidr)

    def of_table(self, table: str, attachment: str) -> dict[str, str]:
        """As the calls on associations and propagations take both."""
        return {"TransitGatewayRouteTableId": self.tables[table], "TransitGatewayAttachmentId": self.attachment(attachment)}

    def vpc_route(self, environment: str, table: str, cidr: str, **target: str) -> None:
        self.ec2.create_route(RouteTableId=self[f"{environment}/route_table.{table}"], DestinationCidrBlock=cidr, **target)

    def tunnel(self, site: str, number: int, **options: Any) -> None:
        connection = self.of("vpn_connection", site)
        address = connection["Options"]["TunnelOptions"][number]["OutsideIpAddress"]
        self.ec2.modify_vpn_tunnel_options(VpnConnectionId=connection["VpnConnectionId"], VpnTunnelOutsideIpAddress=address, TunnelOptions=options)

    def tag(self, label: str, key: str, value: str) -> None:
        self.ec2.create_tags(Resources=[self[label]], Tags=[{"Key": key, "Value": value}])


@dataclass(frozen=True)
class Tamper:
    """``seen``: what check mode shows, by environment, each as ``update kind.name field field``; ``calls``: those that repair it,
    hub first. ``reaches``: whether something is reached that is not allowed (``excess``), or not that is (``missing``), both or neither.
    """

    name: str
    meddle: Callable[[Console], Any]
    seen: dict[str, tuple[str, ...]]
    calls: tuple[str, ...]
    reaches: str
    foreign: tuple[str, ...]  # the kinds of what stays behind and is reported as not the platform's


def tamper(*, calls: str, reaches: str = "", foreign: str = "", **seen: str) -> Callable[[Callable[[Console], Any]], Tamper]:
    """Decorates what meddles; its name is the tamper's. Changes that are seen are parted by semicolons."""
    lines = {environment: tuple(sorted(line.strip() for line in text.split(";"))) for environment, text in seen.items()}
    return lambda meddle: Tamper(meddle.__name__, meddle, lines, tuple(sorted(calls.split())), reaches, tuple(foreign.split()))
