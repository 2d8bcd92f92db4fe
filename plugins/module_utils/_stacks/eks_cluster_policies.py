# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM and key policies of the cluster stack: each action is named, and bound to the cluster where AWS lets it be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws.logs.cluster_log_group import ClusterLogGroup, cluster_name
from .._engine.resource import Scope
from .network_policies import VERSION

CSI_TAG = "ebs.csi.aws.com/cluster"  # the driver's, on the volumes and snapshots that it makes
Policy = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ClusterPlace:
    """Where the cluster is."""

    scope: Scope
    region: str
    account_id: str

    @property
    def cluster_arn(self) -> str:
        return f"arn:aws:eks:{self.region}:{self.account_id}:cluster/{cluster_name(self.scope)}"

    def ec2(self, kind: str) -> str:
        return f"arn:aws:ec2:{self.region}:*:{kind}/*"


def document(*statements: Mapping[str, Any]) -> Policy:
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", **statement} for statement in statements]}


def key_policy(place: ClusterPlace) -> Policy:
    """The account's IAM policies decide, as by default; CloudWatch Logs may use it for the one log group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    actions = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey")
    group = f"arn:aws:logs:{place.region}:{place.account_id}:log-group:{ClusterLogGroup.folder(place.scope)}cluster"
    return document(
        {"Sid": "Account", "Principal": {"AWS": f"arn:aws:iam::{place.account_id}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Sid": "Logs", "Principal": {"Service": f"logs.{place.region}.amazonaws.com"}, "Action": [f"kms:{each}" for each in actions],
            "Resource": "*", "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
        },
    )  # fmt: skip


def service_trust(service: str, condition: Mapping[str, Any] | None = None, *more: str) -> Policy:
    bound = {"Condition": condition} if condition else {}
    return document({"Principal": {"Service": f"{service}.amazonaws.com"}, "Action": ["sts:AssumeRole", *more], **bound})


def cluster_trust(place: ClusterPlace) -> Policy:
    """EKS for this cluster only: EKS user guide, "Cross-service confused deputy prevention"."""
    return service_trust("eks", {"StringEquals": {"aws:SourceAccount": place.account_id}, "ArnLike": {"aws:SourceArn": place.cluster_arn}})


def cluster_policy() -> Policy:
    """The least that EKS names, without what only the legacy cloud provider's load balancers need.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html
    """
    looks = (
        "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs", "ec2:DescribeDhcpOptions", "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstanceTopology", "kms:DescribeKey",
    )  # fmt: skip
    condition = {"ForAnyValue:StringLike": {"aws:TagKeys": "kubernetes.io/cluster/*"}}
    return document(
        {"Action": ["ec2:CreateTags"], "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": condition},
        {"Action": list(looks), "Resource": "*"},
    )


def node_policy(place: ClusterPlace) -> Policy:
    """Join the cluster, hand pods their identities, pull images. What pods may do is theirs."""
    pulls = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer"]
    return document(
        {"Action": ["eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"], "Resource": place.cluster_arn},
        {"Action": ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ecr:GetAuthorizationToken"], "Resource": "*"},
        {"Action": pulls, "Resource": f"arn:aws:ecr:{place.region}:*:repository/*"},
    )


def pod_trust(place: ClusterPlace, namespace: str, service_account: str) -> Policy:
    """Only for the pods of one service account in this cluster: EKS user guide, "Grant Pods access to AWS resources based on tags"."""
    tags = {"eks-cluster-arn": place.cluster_arn, "kubernetes-namespace": namespace, "kubernetes-service-account": service_account}
    return service_trust("pods.eks", {"StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()}}, "sts:TagSession")


def vpc_cni_policy(place: ClusterPlace) -> Policy:
    """https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md, IPv4. Subnet discovery looks at security groups too."""
    changes = (
        "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
        "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
    )  # fmt: skip
    looks = ("Instances", "InstanceTypes", "NetworkInterfaces", "SecurityGroups", "Subnets", "Tags")
    places = [place.ec2(kind) for kind in ("network-interface", "subnet", "security-group", "instance")]
    return document(
        {"Action": [f"ec2:Describe{each}" for each in looks], "Resource": "*"},
        {"Action": list(changes), "Resource": places},
        {"Action": ["ec2:CreateTags"], "Resource": place.ec2("network-interface")},
    )


def ebs_csi_policy(place: ClusterPlace) -> Policy:
    """https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/example-iam-policy.json, without in-tree leftovers."""
    looks = ("AvailabilityZones", "Instances", "Snapshots", "Tags", "Volumes", "VolumesModifications", "VolumeStatus")
    volume, snapshot, instance = (place.ec2(kind) for kind in ("volume", "snapshot", "instance"))
    asked, owned = ({"StringLike": {f"{where}/{CSI_TAG}": "true"}} for where in ("aws:RequestTag", "ec2:ResourceTag"))
    making = {"StringEquals": {"ec2:CreateAction": ["CreateVolume", "CreateSnapshot"]}}
    return document(
        {"Action": [f"ec2:Describe{each}" for each in looks], "Resource": "*"},
        {"Action": ["ec2:CreateVolume"], "Resource": volume, "Condition": asked},
        {"Action": ["ec2:CreateVolume"], "Resource": snapshot},
        {"Action": ["ec2:CreateSnapshot"], "Resource": volume},
        {"Action": ["ec2:CreateSnapshot"], "Resource": snapshot, "Condition": asked},
        {"Action": ["ec2:CreateTags"], "Resource": [volume, snapshot], "Condition": making},
        {"Action": ["ec2:AttachVolume", "ec2:DetachVolume"], "Resource": [volume, instance]},
        {"Action": ["ec2:DeleteVolume", "ec2:ModifyVolume"], "Resource": volume, "Condition": owned},
        {"Action": ["ec2:DeleteSnapshot"], "Resource": snapshot, "Condition": owned},
    )
