# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repository creation template: what repositories are like that ECR itself creates. Its prefix says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, managed, resolve
from ..iam.role import Role
from ..tags import from_tags, to_tags
from .documents import access_policy, lifecycle_policy, text
from .pull_through_cache_rule import ROOT, cache_prefix
from .tag_mutability import from_setting, to_setting


@dataclass(kw_only=True, eq=False)
class RepositoryCreationTemplate(Resource):
    """``name`` is the prefix of the repositories. ``role``: ECR takes it to tag and encrypt them. The other fields are a repository's."""

    scope: Scope
    applied_for: frozenset[str] = managed()
    mutable_tags: frozenset[str] = managed()
    kms_key: str | None = managed(None)
    lifecycle: Mapping[str, Any] = managed()
    policy: Mapping[str, Any] = managed()
    resource_tags: Mapping[str, str] = managed()
    role: Role = managed(uses=(Role,))

    kind = "repository_creation_template"
    calls: ClassVar = {
        "create": ("ecr.CreateRepositoryCreationTemplate",),
        **dict.fromkeys(
            ("applied_for", "mutable_tags", "kms_key", "lifecycle", "policy", "resource_tags", "role"),
            ("ecr.UpdateRepositoryCreationTemplate",),
        ),
        "delete": ("ecr.DeleteRepositoryCreationTemplate",),
    }

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """The hub's registry has one writer: a template for all the rest is its own too."""
        ours = (f"{scope.platform}/", cache_prefix(scope.platform))
        for item in place.pages("ecr", "describe_repository_creation_templates", "repositoryCreationTemplates"):
            prefix = item["prefix"]
            if prefix == ROOT or prefix.startswith(ours):
                yield Live(id=prefix, name=prefix, scope=scope, values=_values(item))

    def create(self, place: Any) -> Live:
        settings = {name: value for name, value in self._settings().items() if value != ""}  # which an update takes for none
        answer = place.client("ecr").create_repository_creation_template(prefix=self.name, **settings)
        return Live(id=self.name, name=self.name, scope=self.scope, values=_values(answer["repositoryCreationTemplate"]))

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        place.client("ecr").update_repository_creation_template(prefix=live.id, **self._settings())

    def _settings(self) -> dict[str, Any]:
        """All of them: a change of one needs others that belong to it."""
        key = {"encryptionType": "KMS", "kmsKey": self.kms_key} if self.kms_key else {"encryptionType": "AES256"}
        return {
            "appliedFor": sorted(self.applied_for), "encryptionConfiguration": key, "resourceTags": to_tags(self.resource_tags),
            "lifecyclePolicy": text(self.lifecycle), "repositoryPolicy": text(self.policy), "customRoleArn": resolve(self.role),
            **to_setting(self.mutable_tags),
        }  # fmt: skip

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ecr").delete_repository_creation_template(prefix=live.id)


def _values(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "applied_for": frozenset(item.get("appliedFor", ())),
        "mutable_tags": from_setting(item),
        "kms_key": item.get("encryptionConfiguration", {}).get("kmsKey"),
        "lifecycle": lifecycle_policy(item.get("lifecyclePolicy")),
        "policy": access_policy(item.get("repositoryPolicy")),
        "resource_tags": from_tags(item.get("resourceTags")),
        "role": item.get("customRoleArn"),
    }
