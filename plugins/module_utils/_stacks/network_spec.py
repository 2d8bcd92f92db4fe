# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module ``network`` that are its own; documented there."""

from __future__ import annotations

from typing import Any

from .._planning.access import TIERS

INTERFACE_ENDPOINTS = [
    "ec2", "ecr.api", "ecr.dkr", "sts", "logs", "eks", "eks-auth", "elasticloadbalancing", "autoscaling", "ssm", "ssmmessages",
    "secretsmanager", "kms", "monitoring",
]  # fmt: skip

# What CloudWatch Logs takes: API reference, PutRetentionPolicy.
RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

NETWORK_SPEC: dict[str, Any] = {
    "internet_egress": {"type": "str", "choices": ["none", "zonal", "regional"], "default": "none"},
    "internet_ingress": {"type": "bool", "default": False},
    "pod_addressing": {"type": "str", "choices": ["secondary", "workload"], "default": "secondary"},
    "capacity": {
        "type": "dict",
        "apply_defaults": True,
        "options": {
            "nodes_per_zone": {"type": "int", "default": 20},
            "pods_per_node": {"type": "int", "default": 30},
            "load_balancers": {"type": "int", "default": 1},
            "public_load_balancers": {"type": "int", "default": 0},
            "search_nodes": {"type": "int", "default": 3},
        },
    },
    "gateway_endpoints": {"type": "list", "elements": "str", "choices": ["s3", "dynamodb"], "default": ["s3", "dynamodb"]},
    "interface_endpoints": {"type": "list", "elements": "str", "default": INTERFACE_ENDPOINTS},
    "endpoint_policy": {"type": "dict"},
    "full_access_endpoints": {"type": "list", "elements": "str", "default": ["eks-auth"]},
    "flow_logs": {
        "type": "dict",
        "apply_defaults": True,
        "required_if": [("destination", "s3", ["bucket_arn"])],
        "options": {
            "destination": {"type": "str", "choices": ["cloudwatch", "s3", "none"], "default": "cloudwatch"},
            "retention_days": {"type": "int", "choices": RETENTION_DAYS, "default": 365},
            "bucket_arn": {"type": "str"},
            "kms_key_arn": {"type": "str", "no_log": False},
            "traffic": {"type": "str", "choices": ["ALL", "ACCEPT", "REJECT"], "default": "ALL"},
            "aggregation_seconds": {"type": "int", "choices": [60, 600], "default": 60},
        },
    },
    "dhcp_options": {
        "type": "dict",
        "options": {
            "domain_name": {"type": "str"},
            "domain_name_servers": {"type": "list", "elements": "str", "default": []},
            "ntp_servers": {"type": "list", "elements": "str", "default": []},
        },
    },
    "permissions_boundary": {"type": "str"},
    "resolver": {
        "type": "dict",
        "apply_defaults": True,
        "options": {"inbound": {"type": "bool", "default": False}, "outbound": {"type": "bool", "default": False}},
    },
    "rules": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "tier": {"type": "str", "choices": list(TIERS), "required": True},
            "direction": {"type": "str", "choices": ["ingress", "egress"], "required": True},
            "peer": {"type": "str", "required": True},
            "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp", "all"], "default": "tcp"},
            "ports": {"type": "str"},
            "reason": {"type": "str", "required": True},
        },
    },
}
