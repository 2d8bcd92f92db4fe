# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas of the add-ons' configuration values.

Their first level is AWS's (DescribeAddonConfiguration), as far as this platform uses it; what is below is taken as any object or list,
but for the variables of the VPC CNI, which have to be strings.
"""

from __future__ import annotations

import json
from typing import Any

import yaml
from jsonschema import Draft7Validator

from ..answers import AwsError
from .models import INVALID

Schema = dict[str, Any]

_OBJECT: Schema = {"type": "object"}
_LIST: Schema = {"type": "array"}
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_SWITCH: Schema = {"type": "boolean"}
_SWITCH_TEXT: Schema = {"type": "string", "enum": ["true", "false"]}
_NUMBER_TEXT: Schema = {"type": "string", "pattern": "^[0-9]+$"}

_PODS: dict[str, Schema] = {
    "affinity": _OBJECT, "nodeSelector": _OBJECT, "podAnnotations": _OBJECT, "podLabels": _OBJECT, "resources": _OBJECT, "tolerations": _LIST,
}  # fmt: skip
_REPLICATED: dict[str, Schema] = {
    **_PODS, "podDisruptionBudget": _OBJECT, "topologySpreadConstraints": _LIST, "priorityClassName": _TEXT,
}  # fmt: skip


def _closed(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


# https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
_CNI_SWITCHES = (
    "ADDITIONAL_ENI_TAGS_ENABLED", "AWS_VPC_CNI_NODE_PORT_SUPPORT", "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT", "DISABLE_INTROSPECTION", "DISABLE_LEAKED_ENI_CLEANUP", "DISABLE_METRICS", "DISABLE_NETWORK_RESOURCE_PROVISIONING",
    "DISABLE_POD_V6", "ENABLE_BANDWIDTH_PLUGIN", "ENABLE_IPv4", "ENABLE_IPv6", "ENABLE_MULTI_NIC", "ENABLE_POD_ENI", "ENABLE_PREFIX_DELEGATION",
    "ENABLE_SUBNET_DISCOVERY", "ENABLE_V4_EGRESS", "ENABLE_V6_EGRESS",
)  # fmt: skip
_CNI_NUMBERS = (
    "AWS_VPC_ENI_MTU",
    "MAX_ENI",
    "MINIMUM_IP_TARGET",
    "POD_MTU",
    "WARM_ENI_TARGET",
    "WARM_IP_TARGET",
    "WARM_PREFIX_TARGET",
    "IP_COOLDOWN_PERIOD",
)
_CNI_TEXTS = (
    "ADDITIONAL_ENI_TAGS", "ANNOTATE_POD_IP", "AWS_EC2_ENDPOINT", "AWS_EXTERNAL_SERVICE_CIDRS", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
    "AWS_VPC_K8S_CNI_LOG_FILE", "AWS_VPC_K8S_CNI_LOGLEVEL", "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "AWS_VPC_K8S_CNI_VETHPREFIX",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE", "AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "CLUSTER_ENDPOINT", "CLUSTER_NAME", "ENI_CONFIG_ANNOTATION_DEF",
    "ENI_CONFIG_LABEL_DEF", "INTROSPECTION_BIND_ADDRESS", "NETWORK_POLICY_ENFORCING_MODE", "POD_SECURITY_GROUP_ENFORCING_MODE", "VPC_CNI_VERSION",
    "VPC_ID",
)  # fmt: skip
_CNI_ENV = _closed({
    **dict.fromkeys(_CNI_SWITCHES, _SWITCH_TEXT), **dict.fromkeys(_CNI_NUMBERS, _NUMBER_TEXT), **dict.fromkeys(_CNI_TEXTS, _TEXT),
})  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "vpc-cni": _closed({
        **_PODS, "enableNetworkPolicy": _SWITCH_TEXT, "enableWindowsIpam": _SWITCH_TEXT, "enableWindowsPrefixDelegation": _SWITCH_TEXT,
        "env": _CNI_ENV, "eniConfig": _OBJECT, "extraVolumeMounts": _LIST, "extraVolumes": _LIST, "init": _OBJECT, "livenessProbe": _OBJECT,
        "livenessProbeTimeoutSeconds": _NUMBER, "nodeAgent": _OBJECT, "readinessProbe": _OBJECT, "readinessProbeTimeoutSeconds": _NUMBER,
    }),
    "coredns": _closed({**_REPLICATED, "autoScaling": _OBJECT, "computeType": _TEXT, "corefile": _TEXT, "replicaCount": _NUMBER}),
    "kube-proxy": _closed({**_PODS, "ipvs": _OBJECT, "mode": {"type": "string", "enum": ["iptables", "ipvs", "nftables"]}}),
    "eks-pod-identity-agent": _closed({**_PODS, "agent": _OBJECT, "env": _OBJECT, "priorityClassName": _TEXT, "updateStrategy": _OBJECT}),
    "aws-ebs-csi-driver": _closed({
        "a1CompatibilityDaemonSet": _SWITCH, "controller": _OBJECT, "defaultStorageClass": _OBJECT, "fips": _SWITCH, "legacyXFS": _SWITCH,
        "node": _OBJECT, "nodeComponentOnly": _SWITCH, "sidecars": _OBJECT, "useOldCSIDriver": _SWITCH,
    }),
    "metrics-server": _closed({**_REPLICATED, "addonResizer": _OBJECT, "replicas": _NUMBER, "updateStrategy": _OBJECT}),
    "kube-state-metrics": _closed({
        **_REPLICATED, "autosharding": _OBJECT, "collectors": _LIST, "customResourceState": _OBJECT, "metricAllowlist": _LIST,
        "metricAnnotationsAllowList": _LIST, "metricDenylist": _LIST, "metricLabelsAllowlist": _LIST, "namespaces": _TEXT, "replicas": _NUMBER,
    }),
    "prometheus-node-exporter": _closed({
        **_PODS, "extraArgs": _LIST, "hostNetwork": _SWITCH, "hostPID": _SWITCH, "priorityClassName": _TEXT, "service": _OBJECT,
        "updateStrategy": _OBJECT,
    }),
    "eks-node-monitoring-agent": _closed({"dcgmAgent": _OBJECT, "monitoringAgent": _OBJECT, "tolerations": _LIST, "updateStrategy": _OBJECT}),
}  # fmt: skip


def check_configuration(name: str, text: str | None) -> None:
    """Raises AwsError unless it is JSON or YAML that the add-on's schema allows."""
    if not text:
        return
    try:
        values = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as problem:
        raise AwsError(INVALID, f"ConfigurationValue provided in request is not valid JSON or YAML: {problem}") from problem
    found = sorted(f"$.{'.'.join(map(str, each.path))}: {each.message}" for each in Draft7Validator(SCHEMAS[name]).iter_errors(values))
    if found:
        raise AwsError(
            INVALID, f"ConfigurationValue provided in request is not supported: Json schema validation failed with error: [{', '.join(found)}]"
        )
