# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM role with one inline policy. Its path and name say whose it is; the region is in the name since IAM is global."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.errors import PlanError
from ..._engine.resource import Difference, Live, Resource, Scope, managed, resolve
from ..ec2.vpc import Vpc
from ..tags import from_tags, managed_only, to_tags

LONGEST_NAME = 64  # IAM user guide: IAM and STS quotas
POLICY = "platform"  # the name of the inline policy


def path(scope: Scope) -> str:
    return f"/fintech.platform/{scope}/"


@dataclass(kw_only=True, eq=False)
class Role(Resource):
    """``trust`` and ``policy`` are policy documents, in which a VPC stands for its id; ``boundary`` is the ARN of the permissions boundary.

    Other inline policies and attached managed ones are drift unless declared.
    """

    scope: Scope
    region: str
    trust: Mapping[str, Any] = managed(uses=(Vpc,))
    policy: Mapping[str, Any] = managed(uses=(Vpc,))
    other_policies: frozenset[str] = managed(frozenset())
    attached: frozenset[str] = managed(frozenset())
    boundary: str | None = managed(None)
    tags: Mapping[str, str] = managed()

    kind = "role"
    calls: ClassVar = {
        "create": ("iam.CreateRole",),
        "trust": ("iam.UpdateAssumeRolePolicy",),
        "policy": ("iam.PutRolePolicy",),
        "other_policies": ("iam.DeleteRolePolicy",),
        "attached": ("iam.AttachRolePolicy", "iam.DetachRolePolicy"),
        "boundary": ("iam.PutRolePermissionsBoundary",),
        "tags": ("iam.TagRole",),
        "delete": ("iam.DeleteRolePolicy", "iam.DetachRolePolicy", "iam.DeleteRole"),
    }

    def __post_init__(self) -> None:
        if len(self.role_name) > LONGEST_NAME:
            raise PlanError(
                f"The IAM role name {self.role_name} has {len(self.role_name)} characters, but AWS takes {LONGEST_NAME}. "
                "Shorten platform_name or the environment's name."
            )

    @property
    def role_name(self) -> str:
        return f"{self.scope.platform}-{self.scope.environment}-{self.region}-{self.name}"

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        roles = place.pages("iam", "list_roles", "Roles", PathPrefix=path(scope))
        prefix = f"{scope.platform}-{scope.environment}-{place.region}-"
        roles = [role for role in roles if role["RoleName"].startswith(prefix)]
        for role, values in zip(roles, place.together(partial(_details, place, role) for role in roles), strict=True):
            yield Live(id=role["Arn"], name=role["RoleName"].removeprefix(prefix), scope=scope, values=values, detail=role["RoleName"])

    def create(self, place: Any) -> Live:
        trust = resolve(self.trust)
        more = {"PermissionsBoundary": self.boundary} if self.boundary else {}
        answer = place.client("iam").create_role(
            RoleName=self.role_name, Path=path(self.scope), AssumeRolePolicyDocument=json.dumps(trust), Tags=to_tags(self.tags), **more
        )
        values = {"trust": trust, "tags": dict(self.tags), "attached": frozenset(), "other_policies": frozenset(), "boundary": self.boundary}
        return Live(id=answer["Role"]["Arn"], name=self.name, scope=self.scope, values=values, detail=self.role_name)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        iam, name = place.client("iam"), live.detail
        if "trust" in fields:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(fields["trust"].after))
        if "policy" in fields:
            iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(fields["policy"].after))
        if "other_policies" in fields:
            for other in sorted(fields["other_policies"].before):
                iam.delete_role_policy(RoleName=name, PolicyName=other)
        if "attached" in fields:
            before, after = fields["attached"].before or frozenset(), fields["attached"].after
            for arn in sorted(after - before):
                iam.attach_role_policy(RoleName=name, PolicyArn=arn)
            for arn in sorted(before - after):
                iam.detach_role_policy(RoleName=name, PolicyArn=arn)

        if "boundary" in fields:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=fields["boundary"].after)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        place.client("iam").tag_role(RoleName=live.detail, Tags=to_tags(tags))

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "tags": managed_only(values.get("tags"), self.tags)}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        iam = place.client("iam")
        for policy in sorted(live.values["other_policies"] | ({POLICY} if live.values["policy"] is not None else set())):
            iam.delete_role_policy(RoleName=live.detail, PolicyName=policy)
        live.values |= {"policy": None, "other_policies": frozenset()}
        for arn in sorted(live.values["attached"]):
            iam.detach_role_policy(RoleName=live.detail, PolicyArn=arn)
        live.values["attached"] = frozenset()
        iam.delete_role(RoleName=live.detail)


def _details(place: Any, role: Mapping[str, Any]) -> dict[str, Any]:
    """IAM's list answers neither tags nor the boundary nor policies: four calls for a role."""
    iam, name = place.client("iam"), role["RoleName"]
    attached, whole, inline, policy = place.together(
        (
            lambda: iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            lambda: iam.get_role(RoleName=name)["Role"],
            lambda: iam.list_role_policies(RoleName=name)["PolicyNames"],
            lambda: _policy(iam, name),
        )
    )
    return {
        "trust": role["AssumeRolePolicyDocument"],
        "policy": policy,
        "other_policies": frozenset(inline) - {POLICY},
        "attached": frozenset(each["PolicyArn"] for each in attached),
        "boundary": whole.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": from_tags(whole.get("Tags", [])),
    }


def _policy(iam: Any, name: str) -> Any:
    try:
        return iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]
    except iam.exceptions.NoSuchEntityException:
        return None
