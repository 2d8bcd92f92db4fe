# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry as a user has it: built, found unchanged, changed by others and mended, left and taken down; with its calls counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from tests.support.cloud import ACCOUNT, Cloud, Killed
from tests.support.network import Outcome
from tests.support.registry import CI, GUEST, SMALL, WHOLE, RegistryStack, an_image, declared_calls

pytestmark = pytest.mark.emulator

REPOSITORIES = ["acme/mirror/pause", "acme/mirror/tools/proxy", "acme/payments", "acme/team/web"]


@pytest.fixture
def registry(cloud: Cloud) -> RegistryStack:
    return RegistryStack(cloud)


@pytest.fixture
def whole(cloud: Cloud) -> RegistryStack:
    """With everything that a registry can have."""
    return RegistryStack(cloud, WHOLE)


def reads(outcome: Outcome) -> dict[str, int]:
    return {name: count for name, count in outcome.recording.counts().items() if not name.startswith(("sts.", "ssm."))}


def overhead(outcome: Outcome) -> dict[str, int]:
    """Guard and lease."""
    return {name: count for name, count in outcome.recording.counts().items() if name.startswith(("sts.", "ssm."))}


def names(cloud: Cloud) -> list[str]:
    return [each["repositoryName"] for each in cloud.ecr.describe_repositories()["repositories"]]


def test_what_is_shown_is_made_and_a_second_run_changes_nothing(whole: RegistryStack) -> None:
    planned = whole.run(check=True)
    assert (planned.changing, names(whole.cloud)) == ([], [])
    built = whole.run()
    assert built["changes"] == planned["changes"]
    assert set(built.recording.counts(built.changing)) == declared_calls(built["changes"]) & set(built.recording.counts())
    assert names(whole.cloud) == REPOSITORIES
    again = whole.run()
    assert (again["changed"], again["counts"]["unchanged"], again["orphans"], again["foreign"]) == (False, 11, [], [])


def test_a_run_calls_as_little_as_can_be(whole: RegistryStack) -> None:
    """Creating takes one call for each thing and policy; reading one for each kind, and three for each repository."""
    built = whole.run()
    assert built.recording.counts(built.changing) == {
        "ecr.CreateRepository": 4, "ecr.PutLifecyclePolicy": 4, "ecr.SetRepositoryPolicy": 4, "ecr.PutRegistryScanningConfiguration": 1,
        "ecr.PutRegistryPolicy": 1, "ecr.PutReplicationConfiguration": 1, "ecr.CreatePullThroughCacheRule": 1,
        "ecr.CreateRepositoryCreationTemplate": 2, "iam.CreateRole": 1, "iam.PutRolePolicy": 1,
    }  # fmt: skip
    settings = {
        "ecr.DescribeRepositories": 1, "ecr.GetRegistryPolicy": 1, "ecr.DescribeRegistry": 1, "ecr.GetRegistryScanningConfiguration": 1,
        "ecr.DescribePullThroughCacheRules": 1, "ecr.DescribeRepositoryCreationTemplates": 1, "iam.ListRoles": 1,
    }  # fmt: skip
    assert {name: count for name, count in reads(built).items() if name not in built.recording.counts(built.changing)} == settings
    assert overhead(built) == {"sts.GetCallerIdentity": 1, "ssm.GetParametersByPath": 1, "ssm.PutParameter": 2}
    again = whole.run()
    role = {"iam.GetRole": 1, "iam.GetRolePolicy": 1, "iam.ListRolePolicies": 1, "iam.ListAttachedRolePolicies": 1}
    policies = {"ecr.ListTagsForResource": 4, "ecr.GetLifecyclePolicy": 4, "ecr.GetRepositoryPolicy": 4}
    assert reads(again) == {**settings, **role, **policies}
    assert overhead(again) == {"sts.GetCallerIdentity": 1, "ssm.GetParametersByPath": 1}


