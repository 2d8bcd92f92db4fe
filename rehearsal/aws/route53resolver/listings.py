# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the list calls answer: filtered by exact values and in pages. AWS's own rule is among the rows."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..described import Row, paginate
from ..overlay import Asked

_LONGEST_PAGE = 100
_INTERNET = "rslvr-autodefined-rr-internet-resolver"


def endpoints(backend: Any, asked: Asked) -> dict[str, Any]:
    rows = [each.description() for each in backend.resolver_endpoints.values()]
    names = ("CreatorRequestId", "Direction", "HostVPCId", "IpAddressCount", "Name", "SecurityGroupIds", "Status")
    return _answer("ResolverEndpoints", rows, names, asked)


def addresses(backend: Any, asked: Asked) -> dict[str, Any]:
    endpoint = backend.get_resolver_endpoint(asked["ResolverEndpointId"])
    return _answer("IpAddresses", [each.description() for each in endpoint.addresses], (), asked)


def rules(backend: Any, asked: Asked) -> dict[str, Any]:
    internet = {
        "Id": _INTERNET, "CreatorRequestId": "", "Arn": f"arn:aws:route53resolver:{backend.region_name}::autodefined-rule/{_INTERNET}",
        "DomainName": ".", "Status": "COMPLETE", "RuleType": "RECURSIVE", "Name": "Internet Resolver", "OwnerId": "Route 53 Resolver",
        "ShareStatus": "NOT_SHARED",
    }  # fmt: skip
    rows = [internet, *(each.description() for each in backend.resolver_rules.values())]
    return _answer("ResolverRules", rows, ("CreatorRequestId", "DomainName", "Name", "ResolverEndpointId", "Status", "RuleType"), asked)


def associations(backend: Any, asked: Asked) -> dict[str, Any]:
    """Of every VPC also that with AWS's own rule."""
    rows = [
        {"Id": f"rslvr-autodefined-assoc-{vpc}-internet-resolver", "ResolverRuleId": _INTERNET, "Name": "System Rule Association",
         "VPCId": vpc, "Status": "COMPLETE", "StatusMessage": ""}
        for vpc in backend.ec2_backend.vpcs
    ]  # fmt: skip
    rows += [each.description() for each in backend.resolver_rule_associations.values()]
    return _answer("ResolverRuleAssociations", rows, ("Name", "ResolverRuleId", "Status", "VPCId"), asked)


def _answer(key: str, rows: list[Row], names: tuple[str, ...], asked: Asked) -> dict[str, Any]:
    for wanted in asked.get("Filters", []):
        name = _member(wanted.get("Name", ""), names)
        values = set(wanted.get("Values", []))
        rows = [row for row in rows if values & _texts(row.get(name))]
    size = asked.get("MaxResults", _LONGEST_PAGE)
    try:
        page, token = paginate(rows, size, asked.get("NextToken"))
    except AwsError as unknown:
        raise AwsError("InvalidNextTokenException", unknown.message) from None
    return {key: page, "MaxResults": size, "NextToken": token}


def _member(name: str, names: tuple[str, ...]) -> str:
    """A filter is named like the member (`HostVPCId`) or in capitals (`HOST_VPC_ID`); the type of a rule is just `TYPE`."""
    short = name.replace("_", "").lower()
    found = next((each for each in names if each.lower() in (short, f"rule{short}")), None)
    if found is None:
        raise AwsError("InvalidParameterException", f"The filter '{name}' is invalid")
    return found


def _texts(value: Any) -> set[str]:
    return {str(each) for each in (value if isinstance(value, list) else [value])}
