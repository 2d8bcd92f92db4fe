#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_info
short_description: Read the live cluster of an environment
version_added: 0.1.0
description:
  - Reads back everything that M(fintech.platform.eks_cluster) owns in an environment.
  - Changes nothing. EKS, IAM and KMS have no bulk reads of details, so that it makes a call for each object and aspect, concurrently.
extends_documentation_fragment:
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fintech.platform.eks_cluster
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Read what is live
  fintech.platform.eks_cluster_info:
    platform: acme
    environment: dev
    account_id: "123456789012"
    region: eu-central-1
  register: live

- name: Show the node groups
  ansible.builtin.debug:
    var: live.eks_cluster.node_group
"""

RETURN = r"""
eks_cluster:
  description: The live objects of the cluster by kind and name, each with its C(id), C(state) and the fields that the platform manages.
  returned: success
  type: dict
  sample:
    cluster:
      main: {id: acme-dev, state: active, version: "1.35", private: true, public: false, authentication_mode: API}
    node_group:
      general: {id: general, state: active, ami_type: AL2023_x86_64_STANDARD, sizes: [2, 6], desired: 2}
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: success
  type: dict
  sample: {read: 50}
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_info
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster import EKS_CLUSTER


def main() -> None:
    run_info([EKS_CLUSTER])


if __name__ == "__main__":
    main()
