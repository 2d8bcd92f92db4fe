#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: manifest_set
short_description: Apply a set of Kubernetes manifests as one
version_added: 0.1.0
description:
  - Converges a set of Kubernetes objects by server-side apply, all in one process over shared connections.
  - What is unchanged is told from one list per kind, so that a run without a change makes a handful of calls, however many manifests there are.
  - Everything else is applied in a dry run first. If the API server refuses any of it, nothing is applied, and every object and field is named.
  - Namespaces and CRDs are applied first, then all other objects at once, and webhook configurations and APIServices last, once what serves them is ready.
  - The field manager is C(fintech.platform). A field that another manager has set to another value is a conflict, which names that manager.
  - Members carry the label of an ApplySet, whose parent is a ConfigMap, so that what is no longer declared is found.
  - An object that was there before the set is adopted. When it leaves the set, what the set declared of it is taken back, and the object stays.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  name:
    description: Name of the set, and of the ConfigMap that is its parent.
    type: str
    required: true
  set_namespace:
    description: Namespace of the ConfigMap.
    type: str
    default: kube-system
  state:
    description:
      - V(present) converges the objects to their manifests.
      - V(absent) deletes every member of the set, declared or not, in reverse order, and waits until they are gone.
        It is refused while a namespace or CRD of the set holds objects of others, which would be deleted with it.
    type: str
    choices: [present, absent]
    default: present
  definitions:
    description:
      - Manifests, each as a mapping, as a list of mappings, or as YAML of one or several documents.
      - Of an object only what its manifest says is set and compared. A field that is null is not set.
    type: list
    elements: raw
    default: []
  src:
    description: Files with manifests, on the controller, below C(files) of the role or the playbook. Names may be patterns such as V(policies/*.yml).
    type: list
    elements: str
    default: []
  templates:
    description:
      - Templates of manifests, on the controller, below C(templates) of the role or the playbook, rendered with the variables of the task.
        Names may be patterns.
    type: list
    elements: str
    default: []
  namespace:
    description: Namespace of objects whose manifests name none. Without it such a manifest is refused, unless its kind stands in no namespace.
    type: str
  purge:
    description: Also delete members of the set that are no longer declared. Without it they are returned in RV(orphans).
    type: bool
    default: false
  force_conflicts:
    description: Take over fields that other field managers have set to other values.
    type: bool
    default: false
  wait:
    description:
      - Wait until the objects are ready. Deployments, StatefulSets, DaemonSets and ReplicaSets have to be rolled out, Jobs to be complete, Pods to be
        ready, APIServices to be available, and custom resources with a condition C(Ready) to have it.
      - CRDs that others of the set may need are always waited for.
    type: bool
    default: true
  wait_timeout:
    description: Seconds that each stage may take to become ready, or to be gone. What is late then is named with the reason.
    type: int
    default: 600
  wait_for_addresses:
    description: Also wait until Ingresses and Services of type LoadBalancer have an address.
    type: bool
    default: false
  cluster:
    description:
      - Name of an EKS cluster. Its endpoint and CA are read from AWS, and a token is signed in the module's own process with the AWS credentials.
      - No kubeconfig and no AWS CLI are needed. The options of AWS are for this alone.
      - In check mode the cluster may be one that is only planned.
    type: str
  account_id:
    description: The AWS account that O(cluster) is in. Credentials for any other account are refused.
    type: str
  validate_certs:
    description: Verify the certificates of the API server and of AWS.
    type: bool
    default: true
    aliases: [verify_ssl]
attributes:
  check_mode:
    description: Can run in check mode, where it reads and plans, and changes nothing.
    support: full
    details: Changes are those that the API server makes in a dry run. Objects in what is only planned are validated offline and listed in RV(not_validated).
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: full
    details: The values of Secrets are masked.
notes:
  - Needs Kubernetes 1.30 or later.
  - Manifests are never logged or returned as they were given.
  - An object is in one set only. A manifest for an object of another set is refused.
requirements:
  - kubernetes >= 37
seealso:
  - plugin: fintech.platform.eks_token
    plugin_type: lookup
  - module: kubernetes.core.k8s
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Apply the templates of a role to an EKS cluster
  fintech.platform.manifest_set:
    name: shop
    cluster: acme-dev
    region: eu-central-1
    templates:
      - namespace.yml.j2
      - policies/*.yml.j2
    purge: true

- name: Apply manifests that are given inline, with the current kubeconfig
  fintech.platform.manifest_set:
    name: quotes
    namespace: quotes
    definitions:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: quotes
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          provider: market-data

- name: Remove everything that belongs to the set
  fintech.platform.manifest_set:
    name: quotes
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, in the order in which it is applied.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
      sample: update
    kind:
      description: The kind of object.
      type: str
      returned: always
      sample: Deployment
    name:
      description: Its name, after its namespace if it has one.
      type: str
      returned: always
      sample: shop/web
    id:
      description: Its uid; null before it exists.
      type: str
      returned: always
      sample: 5a1c9a8e-1f52-4f7b-9d57-4c2f1a8f6f0e
    fields:
      description: The fields that differ, each with C(before) and C(after). The values of Secrets are masked.
      type: dict
      returned: always
      sample: {"spec.template.spec.containers[web].image": {before: web@sha256:1f, after: web@sha256:2e}}
    reason:
      description: Why, where it is not plain.
      type: str
      returned: always
      sample: no longer declared
counts:
  description: How many objects were created, updated, replaced, deleted and left unchanged, or would be in check mode. None is ever replaced.
  returned: success
  type: dict
  sample: {created: 0, updated: 1, replaced: 0, deleted: 0, unchanged: 499}
orphans:
  description: Members of the set that are no longer declared. O(purge=true) removes them.
  returned: success
  type: list
  elements: dict
  sample: [{kind: ConfigMap, name: shop/old, id: 0d0e4a7b-8b5c-4a44-8f0a-3c1f6a1f2b11}]
not_validated:
  description: Objects whose changes were planned offline, since their cluster, namespace or CRD is only planned.
  returned: success
  type: list
  elements: str
  sample: [Deployment shop/web]
apply_set:
  description: The id of the ApplySet, and its parent.
  returned: success
  type: dict
  sample: {id: applyset-Wv2Bq0LtUJt1ZcDcNnYzOa5T2vR5pS8o1kNHc7FJzJc-v1, name: shop, namespace: kube-system}
api_calls:
  description: The calls to the API server that the run made, by purpose.
  returned: success
  type: dict
  sample: {read: 10, dry_run: 1, change: 1, poll: 2}
done:
  description: The changes that were made before the failure, as in RV(changes).
  returned: when changes failed
  type: list
  elements: dict
failed:
  description: The changes that failed, and the objects that did not become ready, as in RV(changes), with C(error).
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
held:
  description: The objects of others that a removal was refused for.
  returned: when a removal was refused
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._kubernetes.module import run_manifest_set

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "set_namespace": {"type": "str", "default": "kube-system"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "definitions": {"type": "list", "elements": "raw", "default": []},
    # The action plugin of the same name reads both on the controller, and hands on definitions.
    "src": {"type": "list", "elements": "str", "default": []},
    "templates": {"type": "list", "elements": "str", "default": []},
    "namespace": {"type": "str"},
    "purge": {"type": "bool", "default": False},
    "force_conflicts": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "wait_for_addresses": {"type": "bool", "default": False},
}


def main() -> None:
    run_manifest_set(SPEC)


if __name__ == "__main__":
    main()
