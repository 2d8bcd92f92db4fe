# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of the two tunnels of a VPN connection: every option as a value, read from AWS and written to it.

Options, defaults and limits: EC2 API reference, VpnTunnelOptionsSpecification and TunnelOption. The pre-shared key is none of them:
it is never read from a connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

STANDARD, SECRETS_MANAGER = "Standard", "SecretsManager"
REDACTED = "REDACTED"  # what AWS shows of a key that it keeps in Secrets Manager, where it shows anything
# Field: its name in requests; where an answer's differs, that too.
SINGLE = {
    "inside_cidr": ("TunnelInsideCidr",),
    "phase1_lifetime": ("Phase1LifetimeSeconds",),
    "phase2_lifetime": ("Phase2LifetimeSeconds",),
    "rekey_margin": ("RekeyMarginTimeSeconds",),
    "rekey_fuzz": ("RekeyFuzzPercentage",),
    "replay_window": ("ReplayWindowSize",),
    "dpd_timeout": ("DPDTimeoutSeconds", "DpdTimeoutSeconds"),
    "dpd_action": ("DPDTimeoutAction", "DpdTimeoutAction"),
    "startup_action": ("StartupAction",),
    "lifecycle_control": ("EnableTunnelLifecycleControl",),
}
SEVERAL = {
    "ike_versions": ("IKEVersions", "IkeVersions"),
    "phase1_encryption": ("Phase1EncryptionAlgorithms",),
    "phase1_integrity": ("Phase1IntegrityAlgorithms",),
    "phase1_dh_groups": ("Phase1DHGroupNumbers",),
    "phase2_encryption": ("Phase2EncryptionAlgorithms",),
    "phase2_integrity": ("Phase2IntegrityAlgorithms",),
    "phase2_dh_groups": ("Phase2DHGroupNumbers",),
}
LOGS = {"log_group": ("LogEnabled", "LogGroupArn", "LogOutputFormat"), "bgp_log_group": ("BgpLogEnabled", "BgpLogGroupArn", "BgpLogOutputFormat")}


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """Times are in seconds. An empty set of a live tunnel is AWS's own choice, which is to take anything.

    ``log_group`` names the group that takes the activity of the tunnel, ``bgp_log_group`` that of its BGP session, both as JSON.
    """

    inside_cidr: str
    phase1_encryption: frozenset[str]
    phase1_integrity: frozenset[str]
    phase1_dh_groups: frozenset[int]
    phase2_encryption: frozenset[str]
    phase2_integrity: frozenset[str]
    phase2_dh_groups: frozenset[int]
    ike_versions: frozenset[str] = frozenset({"ikev2"})
    phase1_lifetime: int = 28800
    phase2_lifetime: int = 3600
    rekey_margin: int = 270
    rekey_fuzz: int = 100
    replay_window: int = 1024
    dpd_timeout: int = 30
    dpd_action: str = "restart"
    startup_action: str = "add"
    lifecycle_control: bool = False
    log_group: str | None = None
    bgp_log_group: str | None = None
    key_storage: str = SECRETS_MANAGER

    def __str__(self) -> str:
        return ", ".join([self.inside_cidr, *self._told()])

    def _told(self) -> Iterator[str]:
        """All that is set, except what AWS and we have by default."""
        usual = {each.name: each.default for each in fields(self)}
        for name in (each.name for each in fields(self) if each.name != "inside_cidr"):
            value = getattr(self, name)
            if isinstance(value, frozenset):
                yield f"{name} {' '.join(map(str, sorted(value))) or 'any'}"
            elif value != usual[name] or name in ("dpd_action", "startup_action"):
                yield f"{name} {value}"

    def request(self, place: Any, before: Tunnel | None = None) -> dict[str, Any]:
        """A resolved tunnel as the API takes it: all of it, or what differs from ``before``."""
        mine = {name: getattr(self, name) for name in (*SINGLE, *SEVERAL, *LOGS)}
        changed = {name for name, value in mine.items() if before is None or getattr(before, name) != value}
        found: dict[str, Any] = {SINGLE[name][0]: mine[name] for name in SINGLE if name in changed}
        found |= {SEVERAL[name][0]: [{"Value": value} for value in sorted(mine[name])] for name in SEVERAL if name in changed}
        if changed & LOGS.keys():
            found["LogOptions"] = {"CloudWatchLogOptions": self._logs(place)}
        return found

    def _logs(self, place: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        groups = f"arn:{place.client('ec2').meta.partition}:logs:{place.region}:{place.account_id}:log-group"
        for name, (enabled, arn, output) in LOGS.items():
            group = getattr(self, name)
            found |= {enabled: True, arn: f"{groups}:{group}", output: "json"} if group else {enabled: False}
        return found


def read_tunnel(option: Mapping[str, Any]) -> Tunnel:
    """A tunnel as DescribeVpnConnections answers it; what it leaves out is AWS's default."""
    found: dict[str, Any] = {"dpd_action": "clear", "startup_action": "add", "inside_cidr": ""}
    found |= {field: option[names[-1]] for field, names in SINGLE.items() if names[-1] in option}
    found |= {field: frozenset(each["Value"] for each in option.get(names[-1], ())) for field, names in SEVERAL.items()}
    logs = option.get("LogOptions", {}).get("CloudWatchLogOptions", {})
    for field, (enabled, arn, _output) in LOGS.items():
        if logs.get(enabled):
            found[field] = logs[arn].removesuffix(":*").partition(":log-group:")[2]
    if option.get("PreSharedKey") not in (None, REDACTED):
        found["key_storage"] = STANDARD
    return Tunnel(**found)
