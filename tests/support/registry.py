# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry stack in this process, as the module runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.fintech.platform.plugins.module_utils._module import STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry import ECR_REGISTRY, KINDS
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry_spec import ECR_REGISTRY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.stack import Stack

from .cloud import ACCOUNT
from .network import Network

GUEST = "222222222222"
CI = f"arn:aws:iam::{GUEST}:role/continuous-integration"


def an_image(name: str, digit: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "upstream": f"registry.example.com/{name}", "tag": "1.0", "digest": f"sha256:{digit * 64}", "source": "https://example.com", **more
    }  # fmt: skip


SMALL: dict[str, Any] = {
    "platform": "acme",
    "environment": "hub",
    "account_id": ACCOUNT,
    "repositories": [
        {"name": "payments"},
        {"name": "team/web", "mutable_tags": ["branch-*"], "expire": [{"tags": ["branch-*"], "days": 30}, {"tags": ["v*"], "newest": 100}]},
    ],
    "images": [an_image("pause"), an_image("tools/proxy", "b")],
    "pull_accounts": [GUEST],
    "push_principals": [CI],
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "scanning": {"type": "enhanced", "on_push": ["*"], "continuous": ["acme/*"]},
    "registry_policy": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{GUEST}:root"}, "Action": ["ecr:ReplicateImage"],
                "Resource": [f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/acme/*"],
            }
        ],
    },
    "replication": [{"destinations": [{"region": "eu-west-1", "account_id": ACCOUNT}], "prefixes": ["acme/"]}],
    "pull_through": [{"name": "k8s", "upstream": "registry.k8s.io"}],
    "templates": [{"prefix": "teams", "applied_for": ["create_on_push"], "push_principals": [CI]}],
}  # fmt: skip


@dataclass
class RegistryStack(Network):
    stack: ClassVar[Stack] = ECR_REGISTRY
    spec: ClassVar[dict[str, Any]] = {**ECR_REGISTRY_SPEC, **STACK_SPEC}
    usual: ClassVar[dict[str, Any]] = SMALL

    def parameters(self, **options: Any) -> dict[str, Any]:
        """It knows no other account's hub: it is the hub's own."""
        return {**super().parameters(**options), "hub": None}


def declared_calls(changes: list[Mapping[str, Any]]) -> set[str]:
    """The calls that changes, as they are shown, may make."""
    kinds = {kind.kind: kind for kind in KINDS}
    parts = {"create": ("create",), "replace": ("create", "delete"), "delete": ("delete",), "update": ()}
    found = set()
    for change in changes:
        fields = () if change["action"] == "delete" else change["fields"]
        found |= {name for part in (*parts[change["action"]], *fields) for name in kinds[change["kind"]].calls.get(part, ())}
    return found
