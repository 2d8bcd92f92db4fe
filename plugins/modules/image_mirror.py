#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: image_mirror
short_description: Copy pinned third-party images into the registry
version_added: 0.1.0
description:
  - Copies exactly the images of O(images), with all their architectures and unchanged, into the repositories that M(fintech.platform.ecr_registry)
    has made for them. What is there with its digest is left alone; nothing is ever removed.
  - It runs where C(skopeo) is and both registries can be reached, which is the controller. Nodes then need no way to the internet.
  - The login of ECR is in a file that only its owner can read, for as long as the copies take. It is never on a command line.
extends_documentation_fragment:
  - fintech.platform.stack.scope
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
        description: Whether the digest was read at the upstream, or in what the upstream publishes.
        type: bool
        default: true
  registry:
    description: The host that images are pushed to, by default ECR's own in the account and region; for example its FIPS endpoint.
    type: str
  sources:
    description: Where to copy from instead of the upstream. The entry with the longest prefix of an image's upstream counts.
    type: list
    elements: dict
    default: []
    suboptions:
      prefix:
        description: The beginning of an upstream, for example V(docker.io) or V(registry.k8s.io/autoscaling).
        type: str
        required: true
      location:
        description:
          - What stands in its place, for example V(registry.example.com/docker.io), or V(oci:/srv/images) for a folder of OCI layouts on disk,
            one for each repository, in which images are named by their tags.
        type: str
        required: true
  authfile:
    description: File with the logins of the registries that are copied from, as C(skopeo login --authfile) writes it. By default skopeo's own.
    type: path
  unverified:
    description: Whether images that are not verified are refused.
    type: str
    choices: [refuse, accept]
    default: refuse
attributes:
  check_mode:
    description: Can run in check mode, where it compares and copies nothing.
    support: full
  diff_mode:
    description: Returns what has been copied, or would be, in check mode.
    support: full
requirements:
  - skopeo
seealso:
  - module: fintech.platform.ecr_registry
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Copy what is pinned and not there yet
  fintech.platform.image_mirror:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
    images:
      - name: pause
        upstream: registry.k8s.io/pause
        tag: 3.10.1
        digest: sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c
        source: https://github.com/kubernetes/k8s.io/pull/8261

- name: The same where the upstreams cannot be reached
  fintech.platform.image_mirror:
    platform: acme
    environment: hub
    account_id: "123456789012"
    region: eu-central-1
    images: "{{ platform_images }}"
    sources:
      - {prefix: docker.io, location: registry.example.com/docker.io}
      - {prefix: registry.k8s.io, location: "oci:/srv/images"}
"""

RETURN = r"""
images:
  description: The copies, by name, as a pod names them.
  returned: success
  type: dict
  sample:
    pause: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/mirror/pause@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c
changes:
  description: What was copied, or would be in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{action: create, kind: mirrored_image, name: "pause:3.10.1", id: null, fields: {}, reason: ""}]
counts:
  description: How many images are copied (C(created)) and were there (C(unchanged)).
  returned: success
  type: dict
  sample: {created: 1, updated: 0, replaced: 0, deleted: 0, unchanged: 12}
api_calls:
  description: The AWS calls that the run made, by purpose. Those that skopeo makes to registries are not among them.
  returned: success
  type: dict
  sample: {read: 15, change: 1}
done:
  description: The copies that were made before the failure, as in RV(changes).
  returned: when copies failed
  type: list
  elements: dict
failed:
  description: The copies that failed, as in RV(changes), with C(error).
  returned: when copies failed
  type: list
  elements: dict
not_started:
  description: The copies that were not begun, as in RV(changes).
  returned: when copies failed
  type: list
  elements: dict
problems:
  description: Everything that the plan was refused for; RV(ignore:msg) holds the same as one text.
  returned: when the plan was refused
  type: list
  elements: str
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import SCOPE_SPEC, run_in_place
from ansible_collections.fintech.platform.plugins.module_utils._stacks.image_mirror import IMAGE_MIRROR_SPEC, converge


def main() -> None:
    run_in_place({**SCOPE_SPEC, **IMAGE_MIRROR_SPEC}, converge)


if __name__ == "__main__":
    main()
