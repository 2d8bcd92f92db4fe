# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Site-to-Site VPN connection of a site to the Transit Gateway: two tunnels, of which only one changes at a time.

Pre-shared keys are kept in Secrets Manager, by AWS or by the site. A key, or the configuration that has it, gets into nothing here:
what is kept of a site's keys is their versions, as a tag of the connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, computed, immutable, managed, resolve, secret
from .. import quotas, waiters
from ..logs.log_group import LogGroup
from ..secretsmanager.existing_secret import ExistingSecret
from ..tags import to_tags
from .customer_gateway import CustomerGateway
from .existing_customer_gateway import ExistingCustomerGateway
from .existing_transit_gateway import ExistingTransitGateway
from .hub_resource import HubResource
from .pre_shared_keys import KEY_VERSIONS, PreSharedKeys, guarded
from .transit_gateway import TransitGateway
from .vpn_tunnel import SECRETS_MANAGER, Tunnel
from .vpn_tunnel_changes import TunnelChange, aligned, next_change, read_ends, read_tunnels, refusal

ANY = "0.0.0.0/0"  # one pair of security associations per tunnel: routes and rules are what filters
QUOTA = quotas.Quota("ec2", "L-3E6EC3A3", "VPN connections per Region", 50)


@dataclass(kw_only=True, eq=False)
class VpnConnection(HubResource):
    """``local_cidr`` and ``remote_cidr`` are the traffic selectors of the site's and of AWS's side.

    Both tunnels are never changed at once: a tunnel that was up has to be up again before the other one changes, and one that is up
    does not change while the other is down, unless ``interruption`` allows it. ``live.detail`` is :class:`Ends`: AWS's of both tunnels.
    """

    customer_gateway: CustomerGateway | ExistingCustomerGateway = managed(uses=(CustomerGateway, ExistingCustomerGateway))
    gateway: TransitGateway | ExistingTransitGateway | str = immutable(uses=(TransitGateway, ExistingTransitGateway))
    static_routes_only: bool = immutable()
    tunnels: tuple[Tunnel, Tunnel] = managed()
    logs: LogGroup | None = computed(None, uses=(LogGroup,))  # which the tunnels name, and AWS wants to be there
    local_cidr: str = managed(ANY)
    remote_cidr: str = managed(ANY)
    pre_shared_keys: PreSharedKeys | None = secret(None, uses=(ExistingSecret,))  # None: AWS makes and keeps them
    interruption: bool = computed(False)

    kind = "vpn_connection"
    waiter = waiters.VPN_CONNECTION
    tag_type = "vpn-connection"
    describe = ("describe_vpn_connections", "VpnConnections", "VpnConnectionId")
    calls: ClassVar = {
        "create": ("ec2.CreateVpnConnection", "secretsmanager.GetSecretValue"),
        "customer_gateway": ("ec2.ModifyVpnConnection",),
        **dict.fromkeys(("local_cidr", "remote_cidr"), ("ec2.ModifyVpnConnectionOptions",)),
        "tunnels": ("ec2.ModifyVpnTunnelOptions",),
        "pre_shared_keys": ("secretsmanager.GetSecretValue", "ec2.ModifyVpnTunnelOptions", "ec2.CreateTags"),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteVpnConnection",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """What this run changed of tunnels that were up is waited for. No connection is provably unused: its far side may be off."""
        found = list(super().read(place, scope, within))
        names = {live.name for live in found if live.detail.up}
        for live in found:
            live.in_use = bool(live.detail.up) or live.name not in names
            down = place.hub.known.get(live.id, {}).get("tunnels", frozenset()) - live.detail.up
            if live.state == "available" and down:
                live.state = f"available, but not up again at {' and '.join(sorted(down))}"
        return found

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        options = item.get("Options", {})
        return {
            "customer_gateway": item["CustomerGatewayId"],
            "gateway": item.get("TransitGatewayId"),
            "static_routes_only": options.get("StaticRoutesOnly", False),
            "tunnels": read_tunnels(item),
            "local_cidr": options.get("LocalIpv4NetworkCidr", ANY),
            "remote_cidr": options.get("RemoteIpv4NetworkCidr", ANY),
        }

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.values["pre_shared_keys"] = live.values["tags"].get(KEY_VERSIONS)
        live.detail = read_ends(item)
        return live

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """A quota, and changes of which not even the first may be made."""
        made = sum(change.resource is not None and change.live is None for change in changes)
        items = place.hub.pages("ec2", *cls.describe[:2]) if made else ()
        problems = quotas.problems(place.hub, QUOTA, sum(item["State"] != "deleted" for item in items), made)
        return problems + [f"Cannot change {change.label}: {why}" for change in changes if (why := refusal(change))]

    def create(self, place: Any) -> Live:
        keys = [self.pre_shared_keys.value(place, index) for index in (0, 1)] if self.pre_shared_keys else []
        own = [{"PreSharedKey": key} for key in keys] or [{}, {}]
        tunnels = [{**tunnel.request(place.hub), **key} for tunnel, key in zip(resolve(self.tunnels), own, strict=True)]
        with guarded(*keys):
            answer = place.hub.client("ec2", once=True).create_vpn_connection(
                Type="ipsec.1",
                CustomerGatewayId=self.customer_gateway.id,
                TransitGatewayId=resolve(self.gateway),
                Options={
                    "StaticRoutesOnly": self.static_routes_only,
                    "LocalIpv4NetworkCidr": self.local_cidr,
                    "RemoteIpv4NetworkCidr": self.remote_cidr,
                    "TunnelOptions": tunnels,
                },
                TagSpecifications=self.specifications(),
                **self._storage(),
            )
        item = {**answer["VpnConnection"], "Tags": self.specifications()[0]["Tags"]}
        return self.as_live(item, self.scope, frozenset())

    def _storage(self) -> dict[str, str]:
        """Where the keys are kept; a gateway that shows a certificate has none."""
        live = self.customer_gateway.live
        return {} if live and live.values.get("certificate_arn") else {"PreSharedKeyStorage": SECRETS_MANAGER}

    def specifications(self) -> list[dict[str, Any]]:
        versions = {KEY_VERSIONS: resolve(self.pre_shared_keys).version} if self.pre_shared_keys else {}
        return [{"ResourceType": self.tag_type, "Tags": to_tags({**self.tags, **versions})}]

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**super().normalize(values), "tunnels": aligned(values["tunnels"], self.tunnels)}

    def next_change(self, live: Live, fields: Mapping[str, Difference]) -> TunnelChange:
        return next_change(live, fields, self.tunnels, interruption=self.interruption)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """One step: AWS takes no other while a connection is being modified, and the executor comes back for what still differs."""
        ec2 = place.hub.client("ec2")
        if "customer_gateway" in fields:  # another device: nothing says that it is there already, so its tunnels are not waited for
            ec2.modify_vpn_connection(VpnConnectionId=live.id, CustomerGatewayId=fields["customer_gateway"].after)
        elif fields.keys() & {"local_cidr", "remote_cidr"}:
            place.hub.known[live.id] = {"tunnels": live.detail.up}
            selectors = {"LocalIpv4NetworkCidr": self.local_cidr, "RemoteIpv4NetworkCidr": self.remote_cidr}
            ec2.modify_vpn_connection_options(VpnConnectionId=live.id, **selectors)
        else:
            change = self.next_change(live, fields)
            key = self.pre_shared_keys.value(place, change.index) if self.pre_shared_keys and change.versions else None
            change.make(place.hub, live, key, self._storage())

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.hub.client("ec2").delete_vpn_connection(VpnConnectionId=live.id)
