# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tunnel of a VPN connection changes next: one at a time, and never the only one that is up.

Modifying a tunnel replaces AWS's end of it and takes minutes (Site-to-Site VPN user guide, Tunnel endpoint replacements).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._engine.errors import PlatformError
from ..._engine.resource import Difference, Live
from ..tags import to_tags
from .pre_shared_keys import KEY_VERSIONS, guarded
from .vpn_tunnel import Tunnel, read_tunnel


@dataclass(frozen=True)
class Ends:
    """AWS's ends of the tunnels: their public ``addresses`` by inside CIDR, those that are ``up``, and where AWS keeps the keys."""

    addresses: Mapping[str, str]
    up: frozenset[str]
    pre_shared_key_arn: str | None


@dataclass(frozen=True)
class TunnelChange:
    """``versions``: what the connection's tag says of both keys when this tunnel has its new one; None if its key stays."""

    index: int
    address: str
    before: Tunnel
    after: Tunnel
    versions: str | None

    def make(self, hub: Any, live: Live, key: str | None, storage: Mapping[str, str]) -> None:
        """``key``: the new pre-shared key, if there is one; ``storage``: the argument that says where keys are kept."""
        own = {"PreSharedKey": key} if key else {}
        options = {**self.after.request(hub, self.before), **own}
        moved = storage if self.before.key_storage != self.after.key_storage else {}
        hub.known[live.id] = {"tunnels": live.detail.up & {self.address}}  # first, since the answer may be lost
        ec2 = hub.client("ec2")
        with guarded(*own.values()):
            ec2.modify_vpn_tunnel_options(VpnConnectionId=live.id, VpnTunnelOutsideIpAddress=self.address, TunnelOptions=options, **moved)
        if self.versions:
            ec2.create_tags(Resources=[live.id], Tags=to_tags({KEY_VERSIONS: self.versions}))


def read_tunnels(item: Mapping[str, Any]) -> tuple[Tunnel, ...]:
    return tuple(read_tunnel(option) for option in item.get("Options", {}).get("TunnelOptions", ()))


def read_ends(item: Mapping[str, Any]) -> Ends:
    options = item.get("Options", {}).get("TunnelOptions", ())
    addresses = {option["TunnelInsideCidr"]: option["OutsideIpAddress"] for option in options if option.get("OutsideIpAddress")}
    up = frozenset(each["OutsideIpAddress"] for each in item.get("VgwTelemetry", ()) if each.get("Status") == "UP")
    return Ends(addresses, up, item.get("PreSharedKeyArn"))


def aligned(live: tuple[Tunnel, ...], desired: tuple[Tunnel, ...]) -> tuple[Tunnel, ...]:
    """The live tunnels in the order of the desired ones, which is that of their inside CIDRs: AWS keeps no order."""
    inside = {tunnel.inside_cidr: tunnel for tunnel in live}
    others = iter([tunnel for tunnel in live if tunnel.inside_cidr not in {each.inside_cidr for each in desired}])
    found = (inside.get(each.inside_cidr) or next(others, None) for each in desired)
    return tuple(tunnel for tunnel in found if tunnel)


def next_change(live: Live, fields: Mapping[str, Difference], desired: tuple[Tunnel, ...], *, interruption: bool = False) -> TunnelChange:
    """A tunnel that is down before one that is up. Raises ``PlatformError`` if that would take the last one that is up.

    ``fields``: the differences of ``tunnels`` and ``pre_shared_keys``, of which there is at least one.
    """
    tunnels, keys = fields.get("tunnels"), fields.get("pre_shared_keys")
    before = tunnels.before if tunnels else aligned(live.values["tunnels"], desired)
    after = tunnels.after if tunnels else before
    ends: Ends = live.detail
    if len(before) != 2 or len(ends.addresses) != 2:
        raise PlatformError(f"AWS does not tell both tunnels of {live.id} yet. Run again in some minutes.")
    changes = [
        TunnelChange(index, ends.addresses[before[index].inside_cidr], before[index], after[index], versions)
        for index in (0, 1)
        if (versions := _versions(keys, index)) or before[index] != after[index]
    ]
    change = min(changes, key=lambda each: each.address in ends.up)
    if ends.up == {change.address} and not interruption:
        raise PlatformError(
            f"the tunnel at {change.address} is the only one of {live.id} that is up, and a change takes it down for minutes. "
            "Bring the other one up first; both stand in the site's configuration."
        )
    return change


def refusal(change: Any) -> str | None:
    """Why a planned change of a connection's tunnels cannot even begin, if so."""
    if change.resource and change.live and change.fields.keys() & {"tunnels", "pre_shared_keys"}:
        try:
            change.resource.next_change(change.live, change.fields)
        except PlatformError as error:
            return str(error)
    return None


def _versions(keys: Difference | None, index: int) -> str | None:
    """Both versions with the new one of this tunnel, if it has a new one."""
    if keys is None:
        return None
    after = keys.after.version.split()
    before = (keys.before or "").split() or ["none", "none"]
    return " ".join(after[each] if each == index else before[each] for each in (0, 1)) if before[index] != after[index] else None
