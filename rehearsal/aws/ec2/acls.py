# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network ACLs and their entries."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..described import Row
from ..overlay import Asked
from .vpcs import canonical

_ENTRIES = 20  # for each direction and address family, the last denial included; the quota can be raised to 40
_LAST_RULE = 32766
_TCP, _UDP, _ICMP, _ICMP6 = "6", "17", "1", "58"


def check_create_entry(backend: Any, asked: Asked) -> None:
    acl = backend.get_network_acl(asked["NetworkAclId"])
    _check_entry(asked)
    family = "cidr_block" if "CidrBlock" in asked else "ipv6_cidr_block"
    kept = [entry for entry in acl.network_acl_entries if entry.egress == asked["Egress"] and getattr(entry, family)]
    if len(kept) >= _ENTRIES and asked["RuleNumber"] not in [entry.rule_number for entry in kept]:
        raise AwsError("NetworkAclEntryLimitExceeded", f"The maximum number of entries ({_ENTRIES}) of '{acl.id}' has been reached.")


def check_replace_entry(backend: Any, asked: Asked) -> None:
    _check_entry(asked)
    _check_present(backend, asked)


def check_delete_entry(backend: Any, asked: Asked) -> None:
    _check_number(asked)
    _check_present(backend, asked)


def _check_present(backend: Any, asked: Asked) -> None:
    acl = backend.get_network_acl(asked["NetworkAclId"])
    if not any((entry.egress, entry.rule_number) == (asked["Egress"], asked["RuleNumber"]) for entry in acl.network_acl_entries):
        direction = "egress" if asked["Egress"] else "ingress"
        raise AwsError("InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {direction} {asked['RuleNumber']} does not exist.")


def _check_number(asked: Asked) -> None:
    if not 1 <= asked["RuleNumber"] <= _LAST_RULE:
        raise AwsError("InvalidParameterValue", f"Value ({asked['RuleNumber']}) for parameter ruleNumber is invalid. "
                       f"Rule numbers are from 1 to {_LAST_RULE}.")  # fmt: skip


def _check_entry(asked: Asked) -> None:
    _check_number(asked)
    if not asked["Protocol"].lstrip("-").isdigit() or not -1 <= int(asked["Protocol"]) <= 255:
        raise AwsError("InvalidParameterValue", f"Invalid value '{asked['Protocol']}' for IP protocol. Unknown protocol.")
    if ("CidrBlock" in asked) == ("Ipv6CidrBlock" in asked):
        raise AwsError("MissingParameter", "The request must contain exactly one of cidrBlock and ipv6CidrBlock")
    if "CidrBlock" in asked:
        asked["CidrBlock"] = canonical(asked["CidrBlock"])
    if asked["Protocol"] in (_TCP, _UDP):
        _check_ports(asked.get("PortRange", {}))
    elif asked["Protocol"] in (_ICMP, _ICMP6) and not {"Type", "Code"} <= asked.get("IcmpTypeCode", {}).keys():
        raise AwsError("MissingParameter", "The request must contain the parameter icmpTypeCode")
    if "IcmpTypeCode" in asked:
        asked["Icmp"] = asked["IcmpTypeCode"]  # the name by which moto looks for it


def _check_ports(ports: dict[str, int]) -> None:
    if not {"From", "To"} <= ports.keys():
        raise AwsError("MissingParameter", "The request must contain the parameter portRange")
    if not 0 <= ports["From"] <= ports["To"] <= 65535:
        raise AwsError("InvalidParameterValue", f"Invalid port range: {ports['From']} to {ports['To']}")


def check_replace_association(backend: Any, asked: Asked) -> None:
    acl = backend.get_network_acl(asked["NetworkAclId"])
    held = [other for other in backend.network_acls.values() if asked["AssociationId"] in other._associations]
    if not held:
        raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{asked['AssociationId']}' does not exist")
    if held[0].vpc_id != acl.vpc_id:
        raise AwsError("InvalidParameterValue", f"The network ACLs '{held[0].id}' and '{acl.id}' belong to different networks")


def check_delete(backend: Any, asked: Asked) -> None:
    acl = backend.get_network_acl(asked["NetworkAclId"])
    if acl.default:
        raise AwsError("InvalidParameterValue", f"The network ACL '{acl.id}' is the default of its VPC and cannot be deleted.")


def refine(backend: Any, row: Row) -> None:
    """Egress first, then by number."""
    row.get("Entries", []).sort(key=lambda entry: (not entry["Egress"], entry["RuleNumber"]))
