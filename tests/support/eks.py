# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment's cluster in this process, on a small network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster import EKS_CLUSTER
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_spec import EKS_CLUSTER_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Stack

from .cloud import ACCOUNT, Cloud
from .hub import entry
from .network import SMALL, Network

GENERAL: dict[str, Any] = {"name": "general", "instance_types": ["m6i.large"], "max_size": 2}
DEVELOPERS: dict[str, Any] = {
    "name": "core", "networks": ["office.developers"], "principals": [f"arn:aws:iam::{ACCOUNT}:role/core"], "cluster_access": "edit"
}  # fmt: skip
# What the topology of both stacks has for a cluster with people in it.
PEOPLED: dict[str, Any] = {
    "interface_endpoints": ["sts", "eks"],
    "developer_roles": [DEVELOPERS],
    "access": [entry("core", "dev.cluster_api", 443), entry("core", "dev.endpoints", 443)],
    "rules": [],
}
TOPOLOGY = {key: value for key, value in {**SMALL, **PEOPLED}.items() if key in TOPOLOGY_SPEC}


@dataclass
class Eks(Network):
    stack: ClassVar[Stack] = EKS_CLUSTER
    spec: ClassVar[dict[str, Any]] = {**TOPOLOGY_SPEC, **EKS_CLUSTER_SPEC, **STACK_SPEC}
    usual: ClassVar[dict[str, Any]] = {**TOPOLOGY, "environment": "dev", "account_id": ACCOUNT, "node_groups": [GENERAL]}


def with_network(cloud: Cloud, **options: Any) -> Eks:
    """The cluster, to be built in a network that is there."""
    Network(cloud, PEOPLED).run()
    return Eks(cloud, options)
