# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of ECR's kinds, and what a life of each takes, call by call."""

from __future__ import annotations

from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.documents import access_policy, lifecycle_policy
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.pull_through_cache_rule import PullThroughCacheRule
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.registry_policy import RegistryPolicy
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.replication_configuration import (
    Destination,
    ReplicationConfiguration,
    ReplicationRule,
)
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.repository import Repository
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.repository_creation_template import RepositoryCreationTemplate
from ansible_collections.fintech.platform.plugins.module_utils._aws.ecr.scanning_configuration import ScanningConfiguration, ScanningRule
from ansible_collections.fintech.platform.plugins.module_utils._aws.iam.role import Role

from .cloud import ACCOUNT, REGION
from .kind_cases import Case
from .kinds import SCOPE, Made, tags

GUESTS = ("222222222222", "333333333333")


def allowing(*accounts: str, **more: Any) -> dict[str, Any]:
    """A policy by which accounts may pull, as a user writes it."""
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": principals}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}
    return {"Version": "2012-10-17", "Statement": [{**statement, **more}]}


def expiring(days: int) -> dict[str, Any]:
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}


def a_repository(name: str = "app", **options: Any) -> Repository:
    given = {"mutable_tags": frozenset(), "scan_on_push": True, "lifecycle": {}, "policy": {}, "tags": tags(name)}
    return Repository(name=name, scope=SCOPE, **{**given, **options})


def repository(version: int) -> Made:
    return [], a_repository(
        mutable_tags=frozenset(["latest", "dev-*"][:version]), scan_on_push=version == 2,
        lifecycle=lifecycle_policy(expiring([14, 30][version - 1])), policy=access_policy(allowing(*GUESTS[:version])),
    )  # fmt: skip


def bare_repository(version: int) -> Made:
    """Its policies go."""
    if version == 2:
        return [], a_repository()
    return [], a_repository(lifecycle=lifecycle_policy(expiring(14)), policy=access_policy(allowing(*GUESTS)))


def registry_policy(version: int) -> Made:
    document = access_policy(allowing(*GUESTS[:version], Action="ecr:ReplicateImage", Resource="*"))
    return [], RegistryPolicy(name="registry", policy=document)


def no_registry_policy(version: int) -> Made:
    return [], RegistryPolicy(name="registry", policy=access_policy(allowing(*GUESTS, Resource="*")) if version == 1 else {})


def replication_configuration(version: int) -> Made:
    rules = [
        ReplicationRule(frozenset({Destination("eu-west-1", ACCOUNT)}), frozenset({"acme/"})),
        ReplicationRule(frozenset({Destination("eu-north-1", account) for account in GUESTS}), deletions=True),
    ]
    return [], ReplicationConfiguration(name="registry", rules=frozenset(rules[:version]))


def scanning_configuration(version: int) -> Made:
    rules = {1: {ScanningRule("SCAN_ON_PUSH", frozenset({"*"}))}, 2: {ScanningRule("CONTINUOUS_SCAN", frozenset({"acme/*", "prod/*"}))}}
    return [], ScanningConfiguration(name="registry", scan_type=["BASIC", "ENHANCED"][version - 1], rules=frozenset(rules[version]))


def pull_through_cache_rule(version: int) -> Made:
    upstream = ["registry.k8s.io", "quay.io"][version - 1]
    return [], PullThroughCacheRule(name="acme.cache", scope=SCOPE, upstream=upstream)


def pull_through_cache_rule_of_another_account(version: int) -> Made:
    rule = PullThroughCacheRule(
        name="acme.theirs", scope=SCOPE, upstream=f"{GUESTS[0]}.dkr.ecr.{REGION}.amazonaws.com", upstream_prefix="team",
        role=f"arn:aws:iam::{GUESTS[1]}:role/pull-{version}",
    )  # fmt: skip
    return [], rule


def a_role() -> Role:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecr.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Effect": "Allow", "Action": "ecr:CreateRepository", "Resource": "*"}
    documents = [{"Version": "2012-10-17", "Statement": [each]} for each in (trust, policy)]
    return Role(name="templates", scope=SCOPE, region=REGION, trust=documents[0], policy=documents[1], tags=tags("templates"))


