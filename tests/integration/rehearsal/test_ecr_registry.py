# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR in the emulator: who may what, what a registry has once, cache rules and templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal
from tests.integration.rehearsal.test_ecr import excluding, rule

pytestmark = pytest.mark.emulator

Refused = Callable[..., Any]


@pytest.fixture
def role(rehearsal: Rehearsal, make_client: Callable[..., Any]) -> str:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecr.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    made = make_client("iam", access_key="123456789012").create_role(RoleName="templates", AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


def policy(principal: Any, *actions: str, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": list(actions), **more}]})


def test_a_repository_policy_needs_principals_that_are_there(ecr: Any, role: str, refused: Refused) -> None:
    ecr.create_repository(repositoryName="acme/app")
    ecr.set_repository_policy(repositoryName="acme/app", policyText=policy({"AWS": role}, "ecr:PutImage"))
    for wrong in (
        policy({"AWS": f"{role}-of-nobody"}, "ecr:PutImage"),
        policy("*", "s3:GetObject"),
        json.dumps({"Statement": [{"Effect": "Allow", "Action": "ecr:PutImage"}]}),
        "{",
    ):
        with refused("InvalidParameterException", "Invalid repository policy provided"):
            ecr.set_repository_policy(repositoryName="acme/app", policyText=wrong)


def test_the_registry_policy_takes_every_action_of_ecr(ecr: Any, refused: Refused) -> None:
    text = policy({"AWS": "arn:aws:iam::222222222222:root"}, "ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", Resource="*")
    ecr.put_registry_policy(policyText=text)
    assert ecr.get_registry_policy()["policyText"] == text
    with refused("InvalidParameterException", "Invalid registry policy provided"):
        ecr.put_registry_policy(policyText=policy({"AWS": "arn:aws:iam::222222222222:root"}, "ecr:ReplicateImage"))
    ecr.delete_registry_policy()
    with refused("RegistryPolicyNotFoundException"):
        ecr.get_registry_policy()


def test_replication_goes_elsewhere(ecr: Any, refused: Refused) -> None:
    def rules(*regions: str) -> dict[str, Any]:
        return {"rules": [{"destinations": [{"region": region, "registryId": "123456789012"}]} for region in regions]}

    ecr.put_replication_configuration(replicationConfiguration=rules("eu-west-1", "eu-north-1"))
    assert ecr.describe_registry()["replicationConfiguration"] == rules("eu-west-1", "eu-north-1")
    for wrong, text in (
        (rules("eu-central-1"), "same as the source"),
        (rules(*["eu-west-1"] * 11), "no more than 10"),
        ({"rules": [{"destinations": []}]}, "needs"),
    ):
        with refused("InvalidParameterException", text):
            ecr.put_replication_configuration(replicationConfiguration=wrong)


def test_scanning_has_the_frequencies_of_its_type(ecr: Any, refused: Refused) -> None:
    def rules(*frequencies: str) -> list[dict[str, Any]]:
        return [{"scanFrequency": each, "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]} for each in frequencies]

    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules("CONTINUOUS_SCAN", "SCAN_ON_PUSH"))
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == rules("CONTINUOUS_SCAN", "SCAN_ON_PUSH")
    for scan_type, wrong in (("BASIC", rules("CONTINUOUS_SCAN")), ("ENHANCED", rules("MANUAL")), ("BASIC", rules("SCAN_ON_PUSH", "SCAN_ON_PUSH"))):
        with refused("InvalidParameterException"):
            ecr.put_registry_scanning_configuration(scanType=scan_type, rules=wrong)


def test_account_settings_have_their_values(ecr: Any, refused: Refused) -> None:
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    assert ecr.get_account_setting(name="BLOB_MOUNTING")["value"] == "ENABLED"
    for name, value in (("BASIC_SCAN_TYPE_VERSION", "CLAIR"), ("REGISTRY_POLICY_SCOPE", "V1"), ("COLOUR", "red")):
        with refused("ValidationException"):
            ecr.put_account_setting(name=name, value=value)


def test_a_pull_through_cache_rule_from_beginning_to_end(ecr: Any, make_client: Callable[..., Any], refused: Refused) -> None:
    secrets = make_client("secretsmanager", access_key="123456789012")
    arns = [secrets.create_secret(Name=f"ecr-pullthroughcache/hub-{number}", SecretString="{}")["ARN"] for number in (1, 2)]
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="k8s", upstreamRegistryUrl="registry.k8s.io")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arns[0])
    found = {each["ecrRepositoryPrefix"]: each for each in ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]}
    assert {prefix: each["upstreamRegistry"] for prefix, each in found.items()} == {"hub": "docker-hub", "k8s": "k8s"}
    assert found["hub"]["upstreamRepositoryPrefix"] == "ROOT"
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub", credentialArn=arns[1])
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="hub")["credentialArn"] == arns[1]
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="hub")
    for call in (ecr.delete_pull_through_cache_rule, ecr.validate_pull_through_cache_rule):
        with refused("PullThroughCacheRuleNotFoundException"):
            call(ecrRepositoryPrefix="hub")
    pages = list(ecr.get_paginator("describe_pull_through_cache_rules").paginate())
    assert [each["ecrRepositoryPrefix"] for page in pages for each in page["pullThroughCacheRules"]] == ["k8s"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ecrRepositoryPrefix": "k8s"}, "PullThroughCacheRuleAlreadyExistsException"),
        ({"upstreamRegistryUrl": "registry.example.com"}, "UnsupportedUpstreamRegistryException"),
        ({"upstreamRegistry": "quay"}, "UnsupportedUpstreamRegistryException"),
        ({"upstreamRegistryUrl": "ghcr.io"}, "InvalidParameterException"),
        (
            {
                "upstreamRegistryUrl": "ghcr.io",
                "credentialArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/nobody-AbCdEf",
            },
            "SecretNotFoundException",
        ),
        ({"ecrRepositoryPrefix": "K8s"}, "ValidationException"),
    ],
    ids=str,
)
def test_a_pull_through_cache_rule_is_refused(ecr: Any, refused: Refused, options: dict[str, Any], code: str) -> None:
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="k8s", upstreamRegistryUrl="registry.k8s.io")
    with refused(code):
        ecr.create_pull_through_cache_rule(**{"ecrRepositoryPrefix": "other", "upstreamRegistryUrl": "registry.k8s.io", **options})


