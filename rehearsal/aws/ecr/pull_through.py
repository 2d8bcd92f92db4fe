# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull through cache rules. Nothing is pulled through."""

from __future__ import annotations

import re
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from ..answers import AwsError
from ..described import paginate
from ..overlay import Asked
from .models import Backend, invalid, now

_PAGE = 100
_MOST = 50  # ECR service quotas: pull through cache rules per registry
_ECR = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com"
# Host: its name, and whether it asks for credentials. ECR user guide, "Creating a pull through cache rule in Amazon ECR"
_UPSTREAMS = {
    r"public\.ecr\.aws": ("ecr-public", False),
    r"registry\.k8s\.io": ("k8s", False),
    r"quay\.io": ("quay", False),
    r"registry-1\.docker\.io": ("docker-hub", True),
    r"ghcr\.io": ("github-container-registry", True),
    r"registry\.gitlab\.com": ("gitlab-container-registry", True),
    r"[a-z0-9-]+\.azurecr\.io": ("azure-container-registry", True),
    r"cgr\.dev": ("chainguard", True),
    _ECR: ("ecr", False),
}


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    prefix, host = asked["ecrRepositoryPrefix"], asked["upstreamRegistryUrl"].removeprefix("https://")
    name, credentials = next((found for pattern, found in _UPSTREAMS.items() if re.fullmatch(pattern, host)), (None, False))
    if name is None or asked.get("upstreamRegistry", name) != name:
        raise AwsError("UnsupportedUpstreamRegistryException", f"The specified upstream registry isn't supported: {host}")
    if prefix in backend.pull_through_rules:
        raise AwsError(
            "PullThroughCacheRuleAlreadyExistsException",
            f"A pull through cache rule with prefix '{prefix}' already exists in the registry with id '{backend.account_id}'",
        )
    if credentials and "credentialArn" not in asked:
        raise invalid("credentialArn", f"Credentials are required for the upstream registry {host}")
    if len(backend.pull_through_rules) >= _MOST:
        raise AwsError("LimitExceededException", f"The registry has the maximum of {_MOST} pull through cache rules")
    _check_secret(backend, asked)
    rule = {
        "ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": host, "upstreamRegistry": name, "registryId": backend.account_id,
        "createdAt": now(), "upstreamRepositoryPrefix": asked.get("upstreamRepositoryPrefix", "ROOT"), **_access(asked),
    }  # fmt: skip
    backend.pull_through_rules[prefix] = rule
    return {key: value for key, value in rule.items() if key != "updatedAt"}


def _access(asked: Asked) -> dict[str, Any]:
    return {name: asked[name] for name in ("credentialArn", "customRoleArn") if name in asked}


def _check_secret(backend: Backend, asked: Asked) -> None:
    arn = asked.get("credentialArn")
    if arn is None:
        return
    region, account = arn.split(":")[3:5]
    secrets = secretsmanager_backends[account][region].secrets if (region, account) == (backend.region_name, backend.account_id) else {}
    if not any(secret.arn == arn for secret in secrets.values()):
        raise AwsError("SecretNotFoundException", f"The ARN of the secret specified in the pull through cache rule was not found: {arn}")


def update(backend: Backend, asked: Asked) -> dict[str, Any]:
    rule = _rule(backend, asked["ecrRepositoryPrefix"])
    if not _access(asked):
        raise invalid("credentialArn", "One of credentialArn and customRoleArn is needed")
    _check_secret(backend, asked)
    rule.update(_access(asked), updatedAt=now())
    return {key: value for key, value in rule.items() if key not in ("createdAt", "upstreamRegistry", "upstreamRegistryUrl")}


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    rule = _rule(backend, asked["ecrRepositoryPrefix"])
    del backend.pull_through_rules[rule["ecrRepositoryPrefix"]]
    return {key: value for key, value in rule.items() if key not in ("updatedAt", "upstreamRegistry")}


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    rows = [_rule(backend, prefix) for prefix in sorted(asked.get("ecrRepositoryPrefixes") or backend.pull_through_rules)]
    page, token = paginate(rows, asked.get("maxResults", _PAGE), asked.get("nextToken"))
    return {"pullThroughCacheRules": page, "nextToken": token}


def validate(backend: Backend, asked: Asked) -> dict[str, Any]:
    rule = _rule(backend, asked["ecrRepositoryPrefix"])
    return {key: value for key, value in rule.items() if key not in ("createdAt", "updatedAt", "upstreamRegistry")} | {"isValid": True}


def _rule(backend: Backend, prefix: str) -> dict[str, Any]:
    if prefix not in backend.pull_through_rules:
        raise AwsError(
            "PullThroughCacheRuleNotFoundException",
            f"The pull through cache rule with prefix '{prefix}' was not found in the registry with id '{backend.account_id}'",
        )
    return backend.pull_through_rules[prefix]
