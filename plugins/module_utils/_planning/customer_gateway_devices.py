# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection in each vendor's words: all that a template has to decide is decided here.

A view is what a template of the role customer_gateway sees: the ``connection``, and ``tunnels``, pairs of a tunnel and its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from .._engine.errors import PlanError
from . import customer_gateway_words as spoken
from .customer_gateway import Connection, Suite, Tunnel
from .customer_gateway_words import combined, words

PROBES = 3  # that a dead peer leaves unanswered before its time is up

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Device:
    """``suffix`` ends the file's name; the template has the device's name."""

    suffix: str
    tunnel_words: Callable[[Connection, Tunnel], View]


def view(connection: Connection, device: str) -> View:
    """Raises PlanError, with the device's name, where it has none of the algorithms of a phase."""
    try:
        tunnels = [(tunnel, _common(connection, tunnel) | DEVICES[device].tunnel_words(connection, tunnel)) for tunnel in connection.tunnels]
    except PlanError as error:
        raise PlanError(f"The connection of site {connection.site} cannot be configured on {device}: {error}") from error
    return {"connection": connection, "tunnels": tunnels, "networks": connection.platform_networks}


def key_marker(index: int) -> str:
    """What stands where the pre-shared key of a tunnel belongs."""
    return f"@PRE_SHARED_KEY_{index}@"


def with_keys(text: str, keys: Sequence[str]) -> str:
    """Configuration with the pre-shared keys, by tunnel, in place of their markers."""
    for index, key in enumerate(keys, start=1):
        text = text.replace(key_marker(index), key)
    return text


def secret_command(secret: str) -> str:
    """What prints a secret; its ARN names the region too."""
    parts = secret.split(":")
    region = f" --region {parts[3]}" if len(parts) > 3 else ""
    return f"aws secretsmanager get-secret-value{region} --secret-id '{secret}' --query SecretString --output text"


def _common(connection: Connection, tunnel: Tunnel) -> View:
    return {
        "name": f"{connection.platform}-{tunnel.index}",
        "key": key_marker(tunnel.index),
        "secret_command": secret_command(tunnel.pre_shared_key_arn) if tunnel.pre_shared_key_arn else "",
        "dpd_interval": tunnel.dpd_seconds // PROBES,
        "dpd_probes": PROBES,
        "preferred": tunnel.index == 1,
    }


# What strongSwan multiplies the first timeout by, until all retransmissions of a probe are given up: strongswan.conf(5), retransmit_base.
BACK_OFF = sum(1.8**attempt for attempt in range(PROBES + 1))


