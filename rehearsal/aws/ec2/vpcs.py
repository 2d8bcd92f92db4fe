# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPCs and their CIDR blocks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from . import tags
from .transit_models import GONE

_PRIVATE = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_BENCHMARKS = IPv4Network("198.19.0.0/16")


def canonical(cidr: str) -> str:
    """The block without host bits, as EC2 keeps every CIDR. Raises AwsError if it is none."""
    try:
        return str(IPv4Network(cidr, strict=False))
    except ValueError as problem:
        raise AwsError("InvalidParameterValue", f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.") from problem


def check_create(backend: Any, asked: Asked) -> None:
    if asked.get("CidrBlock"):
        asked["CidrBlock"] = canonical(asked["CidrBlock"])


def after_create(backend: Any, asked: Asked, result: Any) -> None:
    vpc = result["Vpc"]
    vpc.state = "pending"
    backend.agenda.later("vpc", lambda: setattr(vpc, "state", "available"))


def check_modify_attribute(backend: Any, asked: Asked) -> None:
    vpc = backend.get_vpc(asked["VpcId"])
    wanted = [name for name in asked if name.startswith("Enable")]
    if len(wanted) > 1:
        raise AwsError("InvalidParameterCombination", f"Fields for multiple attribute types specified: {', '.join(sorted(wanted))}")
    hostnames = asked.get("EnableDnsHostnames", {}).get("Value")
    if hostnames and not vpc.enable_dns_support:
        raise AwsError("InvalidParameterValue", "DNS hostnames cannot be enabled when DNS support is disabled")


def check_associate_cidr(backend: Any, asked: Asked) -> None:
    vpc = backend.get_vpc(asked["VpcId"])
    if "CidrBlock" not in asked:
        return
    asked["CidrBlock"] = canonical(asked["CidrBlock"])
    block = IPv4Network(asked["CidrBlock"])
    if not 16 <= block.prefixlen <= 28:
        raise AwsError("InvalidVpc.Range", f"The CIDR '{block}' is invalid.")
    for existing in blocks(vpc):
        if block.overlaps(existing):
            raise AwsError("CidrConflict", f"The CIDR '{block}' conflicts with the CIDR '{existing}' of the VPC '{vpc.id}'")
    if _restricted(IPv4Network(vpc.cidr_block), block):
        raise AwsError(
            "InvalidVpc.Range",
            f"The CIDR '{block}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, "
            "or use a publicly-routable CIDR.",
        )


def _restricted(primary: IPv4Network, added: IPv4Network) -> bool:
    """AWS: "IPv4 CIDR block association restrictions", VPC user guide. 100.64.0.0/10 is free to all."""
    home = next((private for private in _PRIVATE if primary.subnet_of(private)), None)
    foreign = [private for private in (*_PRIVATE, _BENCHMARKS) if private != home]
    return home is not None and any(added.subnet_of(private) for private in foreign)


def after_associate_cidr(backend: Any, asked: Asked, result: Any) -> None:
    if "CidrBlockAssociation" not in result:
        return
    identifier = result["CidrBlockAssociation"]["AssociationId"]
    state = backend.get_vpc(asked["VpcId"])._cidr_block_association_set[identifier]["cidr_block_state"]
    state["state"] = "associating"
    backend.agenda.later("cidr_block", lambda: state.update(state="associated"))


def disassociate_cidr(backend: Any, asked: Asked) -> Any:
    identifier = asked["AssociationId"]
    vpc = next((vpc for vpc in backend.vpcs.values() if identifier in vpc._cidr_block_association_set), None)
    if vpc is None:
        raise AwsError("InvalidVpcCidrBlockAssociationID.NotFound", f"The vpc CIDR block association ID '{identifier}' does not exist")
    association = vpc._cidr_block_association_set[identifier]
    block = IPv4Network(association["cidr_block"])
    if str(block) == vpc.cidr_block:
        raise AwsError(
            "OperationNotPermitted",
            f"The vpc CIDR block with association ID {identifier} may not be disassociated. It is the primary IPv4 CIDR block of the VPC",
        )
    if any(subnet.vpc_id == vpc.id and subnet.cidr.subnet_of(block) for subnet in backend.describe_subnets()):
        raise AwsError("InvalidCidrBlock.InUse", f"The vpc {vpc.id} currently has a subnet within CIDR block {block}")
    association["cidr_block_state"]["state"] = "disassociating"

    def vanish() -> None:
        vpc._cidr_block_association_set.pop(identifier, None)
        for table in backend.route_tables.values():
            table._routes = {key: route for key, route in table._routes.items()
                             if not (table.vpc_id == vpc.id and route.local and route.destination_cidr_block == str(block))}  # fmt: skip

    backend.agenda.later("cidr_block", vanish)
    return {
        "VpcId": vpc.id,
        "CidrBlockAssociation": {
            "AssociationId": identifier, "CidrBlock": str(block), "CidrBlockState": {"State": "disassociating"}
        },
    }  # fmt: skip


def blocks(vpc: Any) -> list[IPv4Network]:
    """The VPC's IPv4 blocks, also those that are still being associated."""
    return [IPv4Network(entry["cidr_block"]) for entry in vpc.get_cidr_block_association_set(ipv6=False)]


def check_delete(backend: Any, asked: Asked) -> None:
    vpc = backend.get_vpc(asked["VpcId"])
    if any(_dependents(backend, vpc.id)):
        raise AwsError("DependencyViolation", f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")
    vpc.dhcp_options = None  # moto would delete the set, which is not the VPC's own


def _dependents(backend: Any, vpc_id: str) -> Iterator[bool]:
    yield any(subnet.vpc_id == vpc_id for subnet in backend.describe_subnets())
    yield any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in backend.internet_gateways.values())
    yield any(table.vpc_id == vpc_id and not table.main_association_id for table in backend.route_tables.values())
    yield any(not group.is_default for group in backend.groups.get(vpc_id, {}).values())
    yield any(acl.vpc_id == vpc_id and not acl.default for acl in backend.network_acls.values())
    yield any(endpoint.vpc_id == vpc_id for endpoint in backend.vpc_end_points.values())
    yield any(nat.vpc_id == vpc_id and nat.alive for nat in backend.nat_gateways.values())
    yield any(attached(attachment, vpc_id) for attachment in backend.transit_gateway_attachments.values())


def attached(attachment: Any, vpc_id: str) -> bool:
    """Whether a transit gateway attachment is the VPC's and not gone."""
    return bool(attachment.vpc_id == vpc_id and attachment.state not in GONE)


def after_delete(backend: Any, asked: Asked, result: Any) -> None:
    """What goes with the VPC: its default ACL and its flow logs, and the tags of its default objects."""
    vpc_id = asked["VpcId"]
    gone = [acl.id for acl in backend.network_acls.values() if acl.vpc_id == vpc_id]
    for acl_id in gone:
        backend.network_acls.pop(acl_id)
    logs = [log.id for log in backend.flow_logs.values() if log.resource_id == vpc_id]
    for log_id in logs:
        backend.flow_logs.pop(log_id)
    tags.drop(backend, [*gone, *logs])
