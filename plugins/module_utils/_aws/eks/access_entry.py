# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entry: an IAM principal that a cluster knows, with its Kubernetes groups and its access policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .eks_resource import ClusterResource

POLICIES = "arn:aws:eks::aws:cluster-access-policy/"
PEOPLE = "STANDARD"  # the type of entries for people and programs; others are made by EKS for nodes


@dataclass(frozen=True)
class AccessPolicy:
    """``name`` as EKS lists it (``AmazonEKSViewPolicy``); in no ``namespaces`` it holds for the whole cluster."""

    name: str
    namespaces: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name} in {', '.join(sorted(self.namespaces)) or 'the whole cluster'}"


@dataclass(kw_only=True, eq=False)
class AccessEntry(ClusterResource):
    """``principal`` is the ARN of an IAM role or user. Its id is that ARN."""

    principal: str = immutable()
    groups: frozenset[str] = managed(frozenset())
    policies: frozenset[AccessPolicy] = managed(frozenset())

    kind = "access_entry"
    unique = ("principal",)
    listed = ("list_access_entries", "accessEntries")
    described = ("describe_access_entry", "principalArn", "accessEntry")
    arn = "accessEntryArn"
    calls: ClassVar = {
        "create": ("eks.CreateAccessEntry",),
        "groups": ("eks.UpdateAccessEntry",),
        "policies": ("eks.AssociateAccessPolicy", "eks.DisassociateAccessPolicy"),
        "tags": ("eks.TagResource",),
        "delete": ("eks.DeleteAccessEntry",),
    }

    @classmethod
    def completed(cls, place: Any, item: dict[str, Any]) -> dict[str, Any]:
        if item["type"] != PEOPLE:
            return item
        asked = {"clusterName": item["clusterName"], "principalArn": item["principalArn"]}
        return {**item, "policies": place.pages("eks", "list_associated_access_policies", "associatedAccessPolicies", **asked)}

    @classmethod
    def as_live(cls, item: Mapping[str, Any], scope: Scope) -> Live:
        live = super().as_live(item, scope)
        live.default = item["type"] != PEOPLE
        return live

    @classmethod
    def identity(cls, item: Mapping[str, Any]) -> str:
        return str(item["principalArn"])

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        policies = (
            AccessPolicy(each["policyArn"].removeprefix(POLICIES), frozenset(each["accessScope"].get("namespaces", ())))
            for each in item.get("policies", ())
        )
        return {"principal": item["principalArn"], "groups": frozenset(item.get("kubernetesGroups", ())), "policies": frozenset(policies)}

    @classmethod
    def check(cls, place: Any, changes: list[Any]) -> list[str]:
        entries = [change.resource for change in changes if change.resource]
        made = [change.resource for change in changes if change.resource and change.live is None]
        return [*_policy_problems(place, entries), *_principal_problems(place, made)]

    def create(self, place: Any) -> Live:
        answer = place.client("eks").create_access_entry(
            clusterName=self.cluster.id, principalArn=self.principal, kubernetesGroups=sorted(self.groups), type=PEOPLE, tags=dict(self.tags)
        )
        return self.as_live(answer["accessEntry"], self.cluster.scope)

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        eks, entry = place.client("eks"), {"clusterName": live.within, "principalArn": live.id}
        if "groups" in fields:
            eks.update_access_entry(**entry, kubernetesGroups=sorted(fields["groups"].after))
        if "policies" in fields:
            before, after = fields["policies"].before or frozenset(), fields["policies"].after
            kept = {policy.name for policy in after}
            place.together(
                [partial(eks.associate_access_policy, **entry, **_association(policy)) for policy in sorted(after - before, key=str)]
                + [
                    partial(eks.disassociate_access_policy, **entry, policyArn=POLICIES + policy.name)
                    for policy in sorted(before - after, key=str)
                    if policy.name not in kept
                ]
            )

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("eks").delete_access_entry(clusterName=live.within, principalArn=live.id)


def _association(policy: AccessPolicy) -> dict[str, Any]:
    """Of a policy that is associated already, EKS replaces the scope."""
    scope = {"type": "namespace", "namespaces": sorted(policy.namespaces)} if policy.namespaces else {"type": "cluster"}
    return {"policyArn": POLICIES + policy.name, "accessScope": scope}


def _policy_problems(place: Any, entries: list[AccessEntry]) -> Iterator[str]:
    wanted = {policy.name: entry for entry in entries for policy in entry.policies}
    known = {each["name"] for each in place.pages("eks", "list_access_policies", "accessPolicies")} if wanted else set()
    for name, entry in wanted.items():
        if name not in known:
            yield f"{entry.label}: EKS has no access policy {name}. It has {', '.join(sorted(known))}."


def _principal_problems(place: Any, entries: list[AccessEntry]) -> Iterator[str]:
    """Roles of the account that are not there. Those that the platform makes may still be planned."""
    own = f"arn:aws:iam::{place.account_id}:role/"
    asked = [entry for entry in entries if entry.principal.startswith(own) and not entry.principal.startswith(f"{own}fintech.platform/")]
    for entry, found in zip(asked, place.together(partial(_role, place, entry.principal) for entry in asked), strict=True):
        if found != entry.principal:
            meant = f" There is {found}." if found else ""
            yield f"{entry.label}: the account has no IAM role {entry.principal}.{meant} Correct eks_cluster_deployers, or make the role first."


def _role(place: Any, arn: str) -> str | None:
    """The ARN of the role of that name, whatever its path."""
    iam = place.client("iam")
    try:
        return str(iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return None
