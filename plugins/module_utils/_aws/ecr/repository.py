# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR repository, with its policies. Its name is ``<platform>/<name>``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, immutable, managed
from ..tags import PREFIX, from_tags, managed_only, owner, to_tags
from .documents import access_policy, lifecycle_policy, text
from .tag_mutability import from_setting, to_setting

MIRRORED = f"{PREFIX}mirrored"  # the tag of a repository of copies: it goes with its images, which can be copied again


def namespace(scope: Scope) -> str:
    return f"{scope.platform}/"


@dataclass(kw_only=True, eq=False)
class Repository(Resource):
    """``mutable_tags``: patterns of the tags that may move to another image. ``kms_key``: an ARN; without one AWS encrypts with keys of its own.

    ``lifecycle`` and ``policy`` are documents, empty for none.
    """

    scope: Scope
    mutable_tags: frozenset[str] = managed()
    scan_on_push: bool = managed()
    kms_key: str | None = immutable(None)
    lifecycle: Mapping[str, Any] | None = managed(None)
    policy: Mapping[str, Any] | None = managed(None)
    tags: Mapping[str, str] = managed()

    kind = "repository"
    unique = ("repository_name",)
    calls: ClassVar = {
        "create": ("ecr.CreateRepository",),
        "mutable_tags": ("ecr.PutImageTagMutability",),
        "scan_on_push": ("ecr.PutImageScanningConfiguration",),
        "lifecycle": ("ecr.PutLifecyclePolicy", "ecr.DeleteLifecyclePolicy"),
        "policy": ("ecr.SetRepositoryPolicy", "ecr.DeleteRepositoryPolicy"),
        "tags": ("ecr.TagResource",),
        "delete": ("ecr.DeleteRepository",),
    }

    @property
    def repository_name(self) -> str:
        return namespace(self.scope) + self.name

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """AWS lists neither tags nor policies: a call for each, those for policies only where the tags say that it is ours."""
        found = place.pages("ecr", "describe_repositories", "repositories", maxResults=1000)
        items = [each for each in found if each["repositoryName"].startswith(namespace(scope))]
        ecr = place.client("ecr")
        answers = place.together(partial(ecr.list_tags_for_resource, resourceArn=each["repositoryArn"]) for each in items)
        lives = [_live(item, from_tags(answer["tags"])) for item, answer in zip(items, answers, strict=True)]
        ours = [live for live in lives if live.scope == scope]
        policies = place.together(partial(ask, ecr, live.id) for live in ours for ask in (_lifecycle, _policy))
        for live, lifecycle, policy in zip(ours, policies[::2], policies[1::2], strict=True):
            live.values |= {"lifecycle": lifecycle, "policy": policy}
        return lives

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        """Images that are nowhere else are not thrown away."""
        ecr = place.client("ecr")
        names = [change.live.id for change in changes if change.resource is None and MIRRORED not in change.live.values["tags"]]
        found = place.together(partial(ecr.list_images, repositoryName=name, maxResults=1) for name in names)
        return [
            f"The repository {name} has images, which would be lost with it. If nobody needs them any more: "
            f"aws ecr delete-repository --force --repository-name {name}"
            for name, answer in zip(names, found, strict=True)
            if answer["imageIds"]
        ]

    def create(self, place: Any) -> Live:
        key = {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": self.kms_key}} if self.kms_key else {}
        answer = place.client("ecr").create_repository(
            repositoryName=self.repository_name, imageScanningConfiguration={"scanOnPush": self.scan_on_push}, tags=to_tags(self.tags),
            **to_setting(self.mutable_tags), **key,
        )  # fmt: skip
        live = _live(answer["repository"], dict(self.tags))
        live.values |= {"lifecycle": {}, "policy": {}}
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        ecr, name = place.client("ecr"), {"repositoryName": live.id}
        changing: dict[str, Callable[[Any], Any]] = {
            "mutable_tags": lambda after: ecr.put_image_tag_mutability(**name, **to_setting(after)),
            "scan_on_push": lambda after: ecr.put_image_scanning_configuration(**name, imageScanningConfiguration={"scanOnPush": after}),
            "lifecycle": lambda after: (
                ecr.put_lifecycle_policy(**name, lifecyclePolicyText=text(after)) if after else ecr.delete_lifecycle_policy(**name)
            ),
            "policy": lambda after: ecr.set_repository_policy(**name, policyText=text(after)) if after else ecr.delete_repository_policy(**name),
        }
        place.together(partial(changing[field], difference.after) for field, difference in fields.items())

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("ecr").tag_resource(resourceArn=live.detail, tags=to_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ecr").delete_repository(repositoryName=live.id, force=MIRRORED in live.values["tags"])


def _live(item: Mapping[str, Any], tags: dict[str, str]) -> Live:
    whose, name = owner(tags)
    values = {
        "repository_name": item["repositoryName"],
        "mutable_tags": from_setting(item),
        "scan_on_push": item["imageScanningConfiguration"]["scanOnPush"],
        "kms_key": item["encryptionConfiguration"].get("kmsKey"),
        "tags": tags,
    }
    return Live(id=item["repositoryName"], name=name, scope=whose, values=values, detail=item["repositoryArn"])


def _lifecycle(ecr: Any, name: str) -> dict[str, Any]:
    try:
        return lifecycle_policy(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return {}


def _policy(ecr: Any, name: str) -> dict[str, Any]:
    try:
        return access_policy(ecr.get_repository_policy(repositoryName=name)["policyText"])
    except ecr.exceptions.RepositoryPolicyNotFoundException:
        return {}
