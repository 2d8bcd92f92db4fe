#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster
short_description: Build and keep the EKS cluster of an environment
version_added: 0.1.0
description:
  - Converges an environment's cluster, from the topology and a few options, in one process with bulk reads and concurrent changes.
  - The cluster stands in the network that M(fintech.platform.network) has built, which is found by its ownership tags. Its API answers inside the VPC,
    its secrets and logs are encrypted with a key of its own, IAM principals are let in by access entries only, and pods get their IAM roles by pod identity.
  - Nodes are managed node groups on launch templates that name the network's node group only. EKS's own security group is shut outwards.
  - Whoever the access matrix lets reach the environment's C(cluster_api) as a developer role has an access entry.
extends_documentation_fragment:
  - fintech.platform.topology
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  version:
    description:
      - Minor version of Kubernetes, of the control plane and of the nodes. The control plane is updated first.
      - It rises by one at a time. Versions that EKS does not offer are refused.
    type: str
    default: '1.35'
  support:
    description: Whether the cluster may stay at a version in extended support, which AWS charges for by the hour.
    type: str
    choices: [STANDARD, EXTENDED]
    default: STANDARD
  endpoint:
    description: Who reaches the Kubernetes API besides the VPC and what O(access) admits to C(cluster_api).
    type: dict
    suboptions:
      public:
        description: Open it to the internet, for O(endpoint.public_cidrs) alone.
        type: bool
        default: false
      public_cidrs:
        description: Public ranges that reach it.
        type: list
        elements: str
        default: []
  log_types:
    description: What of the control plane is logged.
    type: list
    elements: str
    choices: [api, audit, authenticator, controllerManager, scheduler]
    default: [api, audit, authenticator, controllerManager, scheduler]
  log_retention_days:
    description: Days that CloudWatch keeps these logs.
    type: int
    choices: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
    default: 365
  pod_addressing:
    description:
      - Where pods take their addresses, as the network was told.
      - With V(secondary) the VPC CNI takes the subnets of pods and leaves those of nodes alone, which its versions from 1.22.3 on do.
    type: str
    choices: [secondary, workload]
    default: secondary
  capacity:
    description: What else stands in the subnets of the nodes. Node groups that do not fit beside it are refused, with the arithmetic.
    type: dict
    suboptions:
      load_balancers:
        description: Internal load balancers.
        type: int
        default: 1
      search_nodes:
        description: Nodes of the search domain, over all zones.
        type: int
        default: 3
      interface_endpoints:
        description: Interface endpoints of the network.
        type: int
        default: 14
  node_groups:
    description:
      - Managed node groups.
      - What EKS keeps for the life of one (instance types, image, capacity type, zones) is refused to change. Declare another one beside it.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the node group.
        type: str
        required: true
      instance_types:
        description: Types of its instances, of one architecture. The first is preferred.
        type: list
        elements: str
        required: true
      ami_type:
        description: Image of its nodes.
        type: str
        choices: [AL2023_x86_64_STANDARD, AL2023_ARM_64_STANDARD, BOTTLEROCKET_x86_64, BOTTLEROCKET_ARM_64]
        default: AL2023_x86_64_STANDARD
      release:
        description: Release of the image. Without it EKS takes the newest when nodes are made, and it is left alone after that.
        type: str
      capacity_type:
        description: How its instances are paid.
        type: str
        choices: [ON_DEMAND, SPOT]
        default: ON_DEMAND
      min_size:
        description: The least nodes.
        type: int
        default: 1
      max_size:
        description: The most nodes.
        type: int
        default: 3
      desired_size:
        description: Nodes that it is made with, by default O(node_groups[].min_size). Later the autoscaler decides.
        type: int
      max_unavailable:
        description: Nodes that are replaced at once.
        type: int
        default: 1
      max_pods:
        description: Pods that a node takes.
        type: int
        default: 30
      disk_gib:
        description: Size of a node's encrypted volume.
        type: int
        default: 50
      zones:
        description: Zones that it spreads over, of O(zones). By default all.
        type: list
        elements: str
        default: []
      labels:
        description: Labels of its nodes.
        type: dict
        default: {}
      taints:
        description: Taints of its nodes.
        type: list
        elements: dict
        default: []
        suboptions:
          key:
            description: Key of the taint.
            type: str
            required: true
          value:
            description: Value of the taint.
            type: str
            default: ''
          effect:
            description: What it does to pods that do not tolerate it.
            type: str
            choices: [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]
            default: NO_SCHEDULE
  addons:
    description: EKS add-ons. Without V(vpc-cni), V(kube-proxy) and V(eks-pod-identity-agent) there are no nodes.
    type: list
    elements: dict
    default:
      - {name: vpc-cni}
      - {name: kube-proxy}
      - {name: eks-pod-identity-agent}
      - {name: coredns}
      - {name: aws-ebs-csi-driver}
      - {name: metrics-server}
      - {name: kube-state-metrics}
      - {name: prometheus-node-exporter}
      - {name: eks-node-monitoring-agent}
    suboptions:
      name:
        description: Name of the add-on, as EKS has it.
        type: str
        required: true
      version:
        description: Its version. V(newest) is the newest that goes with O(version), looked up anew by every run.
        type: str
        default: newest
      configuration:
        description: Its configuration values. Those of V(vpc-cni) are added to the platform's own.
        type: dict
        default: {}
  pod_identities:
    description: IAM roles for the pods of service accounts, beside those of the add-ons.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      namespace:
        description: Namespace of the pods.
        type: str
        required: true
      service_account:
        description: Service account of the pods.
        type: str
        required: true
      policy:
        description: Policy document of the role. Its actions are named, without wildcards.
        type: dict
        required: true
  deployers:
    description: ARNs of the IAM roles and users that administer the cluster. By default whoever runs the module.
    type: list
    elements: str
    default: []
  developer_namespaces:
    description: Namespaces that the access of a developer role is confined to. Without an entry it holds for the whole cluster.
    type: list
    elements: dict
    default: []
    suboptions:
      role:
        description: A role of O(developer_roles) that O(access) lets reach the cluster.
        type: str
        required: true
      namespaces:
        description: Its namespaces.
        type: list
        elements: str
        required: true
  permissions_boundary:
    description:
      - ARN of the policy that bounds what the IAM roles that the module makes can ever be allowed.
      - Without it roles are made without one, and a boundary that somebody else has set is left alone.
    type: str