def test_a_registry_has_fifty_pull_through_cache_rules(ecr: Any, refused: Refused) -> None:
    for number in range(50):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=f"k8s-{number}", upstreamRegistryUrl="registry.k8s.io")
    with refused("LimitExceededException"):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="k8s", upstreamRegistryUrl="registry.k8s.io")


def test_a_template_from_beginning_to_end(ecr: Any, role: str, refused: Refused) -> None:
    text = json.dumps({"rules": [rule()]})
    ecr.create_repository_creation_template(
        prefix="acme", appliedFor=["PULL_THROUGH_CACHE"], description="cached", resourceTags=[{"Key": "team", "Value": "core"}],
        customRoleArn=role, lifecyclePolicy=text, **excluding("latest"),
    )  # fmt: skip
    ecr.update_repository_creation_template(prefix="acme", imageTagMutability="IMMUTABLE", description="")
    [found] = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert (found["imageTagMutability"], found["lifecyclePolicy"], found["customRoleArn"]) == ("IMMUTABLE", text, role)
    assert {"imageTagMutabilityExclusionFilters", "description"}.isdisjoint(found)
    with refused("TemplateAlreadyExistsException"):
        ecr.create_repository_creation_template(prefix="acme", appliedFor=["REPLICATION"])
    ecr.delete_repository_creation_template(prefix="acme")
    with refused("TemplateNotFoundException"):
        ecr.update_repository_creation_template(prefix="acme", description="")


@pytest.mark.parametrize(
    "options",
    [
        {"resourceTags": [{"Key": "team", "Value": "core"}]},
        {"encryptionConfiguration": {"encryptionType": "KMS"}},
        {"customRoleArn": "arn:aws:iam::123456789012:role/nobody"},
        {"lifecyclePolicy": "{}"},
        {"repositoryPolicy": "{}"},
    ],
    ids=str,
)
def test_a_template_is_refused(ecr: Any, refused: Refused, options: dict[str, Any]) -> None:
    with refused("InvalidParameterException"):
        ecr.create_repository_creation_template(prefix="acme", appliedFor=["CREATE_ON_PUSH"], **options)


def test_tokens_last_for_twelve_hours(ecr: Any) -> None:
    [token] = ecr.get_authorization_token()["authorizationData"]
    assert timedelta(hours=11) < token["expiresAt"] - datetime.now(UTC) < timedelta(hours=13)
    assert token["proxyEndpoint"] == "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"
