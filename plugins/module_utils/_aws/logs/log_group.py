# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch log group, with its retention and key. Its name says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, managed, resolve
from ..kms.key import Key
from ..tags import managed_only


def prefix(scope: Scope) -> str:
    return f"/fintech.platform/{scope}/"


@dataclass(kw_only=True, eq=False)
class LogGroup(Resource):
    """``name`` is the last part of ``/fintech.platform/<platform>/<environment>/<stack>/<name>``, which is its id."""

    scope: Scope
    retention_days: int = managed()
    kms_key: Key | str | None = managed(None, uses=(Key,))
    tags: Mapping[str, str] = managed()

    kind = "log_group"
    calls: ClassVar = {
        "create": ("logs.CreateLogGroup",),
        "retention_days": ("logs.PutRetentionPolicy",),
        "kms_key": ("logs.AssociateKmsKey",),
        "tags": ("logs.TagResource",),
        "delete": ("logs.DeleteLogGroup",),
    }

    @classmethod
    def folder(cls, scope: Scope) -> str:
        return prefix(scope)

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        groups = place.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=cls.folder(scope))
        arns = [each["arn"].removesuffix(":*") for each in groups]
        calls = (partial(place.client("logs").list_tags_for_resource, resourceArn=arn) for arn in arns)
        for group, arn, answer in zip(groups, arns, place.together(calls), strict=True):
            name = group["logGroupName"]
            values = {"retention_days": group.get("retentionInDays"), "kms_key": group.get("kmsKeyId"), "tags": answer["tags"]}
            yield Live(id=name, name=name.removeprefix(cls.folder(scope)), scope=scope, values=values, detail=arn)

    @property
    def group_name(self) -> str:
        return self.folder(self.scope) + self.name

    def create(self, place: Any) -> Live:
        name, kms_key = self.group_name, resolve(self.kms_key)
        key = {"kmsKeyId": kms_key} if kms_key else {}
        place.client("logs").create_log_group(logGroupName=name, tags=dict(self.tags), **key)
        return Live(id=name, name=self.name, scope=self.scope, values={"kms_key": kms_key, "tags": dict(self.tags)})

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        logs = place.client("logs")
        if "retention_days" in fields:
            logs.put_retention_policy(logGroupName=live.id, retentionInDays=fields["retention_days"].after)
        if "kms_key" in fields:
            logs.associate_kms_key(logGroupName=live.id, kmsKeyId=fields["kms_key"].after)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("logs").tag_resource(resourceArn=live.detail, tags=dict(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("logs").delete_log_group(logGroupName=live.id)