def test_what_is_unset_is_neither_read_nor_touched(registry: RegistryStack) -> None:
    ecr = registry.cloud.ecr
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}]}]})
    registry.run()
    assert set(reads(registry.run())) == {
        "ecr.DescribeRepositories", "ecr.ListTagsForResource", "ecr.GetLifecyclePolicy", "ecr.GetRepositoryPolicy", "ecr.GetRegistryScanningConfiguration"
    }  # fmt: skip
    checked = registry.run(check=True)
    assert checked["orphans"] == [{"kind": "replication_configuration", "name": "registry", "id": "registry"}]
    assert len(ecr.describe_registry()["replicationConfiguration"]["rules"]) == 1
    assert registry.run(replication=[]).told == [("update", "replication_configuration.registry", {"rules"})]
    assert ecr.describe_registry()["replicationConfiguration"]["rules"] == []


def test_what_a_repository_is_like(registry: RegistryStack) -> None:
    built = registry.run()
    ecr = registry.cloud.ecr
    found = {each["repositoryName"]: each for each in ecr.describe_repositories()["repositories"]}
    assert {name: each["imageTagMutability"] for name, each in found.items()} == {
        **dict.fromkeys(REPOSITORIES, "IMMUTABLE"), "acme/team/web": "IMMUTABLE_WITH_EXCLUSION"
    }  # fmt: skip
    assert all(each["imageScanningConfiguration"]["scanOnPush"] for each in found.values())
    statements = {name: _statements(ecr.get_repository_policy(repositoryName=name)["policyText"]) for name in found}
    pull = {"Pull": ([GUEST], {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"})}
    assert statements["acme/mirror/pause"] == pull
    assert statements["acme/payments"].keys() == {"Pull", "Push"}
    assert statements["acme/payments"]["Push"][0] == [CI]
    assert "ecr:PutImage" in statements["acme/payments"]["Push"][1]
    rules = json.loads(ecr.get_lifecycle_policy(repositoryName="acme/team/web")["lifecyclePolicyText"])["rules"]
    assert [(rule["selection"].get("tagPatternList"), rule["selection"]["countType"], rule["selection"]["countNumber"]) for rule in rules] == [
        (None, "sinceImagePushed", 14), (["branch-*"], "sinceImagePushed", 30), (["v*"], "imageCountMoreThan", 100)
    ]  # fmt: skip
    host = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
    assert (built["registry"], built["repositories"]["payments"]) == (host, f"{host}/acme/payments")
    assert built["images"]["tools/proxy"] == f"{host}/acme/mirror/tools/proxy@sha256:{'b' * 64}"


def _statements(text: str) -> dict[str, Any]:
    found = json.loads(text)["Statement"]
    listed = {each["Sid"]: (each["Principal"]["AWS"], set(each["Action"])) for each in found}
    return {sid: ([who] if isinstance(who, str) else who, actions) for sid, (who, actions) in listed.items()}


def test_what_ecr_itself_creates_is_like_the_rest_and_neither_ours_nor_foreign(whole: RegistryStack) -> None:
    whole.run()
    ecr = whole.cloud.ecr
    found = {each["prefix"]: each for each in ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]}
    assert {prefix: (each["appliedFor"], each["imageTagMutability"]) for prefix, each in found.items()} == {
        "acme.k8s": (["PULL_THROUGH_CACHE"], "MUTABLE"), "acme/teams": (["CREATE_ON_PUSH"], "IMMUTABLE")
    }  # fmt: skip
    [role] = whole.cloud.iam.list_roles(PathPrefix="/fintech.platform/")["Roles"]
    assert {each["customRoleArn"] for each in found.values()} == {role["Arn"]}
    for prefix, each in found.items():
        ecr.create_repository(repositoryName=f"{prefix}/app", tags=each["resourceTags"])
    again = whole.run(check=True, purge=True)
    assert (again["changed"], again["orphans"], again["foreign"]) == (False, [], [])


def test_what_is_no_longer_declared_is_an_orphan_until_it_is_purged(whole: RegistryStack) -> None:
    """Copies go with their images; the setting goes back to what AWS began with."""
    whole.cloud.control.images([{"repository": "acme/mirror/pause", "tag": "1.0", "digest": f"sha256:{'a' * 64}"}])
    whole.run()
    less = RegistryStack(whole.cloud, {"images": [], "repositories": SMALL["repositories"][:1]})
    expected = Counter(("repository", "repository", "repository", "registry_policy", "replication_configuration", "pull_through_cache_rule",
                        "repository_creation_template", "repository_creation_template", "role"))  # fmt: skip
    assert Counter(each["kind"] for each in less.run(check=True)["orphans"]) == expected
    purged = less.run(purge=True)
    assert Counter(each["kind"] for each in purged["changes"] if each["action"] == "delete") == expected
    assert names(whole.cloud) == ["acme/payments"]
    assert whole.cloud.ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert less.run(purge=True)["changed"] is False


def test_it_is_taken_down_to_nothing(whole: RegistryStack) -> None:
    whole.cloud.control.images([{"repository": "acme/mirror/pause", "tag": "1.0", "digest": f"sha256:{'a' * 64}"}])
    whole.run()
    whole.take_down()
    cloud = whole.cloud
    assert (names(cloud), cloud.leases(), cloud.iam.list_roles(PathPrefix="/fintech.platform/")["Roles"]) == ([], [], [])
    assert cloud.ecr.describe_repository_creation_templates()["repositoryCreationTemplates"] == []
    assert cloud.ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}
    assert whole.take_down()["changed"] is False


def test_images_that_would_be_lost_keep_it_from_being_taken_down(registry: RegistryStack) -> None:
    registry.cloud.control.images([{"repository": "acme/payments", "tag": "1.0", "digest": f"sha256:{'a' * 64}"}])
    registry.run()
    with pytest.raises(
        PlanError, match=r"The repository acme/payments has images, .*aws ecr delete-repository --force --repository-name acme/payments"
    ):
        registry.take_down()
    assert names(registry.cloud) == REPOSITORIES
    with pytest.raises(PlanError, match="hub is protected from deletion"):
        registry.take_down(deletion_protection=True)


MUTATIONS = {
    "a tag may move": lambda ecr: ecr.put_image_tag_mutability(repositoryName="acme/payments", imageTagMutability="MUTABLE"),
    "nothing is scanned": lambda ecr: ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[]),
    "a repository is not scanned": lambda ecr: ecr.put_image_scanning_configuration(
        repositoryName="acme/payments", imageScanningConfiguration={"scanOnPush": False}
    ),
    "nothing expires": lambda ecr: ecr.delete_lifecycle_policy(repositoryName="acme/payments"),
    "anybody pulls": lambda ecr: ecr.set_repository_policy(
        repositoryName="acme/payments",
        policyText=json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}]}),
    ),
    "a repository is gone": lambda ecr: ecr.delete_repository(repositoryName="acme/mirror/pause"),
    "a cache rule is gone": lambda ecr: ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="acme.k8s"),
    "a template lets tags move": lambda ecr: ecr.update_repository_creation_template(prefix="acme/teams", imageTagMutability="MUTABLE"),
    "images go nowhere": lambda ecr: ecr.put_replication_configuration(replicationConfiguration={"rules": []}),
    "nobody replicates": lambda ecr: ecr.delete_registry_policy(),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_drift_is_seen_and_mended(whole: RegistryStack, mutation: str) -> None:
    whole.run()
    MUTATIONS[mutation](whole.cloud.ecr)
    [change] = whole.run(check=True)["changes"]
    mended = whole.run()
    assert mended["changes"] == [change]
    assert set(mended.recording.counts(mended.changing)) <= declared_calls([change])
    assert whole.run(check=True)["changed"] is False


def test_killed_anywhere_it_is_mended_by_running_again(whole: RegistryStack) -> None:
    calls = len(whole.run().changing)
    for skip in range(0, calls, 3):
        whole.cloud.control.reset()
        whole.cloud.control.fault("kill", service="[ei][ca][rm]", mutating=True, skip=skip, moment="after")
        whole.cloud.mortal = True
        with pytest.raises(Killed):
            whole.run()
        whole.cloud.mortal = False
        whole.cloud.control.clear_faults()
        whole.cloud.expire_leases()
        whole.run()
        assert whole.run()["changed"] is False
        assert names(whole.cloud) == REPOSITORIES


def test_only_the_hub_builds_it(cloud: Cloud) -> None:
    with pytest.raises(PlanError, match="The registry belongs to the whole account and is built from the host hub, but this host is dev"):
        RegistryStack(cloud).run(environment="dev")
    with pytest.raises(PlanError, match=r"platform_images: 'pause' is pinned 2 times"):
        RegistryStack(cloud).run(images=[an_image("pause"), an_image("pause", "b")])
    assert not [name for name in cloud.control.calls().counts if name.startswith(("sts:", "ssm:", "ecr:"))]
