# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module ``eks_cluster`` that are its own; documented there."""

from __future__ import annotations

from typing import Any

from .network_spec import RETENTION_DAYS

NEWEST = "newest"
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
AMI_TYPES = ["AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64"]
ADDONS = [
    "vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver", "metrics-server", "kube-state-metrics",
    "prometheus-node-exporter", "eks-node-monitoring-agent",
]  # fmt: skip

EKS_CLUSTER_SPEC: dict[str, Any] = {
    "version": {"type": "str", "default": "1.35"},
    "support": {"type": "str", "choices": ["STANDARD", "EXTENDED"], "default": "STANDARD"},
    "endpoint": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "public": {"type": "bool", "default": False},
            "public_cidrs": {"type": "list", "elements": "str", "default": []},
        },
    },
    "log_types": {"type": "list", "elements": "str", "choices": LOG_TYPES, "default": LOG_TYPES},
    "log_retention_days": {"type": "int", "choices": RETENTION_DAYS, "default": 365},
    "pod_addressing": {"type": "str", "choices": ["secondary", "workload"], "default": "secondary"},
    "capacity": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "load_balancers": {"type": "int", "default": 1},
            "search_nodes": {"type": "int", "default": 3},
            "interface_endpoints": {"type": "int", "default": 14},
        },
    },
    "node_groups": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "instance_types": {"type": "list", "elements": "str", "required": True},
            "ami_type": {"type": "str", "choices": AMI_TYPES, "default": "AL2023_x86_64_STANDARD"},
            "release": {"type": "str"},
            "capacity_type": {"type": "str", "choices": ["ON_DEMAND", "SPOT"], "default": "ON_DEMAND"},
            "min_size": {"type": "int", "default": 1},
            "max_size": {"type": "int", "default": 3},
            "desired_size": {"type": "int"},
            "max_unavailable": {"type": "int", "default": 1},
            "max_pods": {"type": "int", "default": 30},
            "disk_gib": {"type": "int", "default": 50},
            "zones": {"type": "list", "elements": "str", "default": []},
            "labels": {"type": "dict", "default": {}},
            "taints": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "key": {"type": "str", "required": True, "no_log": False},
                    "value": {"type": "str", "default": ""},
                    "effect": {"type": "str", "choices": ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], "default": "NO_SCHEDULE"},
                },
            },
        },
    },
    "addons": {
        "type": "list",
        "elements": "dict",
        "default": [{"name": name} for name in ADDONS],
        "options": {
            "name": {"type": "str", "required": True},
            "version": {"type": "str", "default": NEWEST},
            "configuration": {"type": "dict", "default": {}},
        },
    },
    "pod_identities": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            "service_account": {"type": "str", "required": True},
            "policy": {"type": "dict", "required": True},
        },
    },
    "deployers": {"type": "list", "elements": "str", "default": []},
    "developer_namespaces": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "role": {"type": "str", "required": True},
            "namespaces": {"type": "list", "elements": "str", "required": True},
        },
    },
    "permissions_boundary": {"type": "str"},
}
