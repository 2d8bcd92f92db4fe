# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: eks_token
short_description: Bearer token for the API of an EKS cluster
version_added: 0.1.0
description:
  - Signs a token for each cluster on the controller, with the AWS credentials, and calls nothing. No kubeconfig and no AWS CLI are needed.
  - EKS takes a token for 15 minutes after it was signed, so it is best looked up where it is used, not set as a fact.
  - The IAM principal of the credentials needs an access entry in the cluster.
options:
  _terms:
    description: Names of the clusters.
    required: true
extends_documentation_fragment:
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
seealso:
  - module: fintech.platform.manifest_set
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Use another collection's module with an EKS cluster
  kubernetes.core.k8s_info:
    host: https://0123456789abcdef0123456789abcdef.gr7.eu-central-1.eks.amazonaws.com
    ca_cert: /etc/acme/dev-ca.pem
    api_key: "{{ lookup('fintech.platform.eks_token', 'acme-dev', region='eu-central-1') }}"
    kind: Node
"""

RETURN = r"""
_raw:
  description: The tokens, in the order of the names.
  type: list
  elements: str
"""

from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible_collections.amazon.aws.plugins.plugin_utils.lookup import AWSLookupBase

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.token import eks_token


class LookupModule(AWSLookupBase):
    def run(self, terms: Sequence[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        super().run(terms, variables, **kwargs)
        if not self.region:
            raise AnsibleLookupError("No region was given. Set the lookup's region, or AWS_REGION.")
        try:
            return [eks_token(self.client, cluster) for cluster in terms]
        except PlanError as error:
            raise AnsibleLookupError(str(error)) from error
