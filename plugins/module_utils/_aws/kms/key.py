# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS key that rotates, known by its alias. What is deleted survives for the waiting time: made again, it is the same key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Resource, Scope, initial, managed
from .. import waiters
from ..tags import managed_only, owner

POLICY = "default"  # the only name that a key policy can have


def alias_prefix(scope: Scope) -> str:
    return f"alias/{scope}/"


@dataclass(kw_only=True, eq=False)
class Key(Resource):
    """Its id is its ARN. ``rotation_days`` is how often AWS makes new key material; ``policy`` is the key policy."""

    scope: Scope
    description: str = initial()
    policy: Mapping[str, Any] = managed()
    enabled: bool = managed(True)
    rotation_days: int = managed(365)
    tags: Mapping[str, str] = managed()

    kind = "key"
    waiter = waiters.KEY
    calls: ClassVar = {
        "create": ("kms.CreateKey", "kms.CreateAlias", "kms.CancelKeyDeletion"),
        "policy": ("kms.PutKeyPolicy",),
        "enabled": ("kms.EnableKey",),
        "rotation_days": ("kms.EnableKeyRotation",),
        "tags": ("kms.TagResource",),
        "delete": ("kms.ScheduleKeyDeletion",),
    }

    @property
    def alias(self) -> str:
        return alias_prefix(self.scope) + self.name

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        """KMS finds keys by aliases, not by tags: one bulk read, and four calls for each key of ours."""
        aliases = [each for each in place.pages("kms", "list_aliases", "Aliases") if each["AliasName"].startswith(alias_prefix(scope))]
        lives = place.together(partial(_described, place, each["TargetKeyId"]) for each in aliases)
        for alias, live in zip(aliases, lives, strict=True):
            live.name, live.scope = alias["AliasName"].removeprefix(alias_prefix(scope)), scope
            yield live

    def create(self, place: Any) -> Live:
        """One that waits for its deletion is taken back. One that a lost answer left without its alias is given it."""
        kms, aliases = place.client("kms"), place.pages("kms", "list_aliases", "Aliases")
        survivor = next((each["TargetKeyId"] for each in aliases if each["AliasName"] == self.alias), None)
        if survivor:
            kms.cancel_key_deletion(KeyId=survivor)
            return _described(place, survivor)
        live = self._left_over(place, {each.get("TargetKeyId") for each in aliases}) or self._made(place)
        kms.create_alias(AliasName=self.alias, TargetKeyId=live.detail)
        return live

    def _made(self, place: Any) -> Live:
        answer = place.client("kms", once=True).create_key(
            Description=self.description,
            Policy=json.dumps(self.policy),
            Tags=[{"TagKey": key, "TagValue": value} for key, value in self.tags.items()],
        )
        values = {"policy": self.policy, "enabled": True, "rotation_days": None, "tags": dict(self.tags)}
        return Live(
            id=answer["KeyMetadata"]["Arn"], name=self.name, scope=self.scope, values=values, state="enabled", detail=answer["KeyMetadata"]["KeyId"]
        )

    def _left_over(self, place: Any, named: set[str | None]) -> Live | None:
        """Only keys without any alias are asked: these are few."""
        nameless = [each["KeyId"] for each in place.pages("kms", "list_keys", "Keys") if each["KeyId"] not in named]
        for key, tags in zip(nameless, place.together(partial(_tags, place, key) for key in nameless), strict=True):
            if owner(tags) == (self.scope, self.name):
                live = _described(place, key)
                if live.state == "enabled":
                    return live
        return None

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        kms = place.client("kms")
        if "policy" in fields:
            kms.put_key_policy(KeyId=live.detail, PolicyName=POLICY, Policy=json.dumps(fields["policy"].after))
        if "enabled" in fields:
            kms.enable_key(KeyId=live.detail)
        if "rotation_days" in fields:
            kms.enable_key_rotation(KeyId=live.detail, RotationPeriodInDays=fields["rotation_days"].after)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("kms").tag_resource(KeyId=live.detail, Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()])

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        """Its alias stays with it, so that it is found again. AWS waits 30 days."""
        answer = place.client("kms").schedule_key_deletion(KeyId=live.detail)
        live.values["deletion_date"] = answer["DeletionDate"].date().isoformat()


def _described(place: Any, key: str) -> Live:
    kms = place.client("kms")
    item, rotation, policy, tags = place.together(
        (
            lambda: kms.describe_key(KeyId=key)["KeyMetadata"],
            lambda: kms.get_key_rotation_status(KeyId=key),
            lambda: kms.get_key_policy(KeyId=key, PolicyName=POLICY)["Policy"],
            partial(_tags, place, key),
        )
    )
    values = {
        "policy": json.loads(policy),
        "enabled": item["Enabled"],
        "rotation_days": rotation.get("RotationPeriodInDays") if rotation["KeyRotationEnabled"] else None,
        "tags": tags,
    }
    whose, name = owner(tags)
    return Live(id=item["Arn"], name=name, scope=whose, values=values, state=item["KeyState"].lower(), detail=item["KeyId"])


def _tags(place: Any, key: str) -> dict[str, str]:
    found = place.pages("kms", "list_resource_tags", "Tags", KeyId=key)
    return {each["TagKey"]: each["TagValue"] for each in found if not each["TagKey"].startswith("aws:")}
