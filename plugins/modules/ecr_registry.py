#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_registry
short_description: Build and keep the container registry that all environments pull from
version_added: 0.1.0
description:
  - Converges the ECR registry of the hub's account, in one process with bulk reads and concurrent changes.
  - It has a repository for every image that the platform builds itself, and one for the copy of every third-party image of O(images). All are
    named C(<platform>/...). Tags are immutable, images are scanned, and what nothing uses any more expires.
  - What an account has once in a region (scanning, replication, the registry's policy) has this module for its one writer, so that it runs from
    the host C(hub) alone. What is not set is left as it is.
  - Copies are made by M(fintech.platform.image_mirror).
extends_documentation_fragment:
  - fintech.platform.stack.scope
  - fintech.platform.stack
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  platform:
    description: Name of the platform, the first part of every repository's name.
    type: str
    required: true
  images:
    description: The third-party images of the platform, each pinned once. The copy of one is in the repository C(<platform>/mirror/<name>).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What the image is called here.
        type: str
        required: true
      upstream:
        description: Registry and repository that it comes from, for example V(registry.k8s.io/pause).
        type: str
        required: true
      tag:
        description: Its tag there, and here.
        type: str
        required: true
      digest:
        description: Digest of the manifest, or of the index of an image for several architectures.
        type: str
        required: true
      source:
        description: Where the digest was read.
        type: str
        required: true
      verified:
        description: Whether the digest was read at the upstream, or in what the upstream publishes. Others are not copied.
        type: bool
        default: true
  repositories:
    description: Repositories of the platform's own images.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the repository, without the platform's. V(mirror/) is where copies are.
        type: str
        required: true
      mutable_tags:
        description:
          - Patterns of tags that may move to another image, five at most with two wildcards (V(*)) each; V(*) alone for all tags.
          - An image that loses its last tag so is deleted after O(untagged_days), whoever still runs it by its digest.
        type: list
        elements: str
        default: []
      scan_on_push:
        description: Whether an image is scanned when it is pushed, where O(scanning) has no rule for its repository.
        type: bool
        default: true
      kms_key_arn:
        description: The key that encrypts the repository, by default that of O(kms_key_arn). It cannot be changed.
        type: str
      expire:
        description: Tagged images that are deleted.
        type: list
        elements: dict
        default: []
        suboptions:
          tags:
            description: Patterns of tags. An image is meant that has a tag for each of them.
            type: list
            elements: str
            required: true
          newest:
            description: How many of them are kept.
            type: int
          days:
            description: For how many days each of them is kept.
            type: int
      pull_accounts:
        description: Accounts that may pull from it, beside those of O(pull_accounts).
        type: list
        elements: str
        default: []
      push_principals:
        description: ARNs of IAM roles and users that may push to it, beside those of O(push_principals).
        type: list
        elements: str
        default: []
  kms_key_arn:
    description: The KMS key that encrypts repositories. By default AWS encrypts with keys of its own. Existing repositories keep theirs.
    type: str
  untagged_days:
    description: After how many days images without a tag are deleted. V(0) keeps them.
    type: int
    default: 14
  pull_accounts:
    description: Ids of the other accounts that may pull from every repository. The registry's own account may, as its IAM policies say.
    type: list
    elements: str
    default: []
  push_principals:
    description: ARNs of the IAM roles and users, as of continuous integration, that may push to every one of O(repositories), and to no copy.
    type: list
    elements: str
    default: []
  scanning:
    description: How the registry's images are scanned for vulnerabilities.
    type: dict
    suboptions:
      type:
        description: V(basic) by ECR itself, V(enhanced) by Amazon Inspector, which costs by image.
        type: str
        choices: [basic, enhanced]
        default: basic
      on_push:
        description: Repositories, by name with wildcards (V(*)), whose images are scanned when they are pushed.
        type: list
        elements: str
        default: ["*"]
      continuous:
        description: Repositories, by name with wildcards (V(*)), whose images are scanned again whenever a vulnerability becomes known.
        type: list
        elements: str
        default: []
  registry_policy:
    description:
      - Policy document of the registry, by which other accounts replicate into it or have it pull through.
      - V({}) for none. Where it is not set it is left as it is.
    type: dict
  replication:
    description: Where images are copied when they are pushed. An empty list for nowhere. Where it is not set it is left as it is.
    type: list
    elements: dict
    suboptions:
      destinations:
        description: Regions and accounts. Another account has to let this one, in its registry policy.
        type: list
        elements: dict
        required: true
        suboptions:
          region:
            description: The region.
            type: str
            required: true
          account_id:
            description: The account.
            type: str
            required: true
      prefixes:
        description: What the names of the repositories begin with. By default all are copied.
        type: list
        elements: str
        default: []
      deletions:
        description: Whether what is deleted here is deleted there.
        type: bool
        default: false
  pull_through:
    description:
      - Upstream registries that ECR gets images from when they are pulled, into repositories that it creates itself.
      - These are encrypted, tagged and let others pull as all are; their tags may move. They are not removed with the rule.
      - The first pull of an image needs a way to the internet. Nodes without one take copies instead (O(images)).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The repositories are named C(<platform>.<name>/...), with 30 characters before the slash at most.
        type: str
        required: true
      upstream:
        description: Host of the upstream registry, for example V(registry.k8s.io).
        type: str
        required: true
      upstream_prefix:
        description: What the repositories' names begin with there. By default there is nothing before them.
        type: str
      credential_arn:
        description: ARN of the secret with the credentials, whose name begins with C(ecr-pullthroughcache/). Most upstreams need one.
        type: str
      role_arn:
        description: ARN of the role by which ECR reads another account's ECR.
        type: str
  templates:
    description: What other repositories are like that ECR itself creates.
    type: list
    elements: dict
    default: []
    suboptions:
      prefix:
        description: What their names begin with, without the platform's name; V(ROOT) for all that have no template.
        type: str
        required: true
      applied_for:
        description: On what occasions they are created.
        type: list
        elements: str
        choices: [replication, create_on_push]
        required: true
      mutable_tags:
        description: As in O(repositories[].mutable_tags).
        type: list
        elements: str
        default: []
      pull_accounts:
        description: Accounts that may pull from them, beside those of O(pull_accounts).
        type: list
        elements: str
        default: []
      push_principals:
        description: ARNs of IAM roles and users that may push to them, beside those of O(push_principals).
        type: list
        elements: str
        default: []
  permissions_boundary:
    description: ARN of the policy that bounds the IAM role by which ECR creates repositories.
    type: str
seealso:
  - module: fintech.platform.ecr_registry_info
  - module: fintech.platform.image_mirror
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Build the registry
  fintech.platform.ecr_registry:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
    pull_accounts: ["210987654321"]
    push_principals: [arn:aws:iam::123456789012:role/continuous-integration]
    repositories:
      - name: payments
      - name: web
        mutable_tags: ["branch-*"]
        expire:
          - {tags: ["branch-*"], days: 30}
    images:
      - name: pause
        upstream: registry.k8s.io/pause
        tag: 3.10.1
        digest: sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c
        source: https://github.com/kubernetes/k8s.io/pull/8261
  register: built

- name: Show where the copies are
  ansible.builtin.debug:
    var: built.images
"""

RETURN = r"""
registry:
  description: Host of the registry.
  returned: success
  type: str
  sample: 123456789012.dkr.ecr.eu-central-1.amazonaws.com
repositories:
  description: The repositories, by name, as images are pushed to them.
  returned: success
  type: dict
  sample: {payments: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/payments}
images:
  description: The copies of O(images), by name, as a pod names them.
  returned: success
  type: dict
  sample:
    pause: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/mirror/pause@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c
changes:
  description: What was changed, or would be in check mode, in an order that could be applied one by one.
  returned: always
  type: list
  elements: dict
  sample: [{action: create, kind: repository, name: payments, id: null, fields: {}, reason: ""}]
counts:
  description: How many resources are created, updated, replaced, deleted and unchanged.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, replaced: 0, deleted: 0, unchanged: 5}
orphans:
  description: Objects of the stack that are no longer declared. O(purge=true) removes them, copies with their images.
  returned: always
  type: list
  elements: dict
  sample: [{kind: repository, name: old, id: acme/old}]
foreign:
  description: Repositories named as the platform's that are not its own. They are never touched.
  returned: always
  type: list
  elements: dict
api_calls:
  description: The AWS calls that the run made, by purpose.
  returned: always
  type: dict
  sample: {read: 12}
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
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry import ECR_REGISTRY
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry_spec import ECR_REGISTRY_SPEC


def main() -> None:
    run_stack(ECR_REGISTRY, ECR_REGISTRY_SPEC)


if __name__ == "__main__":
    main()
