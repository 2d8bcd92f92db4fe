# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS refuses of a node group. Launch templates: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html"""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from ..answers import AwsError
from ..overlay import Asked
from . import images, network
from .instance_types import check_architecture, facts
from .models import INVALID, Backend, Cluster
from .versions import VERSIONS, minor

_SKEW = 3
_RESERVED_LABELS = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")
_MOST_TAINTS = 50
_DEFAULT_TYPE = "AL2023_x86_64_STANDARD"
_DEFAULT_INSTANCES = ["t3.medium"]
_LAST_WITH_AMAZON_LINUX_2 = 32
_PROHIBITED = {
    "IamInstanceProfile": "IAM instance profile", "InstanceInitiatedShutdownBehavior": "shutdown behavior",
    "HibernationOptions": "hibernation", "InstanceMarketOptions": "request for Spot Instances",
}  # fmt: skip


def check_name(name: str) -> None:
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}", name):
        raise AwsError(INVALID, f"The nodegroup name {name!r} is not valid: it has up to 63 letters, digits, hyphens and underscores")


def subnets(backend: Backend, cluster: Cluster, identifiers: list[str]) -> list[str]:
    found = network.subnets(backend, identifiers)
    if not found:
        raise AwsError(INVALID, "At least one subnet must be specified")
    foreign = [each.id for each in found if each.vpc_id != cluster.vpc_config["vpcId"]]
    if foreign:
        raise AwsError(INVALID, f"Subnets [{', '.join(foreign)}] are not in the VPC {cluster.vpc_config['vpcId']} of the cluster")
    return [each.id for each in found]


def launch_template(backend: Backend, asked: dict[str, str] | None) -> tuple[dict[str, str], dict[str, Any]]:
    """The template as a node group tells it, and the data of its version; both are empty without one."""
    if not asked:
        return {}, {}
    if ("id" in asked) == ("name" in asked):
        raise AwsError(INVALID, "Either the name or the id of the launch template must be specified, and not both")
    try:
        ec2 = backend.ec2
        template = ec2.get_launch_template(asked["id"]) if "id" in asked else ec2.get_launch_template_by_name(asked["name"])
        version = template.get_version(asked.get("version", "$Default"))
    except (AwsError, EC2ClientError, ValueError) as cause:
        raise AwsError(INVALID, f"Launch template {asked.get('id') or asked.get('name')} version {asked.get('version')} does not exist") from cause
    return {"id": template.id, "name": template.name, "version": str(version.number)}, dict(version.data)


def check_template(data: dict[str, Any], asked: Asked) -> None:
    """Refuse what a launch template must not say, or says as well as the request."""
    if not asked.get("launchTemplate"):
        return
    for name, text in _PROHIBITED.items():
        if data.get(name):
            raise AwsError(INVALID, f"Launch template should not specify {text}")
    if any(each.get("SubnetId") for each in data.get("NetworkInterfaces", [])):
        raise AwsError(INVALID, "Launch template should not specify a subnet in its network interfaces")
    if asked.get("diskSize"):
        raise AwsError(INVALID, "Disk size must be specified within the launch template.")
    if asked.get("remoteAccess"):
        raise AwsError(INVALID, "Remote access configuration cannot be specified with a launch template.")
    if data.get("InstanceType") and asked.get("instanceTypes"):
        raise AwsError(INVALID, "You cannot specify instance types both in the launch template and in the request")
    if data.get("ImageId") and (asked.get("version") or asked.get("releaseVersion")):
        raise AwsError(INVALID, "You cannot specify a version or a release version with a launch template that specifies an AMI")


def ami_type(data: dict[str, Any], asked: str | None) -> str:
    if data.get("ImageId"):
        if asked not in (None, "CUSTOM"):
            raise AwsError(INVALID, "You cannot specify an AMI type other than CUSTOM, when specifying an image id in your launch template.")
        return "CUSTOM"
    if asked == "CUSTOM":
        raise AwsError(INVALID, "The AMI type CUSTOM needs a launch template that specifies an AMI")
    return asked or _DEFAULT_TYPE


def version(cluster: Cluster, data: dict[str, Any], asked: str | None) -> str:
    """That of the cluster by default; nodes may be up to three minor versions behind it."""
    wanted = asked or cluster.version
    if wanted not in VERSIONS or not minor(cluster.version) - _SKEW <= minor(wanted) <= minor(cluster.version):
        raise AwsError(
            INVALID,
            f"Nodegroup Kubernetes version {wanted} should be equal to or up to {_SKEW} minor versions lower than cluster kubernetes "
            f"version {cluster.version}",
        )
    return wanted


def release(data: dict[str, Any], kind: str, kubernetes: str, asked: str | None) -> str:
    """The newest by default; of an own AMI, its id."""
    if kind == "CUSTOM":
        return str(data["ImageId"])
    if kind.startswith("AL2_") and minor(kubernetes) > _LAST_WITH_AMAZON_LINUX_2:
        raise AwsError(INVALID, f"AMI Type {kind} is only supported for kubernetes versions 1.{_LAST_WITH_AMAZON_LINUX_2} or earlier")
    known = images.releases(kind, kubernetes)
    if not known:
        raise NotImplementedError(f"the AMI type {kind}")
    if asked is not None and asked not in known:
        raise AwsError(INVALID, f"Requested release version {asked} is not valid for kubernetes version {kubernetes}.")
    return asked or known[0]


def instance_types(data: dict[str, Any], asked: list[str] | None, kind: str) -> list[str]:
    """Those that the node group tells: none where the launch template has the type."""
    types = [data["InstanceType"]] if data.get("InstanceType") else asked or _DEFAULT_INSTANCES
    for each in types:
        facts(each)
    if kind in images.AMI_TYPES:
        check_architecture(types, kind, images.AMI_TYPES[kind].architecture)
    return [] if data.get("InstanceType") else types


def sizes(asked: dict[str, int]) -> dict[str, int]:
    least, most, wanted = asked["minSize"], asked["maxSize"], asked["desiredSize"]
    if least > wanted:
        raise AwsError(INVALID, f"Minimum capacity {least} can't be greater than desired size {wanted}")
    if wanted > most:
        raise AwsError(INVALID, f"desired capacity {wanted} can't be greater than max size {most}")
    return {"minSize": least, "maxSize": most, "desiredSize": wanted}


def labels(asked: dict[str, str]) -> dict[str, str]:
    if any(reserved in f"{key.rpartition('/')[0]}/" for key in asked for reserved in _RESERVED_LABELS):
        raise AwsError(INVALID, f"Label cannot contain reserved prefixes [{', '.join(_RESERVED_LABELS)}]")
    return dict(asked)


def taints(asked: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(asked) > _MOST_TAINTS:
        raise AwsError(INVALID, f"A node group can have no more than {_MOST_TAINTS} taints")
    keys = [(each["key"], each["effect"]) for each in asked]
    if len(keys) != len(set(keys)):
        raise AwsError(INVALID, "Taints of a node group must differ in key or effect")
    return [dict(each) for each in asked]


def update_config(asked: dict[str, Any]) -> dict[str, Any]:
    if ("maxUnavailable" in asked) == ("maxUnavailablePercentage" in asked):
        raise AwsError(INVALID, "Exactly one of maxUnavailable and maxUnavailablePercentage must be specified")
    return dict(asked)
