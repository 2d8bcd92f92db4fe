# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS checks of a VPC, and what it puts there: the cluster's security group and the control plane's network interfaces."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.moto_api._internal import mock_random

from ..answers import AwsError
from ..ec2 import groups, tags
from ..ec2.interfaces import make_managed, remove_managed
from ..ec2.rules import Rule
from .models import INVALID, Backend, Cluster

_FEWEST_ZONES = 2
_FEWEST_ADDRESSES = 6  # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
_MOST_INTERFACES = 4
_MOST_GROUPS = 5
_MOST_CIDRS = 40
# https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
_UNSUPPORTED_ZONES = {"use1-az3", "usw1-az2", "cac1-az3"}
_PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_DESCRIPTION = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads."


def subnets(backend: Backend, identifiers: list[str]) -> list[Any]:
    """Raises AwsError unless all of them exist, in one VPC."""
    found = [_subnet(backend, each) for each in identifiers]
    if len({each.vpc_id for each in found}) > 1:
        raise AwsError(INVALID, "The specified subnets do not all belong to the same VPC")
    return found


def _subnet(backend: Backend, identifier: str) -> Any:
    try:
        return backend.ec2.get_subnet(identifier)
    except InvalidSubnetIdError as cause:
        raise AwsError(INVALID, f"The subnet ID '{identifier}' does not exist") from cause


def check_cluster_subnets(found: list[Any]) -> None:
    if len({each.availability_zone for each in found}) < _FEWEST_ZONES:
        raise AwsError(INVALID, "Subnets specified must be in at least two different AZs")
    for each in found:
        if each.availability_zone_id in _UNSUPPORTED_ZONES:
            raise AwsError(
                "UnsupportedAvailabilityZoneException",
                f"Cannot create cluster because {each.availability_zone}, the targeted availability zone, does not currently have "
                "sufficient capacity to support the cluster.",
            )
        if each.available_ip_address_count < _FEWEST_ADDRESSES:
            raise AwsError(INVALID, f"The subnet {each.id} has {each.available_ip_address_count} free IP addresses; EKS needs {_FEWEST_ADDRESSES}")


def check_groups(backend: Backend, identifiers: list[str], vpc_id: str) -> None:
    if len(identifiers) > _MOST_GROUPS:
        raise AwsError(INVALID, f"No more than {_MOST_GROUPS} security groups can be specified")
    for each in identifiers:
        group = backend.ec2.get_security_group_from_id(each)
        if group is None:
            raise AwsError(INVALID, f"The security group ID '{each}' does not exist")
        if group.vpc_id != vpc_id:
            raise AwsError(INVALID, f"Security group(s) [{each}] are not in the same VPC as the subnets. Please specify valid security groups.")


def check_endpoint(public: bool, private: bool, cidrs: list[str]) -> None:
    if not public and not private:
        raise AwsError(INVALID, "Private and public endpoint access cannot be both disabled")
    if len(cidrs) > _MOST_CIDRS:
        raise AwsError(INVALID, f"No more than {_MOST_CIDRS} CIDR blocks can be specified in publicAccessCidrs")
    for cidr in cidrs:
        try:
            block = IPv4Network(cidr)
        except ValueError as cause:
            raise AwsError(INVALID, f"The following CIDRs are invalid in publicAccessCidrs: [{cidr}]") from cause
        if any(block.subnet_of(private_block) for private_block in _PRIVATE):
            raise AwsError(INVALID, f"The following CIDRs are not allowed in publicAccessCidrs: [{cidr}]")


def check_service_cidr(backend: Backend, cidr: str, vpc_id: str) -> None:
    """A private block of /24 to /12, outside the VPC: CreateCluster, kubernetesNetworkConfig."""
    try:
        block = IPv4Network(cidr)
    except ValueError as cause:
        raise AwsError(INVALID, f"The serviceIpv4Cidr {cidr} is not a valid CIDR block") from cause
    if not 12 <= block.prefixlen <= 24 or not any(block.subnet_of(each) for each in _PRIVATE):
        raise AwsError(
            INVALID,
            f"Invalid serviceIpv4Cidr {cidr}: it must be within one of the private IP address blocks 10.0.0.0/8, 172.16.0.0/12, or "
            "192.168.0.0/16, and between /24 and /12",
        )
    for entry in backend.ec2.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=False):
        if block.overlaps(IPv4Network(entry["cidr_block"])):
            raise AwsError(INVALID, f"The serviceIpv4Cidr {cidr} overlaps with the CIDR block {entry['cidr_block']} of the VPC {vpc_id}")


def make_group(backend: Backend, cluster_name: str, vpc_id: str) -> str:
    """The group that lets everything in from itself and everything out."""
    name = f"eks-cluster-sg-{cluster_name}-{mock_random.randint(10**8, 10**10)}"
    group = backend.ec2.create_security_group(name, _DESCRIPTION, vpc_id)
    _complete_group(backend, group, cluster_name)
    return str(group.id)


def _complete_group(backend: Backend, group: Any, cluster_name: str) -> None:
    """The rule and the tags without which EKS does not leave the group."""
    own = Rule(group.id, False, "-1", None, None, referenced_group=group.id)
    if own.key not in {rule.key for rule in group.ingress_rules}:
        group.ingress_rules.append(own)
    group.add_tags({"Name": group.name, f"kubernetes.io/cluster/{cluster_name}": "owned", "aws:eks:cluster-name": cluster_name})


def attach(backend: Backend, cluster: Cluster) -> None:
    """Put the control plane's interfaces into the cluster's subnets; those that there were go, as they do at an update.

    Raises AwsError where a subnet is full.
    """
    detach(backend, cluster)
    members = [cluster.security_group, *cluster.vpc_config["securityGroupIds"]]
    for subnet in cluster.vpc_config["subnetIds"][:_MOST_INTERFACES]:
        interface = make_managed(backend.ec2, subnet, "interface", f"Amazon EKS {cluster.name}", members)
        cluster.interfaces.append(interface.id)
    complete(backend, cluster)


def complete(backend: Backend, cluster: Cluster) -> None:
    """EKS gives the cluster's group back what was taken from it, whenever the cluster is updated; its open egress it does not."""
    group = backend.ec2.get_security_group_from_id(cluster.security_group)
    if group is not None:
        _complete_group(backend, group, cluster.name)


def detach(backend: Backend, cluster: Cluster) -> None:
    for interface in cluster.interfaces:
        remove_managed(backend.ec2, interface)
    cluster.interfaces.clear()


def remove_group(backend: Backend, cluster: Cluster) -> None:
    """Of a deleted cluster; it stays behind where interfaces or the rules of other groups still use it."""
    asked = {"GroupId": cluster.security_group}
    try:
        groups.check_delete(backend.ec2, asked)
    except AwsError:
        return
    backend.ec2.delete_security_group(group_id=cluster.security_group)
    tags.forget(backend.ec2, "DeleteSecurityGroup", asked)