def _strongswan(_connection: Connection, tunnel: Tunnel) -> View:
    def proposal(suite: Suite, cipher: str, *, ike: bool) -> str:
        hashes = [spoken.HASHES[each] for each in suite.integrity]
        if combined(cipher):
            hashes = [f"prf{each}" for each in hashes] if ike else []
        return "-".join([spoken.STRONGSWAN_CIPHERS[cipher], *hashes, *words(suite.dh_groups, spoken.STRONGSWAN_GROUPS, "DH groups")])

    return {
        "interface": f"vti{tunnel.number}",
        "ike": ",".join(proposal(tunnel.ike, cipher, ike=True) for cipher in tunnel.ike.encryption),
        "esp": ",".join(proposal(tunnel.esp, cipher, ike=False) for cipher in tunnel.esp.encryption),
        "metric": 100 * tunnel.index,
        "retransmit_timeout": round((tunnel.dpd_seconds - tunnel.dpd_seconds // PROBES) / BACK_OFF, 1),
    }


def _cisco_ios_xe(_connection: Connection, tunnel: Tunnel) -> View:
    hashes = " ".join(spoken.HASHES[each] for each in tunnel.ike.integrity)
    return {
        "proposals": [(spoken.CISCO_IKE_CIPHERS[cipher], "prf" if combined(cipher) else "integrity", hashes) for cipher in tunnel.ike.encryption],
        "groups": " ".join(words(tunnel.ike.dh_groups, spoken.CISCO_GROUPS, "DH groups")),
        "transforms": list(_cisco_transforms(tunnel.esp)),
        "pfs": words(tunnel.esp.dh_groups, spoken.CISCO_GROUPS, "DH groups")[0],
        "track": tunnel.number % 1000 + 1,  # IOS XE numbers tracked objects from 1 to 1000
        "distance": 10 * tunnel.index,
    }


def _cisco_transforms(suite: Suite) -> Iterator[str]:
    for cipher in suite.encryption:
        word = spoken.CISCO_ESP_CIPHERS[cipher]
        yield from [word] if combined(cipher) else [f"{word} {spoken.CISCO_ESP_HASHES[each]}" for each in suite.integrity]


def _fortigate(connection: Connection, tunnel: Tunnel) -> View:
    def proposals(suite: Suite, *, ike: bool) -> Iterator[str]:
        for cipher in suite.encryption:
            word = spoken.FORTIGATE_CIPHERS[cipher]
            if combined(cipher) and not ike:
                yield word
            else:
                yield from (f"{word}-{'prf' if combined(cipher) else ''}{spoken.HASHES[each]}" for each in suite.integrity)

    return {
        "name": f"{connection.platform[:9].rstrip('-')}-{tunnel.number}",  # FortiOS takes 15 characters
        "ike": " ".join(proposals(tunnel.ike, ike=True)),
        "esp": " ".join(proposals(tunnel.esp, ike=False)),
        "ike_groups": " ".join(words(tunnel.ike.dh_groups, spoken.FORTIGATE_GROUPS, "DH groups")),
        "esp_groups": " ".join(words(tunnel.esp.dh_groups, spoken.FORTIGATE_GROUPS, "DH groups")),
        "priority": 10 * tunnel.index,
    }


def _juniper_srx(_connection: Connection, tunnel: Tunnel) -> View:
    return {
        "interface": f"st0.{tunnel.number}",
        "unit": tunnel.number,
        "ike": _juniper_proposals(tunnel),
        "esp": list(_juniper_ciphers(tunnel.esp, spoken.JUNIPER_ESP_HASHES)),
        "pfs": words(tunnel.esp.dh_groups, spoken.JUNIPER_GROUPS, "DH groups")[0],
        "preference": 5 * tunnel.index,
    }


def _juniper_proposals(tunnel: Tunnel) -> list[tuple[str, str | None, str]]:
    """Junos has one cipher, one hash and one group in a proposal."""
    suite = tunnel.ike
    usable = tuple(each for each in suite.encryption if not combined(each) or spoken.JUNIPER_PRF[each] in suite.integrity)
    if not usable:
        wanted = ", ".join(f"{spoken.JUNIPER_PRF[each]} with {each}" for each in suite.encryption)
        raise PlanError(f"It takes no pseudorandom function in IKE but {wanted}.")
    ciphers = _juniper_ciphers(Suite(usable, suite.integrity, suite.dh_groups, suite.lifetime_seconds), spoken.JUNIPER_IKE_HASHES)
    groups = words(suite.dh_groups, spoken.JUNIPER_GROUPS, "DH groups")
    return [(cipher, hash_, group) for (cipher, hash_), group in product(ciphers, groups)]


def _juniper_ciphers(suite: Suite, hashes: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    for cipher in suite.encryption:
        word = spoken.JUNIPER_CIPHERS[cipher]
        yield from [(word, None)] if combined(cipher) else [(word, hashes[each]) for each in suite.integrity]


def _generic(connection: Connection, tunnel: Tunnel) -> View:
    parameters = {
        "AWS, outside address": tunnel.outside_address,
        "Gateway, outside address": connection.gateway_address or "any",
        "Inside network": tunnel.inside_cidr,
        "AWS, inside address": tunnel.platform_address,
        "Gateway, inside address": tunnel.gateway_address,
        "Authentication": "certificate" if connection.certificate else "pre-shared key",
        "IKE version": 2,
        **{f"IKE {name}": value for name, value in _generic_suite(tunnel.ike, "integrity and pseudorandom function").items()},
        **{f"ESP {name}": value for name, value in _generic_suite(tunnel.esp, "integrity (none with GCM)").items()},
        "Mode": "tunnel, bound to an interface with a route",
        "Traffic selectors": "0.0.0.0/0 to 0.0.0.0/0, one pair of security associations",
        "Dead peer detection": f"every {tunnel.dpd_seconds // PROBES} s, {PROBES} times, then begin anew",
        "MTU of the tunnel interface": connection.mtu,
        "TCP maximum segment size": connection.mss,
    }
    if connection.bgp:
        parameters["BGP, gateway"] = f"{tunnel.gateway_address}, AS {connection.bgp.gateway_asn}"
        parameters["BGP, AWS"] = f"{tunnel.platform_address}, AS {connection.bgp.platform_asn}"
        parameters["BGP timers"] = "keepalive 10 s, hold 30 s"
    return {"parameters": parameters}


def _generic_suite(suite: Suite, integrity: str) -> View:
    return {
        "encryption": ", ".join(suite.encryption),
        integrity: ", ".join(suite.integrity),
        "Diffie-Hellman groups": ", ".join(map(str, suite.dh_groups)),
        "lifetime": f"{suite.lifetime_seconds} s",
    }


DEVICES = {
    "strongswan": Device("sh", _strongswan),
    "cisco_ios_xe": Device("ios", _cisco_ios_xe),
    "fortigate": Device("fortios", _fortigate),
    "juniper_srx": Device("junos", _juniper_srx),
    "generic": Device("md", _generic),
}