seealso:
  - module: fintech.platform.eks_cluster_info
  - module: fintech.platform.network
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Build the cluster of dev
  fintech.platform.eks_cluster:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
    supernets:
      - {cidr: 10.64.0.0/21, first_slot: 0}
    environments:
      - {name: dev, slot: 0}
    zones:
      - {name: a, slot: 0, az_id: euc1-az1}
      - {name: b, slot: 1, az_id: euc1-az2}
    pod_supernet: 100.64.0.0/10
    version: "1.35"
    node_groups:
      - name: general
        instance_types: [m7i.large]
        min_size: 2
        max_size: 6
    deployers:
      - arn:aws:iam::123456789012:role/deployer
  register: built

- name: Show where the API answers
  ansible.builtin.debug:
    var: built.cluster.endpoint
"""

RETURN = r"""
cluster:
  description: The cluster. What is only planned is null.
  returned: success
  type: dict
  sample:
    name: acme-dev
    arn: arn:aws:eks:eu-central-1:123456789012:cluster/acme-dev
    version: "1.35"
    endpoint: https://0A1B2C3D4E5F60718.gr7.eu-central-1.eks.amazonaws.com
    certificate_authority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
    issuer: https://oidc.eks.eu-central-1.amazonaws.com/id/0A1B2C3D4E5F60718
    security_group: sg-0a1b2c3d4e5f60718
    key_arn: arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000
    node_groups: {general: general}
capacity:
  description: What every subnet has left when all node groups are at their largest, and how that was computed.
  returned: success
  type: dict
survivors:
  description: What AWS keeps after O(state=absent), and until when. The same cluster, made again before, takes it back.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: key
      name: main
      id: arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000
      until: "2026-12-24"
changes:
  description: What was changed, or would be in check mode, in an order that could be applied one by one.
  returned: always
  type: list
  elements: dict
  sample: [{action: create, kind: node_group, name: general, id: null, fields: {}, reason: ""}]
counts:
  description: How many resources are created, updated, replaced, deleted and unchanged.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, replaced: 0, deleted: 0, unchanged: 23}
orphans:
  description: Objects of the stack that are no longer declared. O(purge=true) removes them.
  returned: always
  type: list
  elements: dict
  sample: [{kind: node_group, name: old, id: old}]
foreign:
  description: Objects that stand in the stack's containers and are not the platform's. They are never touched.
  returned: always
  type: list
  elements: dict
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: always
  type: dict
  sample: {read: 55}
done:
  description: The changes that were made before the failure, as in RV(changes).
  returned: when changes failed
  type: list
  elements: dict
failed:
  description: The changes that failed, as in RV(changes), with C(error).
  returned: when changes failed
  type: list
  elements: dict
not_started:
  description: The changes that were not begun, as in RV(changes).
  returned: when changes failed
  type: list
  elements: dict
problems:
  description: Everything that the plan was refused for; RV(ignore:msg) holds the same as one text.
  returned: when the plan was refused
  type: list
  elements: str
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_stack
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster import EKS_CLUSTER
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_spec import EKS_CLUSTER_SPEC


def main() -> None:
    run_stack(EKS_CLUSTER, {**TOPOLOGY_SPEC, **EKS_CLUSTER_SPEC})


if __name__ == "__main__":
    main()
