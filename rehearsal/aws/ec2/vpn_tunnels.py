# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of VPN tunnels: AWS's defaults, what it refuses, and whether a tunnel is up.

Source: EC2 API reference, VpnTunnelOptionsSpecification, and the Site-to-Site VPN user guide, Tunnel options.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network
from typing import Any

from moto.core.utils import utcnow
from moto.logs.models import logs_backends

from ..answers import AwsError
from ..overlay import Asked

_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_RESERVED = {IPv4Network(f"169.254.{each}/30") for each in ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "169.252")}
_FIRST_GIVEN = IPv4Network("169.254.8.0/30")
_KEY = re.compile(r"(?!0)[A-Za-z0-9._]{8,64}")
_KEY_LETTERS, _KEY_LENGTH = string.ascii_letters + string.digits + "._", 32
_ENCRYPTION = ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16")
_INTEGRITY = ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512")
# Name in requests, name in answers, what there is, and what AWS takes where nothing is asked for.
_LISTS: tuple[tuple[str, str, tuple[Any, ...], tuple[Any, ...]], ...] = (
    ("Phase1EncryptionAlgorithms", "Phase1EncryptionAlgorithms", _ENCRYPTION, _ENCRYPTION),
    ("Phase2EncryptionAlgorithms", "Phase2EncryptionAlgorithms", _ENCRYPTION, _ENCRYPTION),
    ("Phase1IntegrityAlgorithms", "Phase1IntegrityAlgorithms", _INTEGRITY, _INTEGRITY),
    ("Phase2IntegrityAlgorithms", "Phase2IntegrityAlgorithms", _INTEGRITY, _INTEGRITY),
    ("Phase1DHGroupNumbers", "Phase1DHGroupNumbers", (2, *range(14, 25), 35), (2, *range(14, 25))),
    ("Phase2DHGroupNumbers", "Phase2DHGroupNumbers", (2, 5, *range(14, 25), 35, 36, 37), (2, 5, *range(14, 25))),
    ("IKEVersions", "IkeVersions", ("ikev1", "ikev2"), ("ikev1", "ikev2")),
)
# Name in requests, name in answers, least, most, default.
_NUMBERS = (
    ("Phase1LifetimeSeconds", "Phase1LifetimeSeconds", 900, 28800, 28800),
    ("Phase2LifetimeSeconds", "Phase2LifetimeSeconds", 900, 3600, 3600),
    ("RekeyMarginTimeSeconds", "RekeyMarginTimeSeconds", 60, 1800, 270),
    ("RekeyFuzzPercentage", "RekeyFuzzPercentage", 0, 100, 100),
    ("ReplayWindowSize", "ReplayWindowSize", 64, 2048, 1024),
    ("DPDTimeoutSeconds", "DpdTimeoutSeconds", 30, 86400, 30),
)
_WORDS = (
    ("DPDTimeoutAction", "DpdTimeoutAction", ("clear", "none", "restart"), "clear"),
    ("StartupAction", "StartupAction", ("add", "start"), "add"),
)


@dataclass
class Tunnel:
    """``options`` as DescribeVpnConnections answers them; ``prefixes`` are those that its BGP session has taken."""

    address: str
    options: dict[str, Any]
    key: str | None
    storage: str
    up: bool = False
    prefixes: tuple[str, ...] = ()
    changed: datetime = field(default_factory=utcnow)

    @property
    def inside(self) -> IPv4Network:
        return IPv4Network(self.options["TunnelInsideCidr"])

    def set(self, up: bool, prefixes: Iterable[str] = ()) -> None:
        self.up, self.prefixes, self.changed = up, tuple(prefixes) if up else (), utcnow()

    def described(self) -> dict[str, Any]:
        """Of a key that is in Secrets Manager there is nothing here."""
        shown = {"PreSharedKey": self.key} if self.key and self.storage == "Standard" else {}
        return {"OutsideIpAddress": self.address, **self.options, **shown}

    def telemetry(self, static: bool, certificate: str | None) -> dict[str, Any]:
        message = f"{len(self.prefixes)} BGP ROUTES" if self.up and not static else f"IPSEC IS {'UP' if self.up else 'DOWN'}"
        return {
            "OutsideIpAddress": self.address, "Status": "UP" if self.up else "DOWN", "StatusMessage": message,
            "LastStatusChange": self.changed, "AcceptedRouteCount": len(self.prefixes), "CertificateArn": certificate,
        }  # fmt: skip


