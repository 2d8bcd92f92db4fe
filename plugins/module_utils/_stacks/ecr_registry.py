# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry: repositories for the platform's own images and for copies of others', and what the account's registry has once.

It runs from the hub, in whose account the registry is; the environments pull from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws.ecr.documents import access_policy
from .._aws.ecr.pull_through_cache_rule import ROOT, PullThroughCacheRule, cache_prefix
from .._aws.ecr.registry_policy import RegistryPolicy
from .._aws.ecr.registry_setting import NAME
from .._aws.ecr.replication_configuration import Destination, ReplicationConfiguration, ReplicationRule
from .._aws.ecr.repository import MIRRORED, Repository, namespace
from .._aws.ecr.repository_creation_template import RepositoryCreationTemplate
from .._aws.ecr.scanning_configuration import ScanningConfiguration, ScanningRule
from .._aws.iam.role import Role
from .._aws.tags import check_tags, ownership
from .._engine.errors import PlanError
from .._engine.resource import Resource, Scope
from .._planning.images import Image, read_images
from .ecr_registry_checks import problems
from .ecr_registry_policies import lifecycle, repository_policy, template_policy, template_trust
from .stack import Declaration, Stack, refuse_protected, scope_of

HUB = "hub"  # the inventory host that owns what an account has once
KINDS: tuple[type[Resource], ...] = (
    Repository, RegistryPolicy, ReplicationConfiguration, ScanningConfiguration, PullThroughCacheRule, RepositoryCreationTemplate, Role,
)  # fmt: skip


def build(parameters: Mapping[str, Any], region: str) -> Declaration:
    """The declaration of the registry. Raises ``PlanError`` for bad input, before any call."""
    if parameters["environment"] != HUB:
        raise PlanError(
            f"The registry belongs to the whole account and is built from the host {HUB}, but this host is {parameters['environment']}. "
            "Run it there: what an account has once has one writer."
        )
    if parameters["state"] == "absent":
        refuse_protected(parameters)
    check_tags(parameters["tags"])
    images = read_images(parameters["images"])
    if parameters["state"] == "present" and (found := list(problems(parameters, region))):
        raise PlanError.of(found)
    scope = scope_of(parameters, "ecr_registry")
    registry = Registry(parameters, region, scope)
    repositories = [*map(registry.repository, parameters["repositories"]), *map(registry.mirror, images)]
    host = registry_host(parameters["account_id"], region)

    def describe() -> dict[str, Any]:
        return {
            "registry": host,
            "repositories": {each.name: f"{host}/{each.repository_name}" for each in repositories},
            "images": {each.name: f"{host}/{namespace(scope)}{each.repository}@{each.digest}" for each in images},
        }

    resources: list[Resource] = [*repositories, *registry.settings(), *registry.on_demand()]
    return Declaration(scope=scope, resources=resources, describe=describe)


def registry_host(account_id: str, region: str) -> str:
    return f"{account_id}.dkr.ecr.{region}.amazonaws.com"