def repository_creation_template(version: int) -> Made:
    role = a_role()
    template = RepositoryCreationTemplate(
        name="acme/teams", scope=SCOPE, applied_for=frozenset(["REPLICATION", "CREATE_ON_PUSH"][:version]),
        mutable_tags=frozenset(["latest"][: version - 1]), lifecycle=lifecycle_policy(expiring(14)) if version == 1 else {},
        policy=access_policy(allowing(*GUESTS[:version])), resource_tags={"team": f"core-{version}"}, role=role,
    )  # fmt: skip
    return [role], template


ECR_CASES = [
    Case(
        make=repository,
        create={"ecr.CreateRepository": 1, "ecr.PutLifecyclePolicy": 1, "ecr.SetRepositoryPolicy": 1},
        reads={"ecr.DescribeRepositories": 1, "ecr.ListTagsForResource": 1, "ecr.GetLifecyclePolicy": 1, "ecr.GetRepositoryPolicy": 1},
        change=(
            {"mutable_tags", "scan_on_push", "lifecycle", "policy"},
            {"ecr.PutImageTagMutability": 1, "ecr.PutImageScanningConfiguration": 1, "ecr.PutLifecyclePolicy": 1, "ecr.SetRepositoryPolicy": 1},
        ),
        retag="ecr.TagResource",
        delete={"ecr.DeleteRepository": 1},
    ),
    Case(
        make=bare_repository,
        create={"ecr.CreateRepository": 1, "ecr.PutLifecyclePolicy": 1, "ecr.SetRepositoryPolicy": 1},
        reads={"ecr.DescribeRepositories": 1, "ecr.ListTagsForResource": 1, "ecr.GetLifecyclePolicy": 1, "ecr.GetRepositoryPolicy": 1},
        change=({"lifecycle", "policy"}, {"ecr.DeleteLifecyclePolicy": 1, "ecr.DeleteRepositoryPolicy": 1}),
        retag="ecr.TagResource",
        delete={"ecr.DeleteRepository": 1},
    ),
    Case(
        make=registry_policy,
        create={"ecr.PutRegistryPolicy": 1},
        reads={"ecr.GetRegistryPolicy": 1},
        change=({"policy"}, {"ecr.PutRegistryPolicy": 1}),
        delete={"ecr.DeleteRegistryPolicy": 1},
    ),
    Case(
        make=no_registry_policy,
        create={"ecr.PutRegistryPolicy": 1},
        reads={"ecr.GetRegistryPolicy": 1},
        change=({"policy"}, {"ecr.DeleteRegistryPolicy": 1}),
    ),
    Case(
        make=replication_configuration,
        create={"ecr.PutReplicationConfiguration": 1},
        reads={"ecr.DescribeRegistry": 1},
        change=({"rules"}, {"ecr.PutReplicationConfiguration": 1}),
        delete={"ecr.PutReplicationConfiguration": 1},
    ),
    Case(
        make=scanning_configuration,
        create={"ecr.PutRegistryScanningConfiguration": 1},
        reads={"ecr.GetRegistryScanningConfiguration": 1},
        change=({"scan_type", "rules"}, {"ecr.PutRegistryScanningConfiguration": 1}),
        delete={"ecr.PutRegistryScanningConfiguration": 1},
    ),
    Case(
        make=pull_through_cache_rule,
        create={"ecr.CreatePullThroughCacheRule": 1},
        reads={"ecr.DescribePullThroughCacheRules": 1},
        change=({"upstream"}, {"ecr.DeletePullThroughCacheRule": 1, "ecr.CreatePullThroughCacheRule": 1}),
        delete={"ecr.DeletePullThroughCacheRule": 1},
    ),
    Case(
        make=pull_through_cache_rule_of_another_account,
        create={"ecr.CreatePullThroughCacheRule": 1},
        reads={"ecr.DescribePullThroughCacheRules": 1},
        change=({"role"}, {"ecr.UpdatePullThroughCacheRule": 1}),
        delete={"ecr.DeletePullThroughCacheRule": 1},
    ),
    Case(
        make=repository_creation_template,
        create={"ecr.CreateRepositoryCreationTemplate": 1},
        reads={"ecr.DescribeRepositoryCreationTemplates": 1},
        change=(
            {"applied_for", "mutable_tags", "lifecycle", "policy", "resource_tags"},
            {"ecr.UpdateRepositoryCreationTemplate": 1},
        ),
        delete={"ecr.DeleteRepositoryCreationTemplate": 1},
    ),
]