def defaults() -> dict[str, Any]:
    found: dict[str, Any] = {answer: [{"Value": each} for each in default] for _asked, answer, _known, default in _LISTS}
    found |= {answer: default for _asked, answer, _least, _most, default in _NUMBERS}
    found |= {answer: default for _asked, answer, _known, default in _WORDS}
    logs = {"LogEnabled": False, "BgpLogEnabled": False}
    return {**found, "EnableTunnelLifecycleControl": False, "LogOptions": {"CloudWatchLogOptions": logs}}


def new_key() -> str:
    return secrets.choice(string.ascii_letters) + "".join(secrets.choice(_KEY_LETTERS) for _each in range(_KEY_LENGTH - 1))


def changed(options: dict[str, Any], asked: Asked, taken: Iterable[IPv4Network], logs: Any) -> dict[str, Any]:
    """The options with what is asked for. ``taken``: inside CIDRs of other tunnels at the gateway. Raises AwsError."""
    found = {**options, **_lists(asked), **_numbers(asked), **_words(asked)}
    if "EnableTunnelLifecycleControl" in asked:
        found["EnableTunnelLifecycleControl"] = asked["EnableTunnelLifecycleControl"]
    if "LogOptions" in asked:
        found["LogOptions"] = {"CloudWatchLogOptions": _logs(asked["LogOptions"].get("CloudWatchLogOptions", {}), logs)}
    if "TunnelInsideCidr" in asked:
        found["TunnelInsideCidr"] = str(_inside(asked["TunnelInsideCidr"], taken))
    if found["Phase2LifetimeSeconds"] >= found["Phase1LifetimeSeconds"]:
        raise AwsError("InvalidParameterCombination", "Phase2LifetimeSeconds must be less than Phase1LifetimeSeconds")
    if found["RekeyMarginTimeSeconds"] > found["Phase2LifetimeSeconds"] / 2:
        raise AwsError("InvalidParameterCombination", "RekeyMarginTimeSeconds must be at most half of Phase2LifetimeSeconds")
    return found


def _invalid(name: str, value: Any, why: str = "") -> AwsError:
    return AwsError("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid.{why and f' {why}'}")


def _lists(asked: Asked) -> dict[str, Any]:
    found = {}
    for name, answer, known, _default in _LISTS:
        for value in (each.get("Value") for each in asked.get(name, ())):
            if value not in known:
                raise _invalid(name, value)
        if asked.get(name):
            found[answer] = [{"Value": each["Value"]} for each in asked[name]]
    return found


def _numbers(asked: Asked) -> dict[str, Any]:
    for name, _answer, least, most, _default in _NUMBERS:
        if name in asked and not least <= asked[name] <= most:
            raise _invalid(name, asked[name])
    return {answer: asked[name] for name, answer, _least, _most, _default in _NUMBERS if name in asked}


def _words(asked: Asked) -> dict[str, Any]:
    for name, _answer, known, _default in _WORDS:
        if name in asked and asked[name] not in known:
            raise _invalid(name, asked[name])
    return {answer: asked[name] for name, answer, _known, _default in _WORDS if name in asked}


def _logs(asked: Asked, backend: Any) -> dict[str, Any]:
    for enabled, arn in (("LogEnabled", "LogGroupArn"), ("BgpLogEnabled", "BgpLogGroupArn")):
        if not asked.get(enabled):
            continue
        group = asked.get(arn, "").removesuffix(":*").partition(":log-group:")[2]
        if group not in logs_backends[backend.account_id][backend.region_name].groups:
            raise _invalid(arn, asked.get(arn), "The log group does not exist.")
    return {"LogEnabled": False, "BgpLogEnabled": False, **asked}


def _inside(cidr: str, taken: Iterable[IPv4Network]) -> IPv4Network:
    try:
        found = IPv4Network(cidr)
    except ValueError:
        raise _invalid("TunnelInsideCidr", cidr) from None
    if found.prefixlen != 30 or not found.subnet_of(_LINK_LOCAL):
        raise _invalid("TunnelInsideCidr", cidr, "It must be a /30 of 169.254.0.0/16.")
    if found in _RESERVED:
        raise _invalid("TunnelInsideCidr", cidr, "It is reserved.")
    if found in set(taken):
        raise _invalid("TunnelInsideCidr", cidr, "It is in use by another VPN connection of the gateway.")
    return found


def free_inside(taken: Iterable[IPv4Network]) -> str:
    """What AWS gives a tunnel that asks for none."""
    used = {*taken, *_RESERVED}
    free = (each for each in _LINK_LOCAL.subnets(new_prefix=30) if each >= _FIRST_GIVEN and each not in used)
    return str(next(free))


def check_key(key: str) -> str:
    """AWS quotes what it refuses."""
    if not _KEY.fullmatch(key):
        raise _invalid("PreSharedKey", key)
    return key