@dataclass(frozen=True)
class Registry:
    """Makes the resources of the module's parameters."""

    given: Mapping[str, Any]
    region: str
    scope: Scope

    def tags(self, name: str, **more: str) -> dict[str, str]:
        return {**self.given["tags"], **ownership(self.scope, name), **more}

    def repository(self, each: Mapping[str, Any]) -> Repository:
        return Repository(
            name=each["name"], scope=self.scope, mutable_tags=frozenset(each["mutable_tags"]), scan_on_push=each["scan_on_push"],
            kms_key=each["kms_key_arn"] or self.given["kms_key_arn"], lifecycle=lifecycle(self.given["untagged_days"], each["expire"]),
            policy=self._policy(each), tags=self.tags(each["name"]),
        )  # fmt: skip

    def mirror(self, image: Image) -> Repository:
        """Of copies: nobody but the mirror pushes to it, and no tag ever moves."""
        return Repository(
            name=image.repository, scope=self.scope, mutable_tags=frozenset(), scan_on_push=True, kms_key=self.given["kms_key_arn"],
            lifecycle=lifecycle(self.given["untagged_days"]), policy=repository_policy(self.given["pull_accounts"], ()),
            tags=self.tags(image.repository, **{MIRRORED: "true"}),
        )  # fmt: skip

    def _policy(self, each: Mapping[str, Any]) -> Mapping[str, Any]:
        return repository_policy(*([*self.given[who], *each[who]] for who in ("pull_accounts", "push_principals")))

    def settings(self) -> list[Resource]:
        """What is unset is left as it is."""
        found: list[Resource] = [self._scanning()]
        if self.given["registry_policy"] is not None:
            found.append(RegistryPolicy(name=NAME, policy=access_policy(self.given["registry_policy"])))
        if self.given["replication"] is not None:
            found.append(ReplicationConfiguration(name=NAME, rules=frozenset(map(_replication_rule, self.given["replication"]))))
        return found

    def _scanning(self) -> ScanningConfiguration:
        asked = self.given["scanning"]
        rules = [
            ScanningRule(frequency, frozenset(asked[key])) for key, frequency in (("on_push", "SCAN_ON_PUSH"), ("continuous", "CONTINUOUS_SCAN"))
        ]
        return ScanningConfiguration(name=NAME, scan_type=asked["type"].upper(), rules=frozenset(rule for rule in rules if rule.filters))

    def on_demand(self) -> list[Resource]:
        """Cache rules, and templates for the repositories that ECR itself creates: one for every rule, or these would be plain."""
        if not self.given["pull_through"] and not self.given["templates"]:
            return []
        role = self._role()
        rules = [self._cache_rule(each) for each in self.given["pull_through"]]
        plain: dict[str, Any] = {"applied_for": ["pull_through_cache"], "mutable_tags": ["*"], "pull_accounts": [], "push_principals": []}
        cached = [self._template(rule.name, plain, role) for rule in rules]
        declared = [self._template(self._prefix(each["prefix"]), each, role) for each in self.given["templates"]]
        return [role, *rules, *cached, *declared]

    def _prefix(self, prefix: str) -> str:
        return prefix if prefix == ROOT else namespace(self.scope) + prefix

    def _cache_rule(self, each: Mapping[str, Any]) -> PullThroughCacheRule:
        return PullThroughCacheRule(
            name=cache_prefix(self.scope.platform) + each["name"], scope=self.scope, upstream=each["upstream"],
            upstream_prefix=each["upstream_prefix"] or ROOT, credential=each["credential_arn"], role=each["role_arn"],
        )  # fmt: skip

    def _template(self, prefix: str, each: Mapping[str, Any], role: Role) -> RepositoryCreationTemplate:
        """What is made by it is the platform's, and not this stack's to remove."""
        made = Scope(platform=self.scope.platform, environment=self.scope.environment, stack=f"{self.scope.stack}_on_demand")
        return RepositoryCreationTemplate(
            name=prefix, scope=self.scope, applied_for=frozenset(map(str.upper, each["applied_for"])), mutable_tags=frozenset(each["mutable_tags"]),
            kms_key=self.given["kms_key_arn"], lifecycle=lifecycle(self.given["untagged_days"]), policy=self._policy(each), role=role,
            resource_tags={**self.given["tags"], **ownership(made, prefix)},
        )  # fmt: skip

    def _role(self) -> Role:
        arn, platform = f"arn:aws:ecr:{self.region}:{self.given['account_id']}:repository", self.scope.platform
        everything = any(each["prefix"] == ROOT for each in self.given["templates"])
        names = ["*"] if everything else [f"{platform}/*", f"{cache_prefix(platform)}*"]
        return Role(
            name="templates", scope=self.scope, region=self.region, trust=template_trust(),
            policy=template_policy([f"{arn}/{name}" for name in names], self.given["kms_key_arn"]),
            boundary=self.given["permissions_boundary"], tags=self.tags("templates"),
        )  # fmt: skip


def _replication_rule(rule: Mapping[str, Any]) -> ReplicationRule:
    destinations = frozenset(Destination(each["region"], each["account_id"]) for each in rule["destinations"])
    return ReplicationRule(destinations, frozenset(rule["prefixes"]), rule["deletions"])


ECR_REGISTRY = Stack(name="ecr_registry", kinds=KINDS, build=build)
