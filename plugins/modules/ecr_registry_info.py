#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_registry_info
short_description: Read the live container registry
version_added: 0.1.0
description:
  - Reads back everything that M(fintech.platform.ecr_registry) owns, with one bulk read for each kind and three calls for each repository.
  - Changes nothing.
extends_documentation_fragment:
  - fintech.platform.topology.hub
  - fintech.platform.stack.scope
  - fintech.platform.stack.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: fintech.platform.ecr_registry
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Read what is live
  fintech.platform.ecr_registry_info:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
  register: live

- name: Show the repositories
  ansible.builtin.debug:
    var: live.ecr_registry.repository
"""

RETURN = r"""
ecr_registry:
  description: The live objects of the registry by kind and name, each with its C(id) and the fields that the platform manages.
  returned: success
  type: dict
  sample:
    repository:
      payments: {id: acme/payments, state: null, mutable_tags: [], scan_on_push: true, kms_key: null}
    scanning_configuration:
      registry: {id: registry, state: null, scan_type: BASIC, rules: ["SCAN_ON_PUSH of *"]}
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: success
  type: dict
  sample: {read: 12}
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_info
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry import ECR_REGISTRY


def main() -> None:
    run_info([ECR_REGISTRY])


if __name__ == "__main__":
    main()
