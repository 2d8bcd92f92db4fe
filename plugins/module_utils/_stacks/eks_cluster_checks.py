# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a cluster's description before any call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .._planning.addresses import EnvironmentPlan
from .._planning.capacity import CapacityReport, Demand, check_capacity
from .._planning.ranges import parse_range
from .eks_cluster_spec import NEWEST

NAME = r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}"  # of a node group: EKS API reference, CreateNodegroup
RESERVED_LABELS = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
SMALLEST_DISK = 20  # GiB, what EKS gives nodes where nothing is said
SURGE = 2  # in a zone, while EKS replaces nodes: EKS user guide, "Understand each phase of node updates"


def problems(parameters: Mapping[str, Any], zones: list[str]) -> list[str]:
    """All that is wrong, so that a user mends it in one go."""
    return [
        *_version_problems(parameters),
        *_endpoint_problems(parameters["endpoint"]),
        *_twice("eks_cluster_node_groups", parameters["node_groups"]),
        *_twice("eks_cluster_addons", parameters["addons"]),
        *_twice("eks_cluster_pod_identities", parameters["pod_identities"]),
        *(problem for group in parameters["node_groups"] for problem in _group_problems(group, zones)),
        *_addon_problems(parameters),
        *(problem for identity in parameters["pod_identities"] for problem in _identity_problems(identity)),
    ]


def capacity_of(parameters: Mapping[str, Any], plan: EnvironmentPlan, zones: list[str]) -> CapacityReport:
    """Whether the subnets hold all node groups at their most, each while its nodes are replaced. Raises ``CapacityError``."""
    groups = parameters["node_groups"]
    nodes = 0
    for group in groups:
        spread = len(group["zones"] or zones)
        nodes += -(-group["max_size"] // spread) + max(SURGE, -(-group["max_unavailable"] // spread))
    demand = Demand(
        nodes_per_zone=nodes,
        pods_per_node=max((group["max_pods"] for group in groups), default=0),
        pod_addressing=parameters["pod_addressing"],
        **parameters["capacity"],
    )
    return check_capacity(plan, demand)


def _version_problems(parameters: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"1\.[0-9]{2}", parameters["version"]):
        yield f"eks_cluster_version: '{parameters['version']}' is not a minor version of Kubernetes in quotes, such as '1.35'."


def _endpoint_problems(endpoint: Mapping[str, Any]) -> Iterator[str]:
    if endpoint["public"] and not endpoint["public_cidrs"]:
        yield "eks_cluster_endpoint: public needs public_cidrs, or the whole internet could reach the Kubernetes API. Name who may."
    if endpoint["public_cidrs"] and not endpoint["public"]:
        yield "eks_cluster_endpoint: public_cidrs have no meaning while public is false. Set it, or take them out."
    for cidr in endpoint["public_cidrs"]:
        try:
            parse_range(cidr)
        except ValueError:
            yield f"eks_cluster_endpoint: '{cidr}' in public_cidrs is no IPv4 range without host bits."


def _twice(variable: str, entries: list[Mapping[str, Any]]) -> Iterator[str]:
    counted = Counter(each["name"] for each in entries)
    yield from (f"{variable}: {name} is there {count} times. Give each its own name." for name, count in counted.items() if count > 1)


def _group_problems(group: Mapping[str, Any], zones: list[str]) -> Iterator[str]:
    where, least, most = f"eks_cluster_node_groups, {group['name']}", group["min_size"], group["max_size"]
    wanted = least if group["desired_size"] is None else group["desired_size"]
    if not re.fullmatch(NAME, group["name"]):
        yield f"{where}: a node group's name has up to 63 letters, digits, hyphens and underscores."
    if not 0 <= least <= wanted <= most or most < 1:
        yield f"{where}: sizes have to rise from min_size ({least}) over desired_size ({wanted}) to max_size ({most}), which is 1 at least."
    if not group["instance_types"]:
        yield f"{where}: instance_types is empty. Name one, such as m7i.large."
    if group["disk_gib"] < SMALLEST_DISK:
        yield f"{where}: disk_gib is {group['disk_gib']}, too little for images and logs. Take {SMALLEST_DISK} at least."
    if group["max_unavailable"] < 1 or group["max_pods"] < 1:
        yield f"{where}: max_unavailable and max_pods are 1 at least."
    for zone in group["zones"]:
        if zone not in zones:
            yield f"{where}: '{zone}' is none of platform_zones: {', '.join(zones)}."
    for label in group["labels"]:
        if any(f"{label.rpartition('/')[0]}.".endswith((f".{each}.", f"{each}.")) for each in RESERVED_LABELS if "/" in label):
            yield f"{where}: the label {label} has a prefix that Kubernetes and EKS keep for themselves."


def _addon_problems(parameters: Mapping[str, Any]) -> Iterator[str]:
    names = {each["name"] for each in parameters["addons"]}
    missing = [name for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent") if name not in names]
    if parameters["node_groups"] and missing:
        yield f"eks_cluster_addons lacks {', '.join(missing)}, without which no node becomes ready. Add it."
    for each in parameters["addons"]:
        if each["version"] != NEWEST and not re.fullmatch(r"v[0-9]+(\.[0-9]+)*-eksbuild\.[0-9]+", each["version"]):
            yield f"eks_cluster_addons, {each['name']}: version '{each['version']}' is neither {NEWEST} nor one of EKS's, such as v1.22.4-eksbuild.3."


def _identity_problems(identity: Mapping[str, Any]) -> Iterator[str]:
    statements = identity["policy"].get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        for action in actions if isinstance(actions, list) else [actions]:
            if "*" in action or "NotAction" in statement:
                yield f"eks_cluster_pod_identities, {identity['name']}: the action {action} is a wildcard. Name the actions that its pods need."
