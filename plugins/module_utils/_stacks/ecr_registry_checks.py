# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the options of the registry, before any call. Sources: the constraints of the ECR API reference, ECR service quotas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._aws.ecr.pull_through_cache_rule import ROOT, cache_prefix
from .._planning.images import LONGEST_NAME, MIRROR, PATH
from .._planning.naming import nearest

Given = Mapping[str, Any]
LONGEST_PREFIX, LONGEST_POLICY = 30, 10240
MOST_FILTERS, MOST_RULES, MOST_DESTINATIONS, MOST_CACHED, MOST_SCANNED = 5, 10, 25, 50, 100
# Upstream registries, and whether they ask for credentials. ECR user guide, "Creating a pull through cache rule in Amazon ECR"
UPSTREAMS = {
    "public.ecr.aws": False, "registry.k8s.io": False, "quay.io": False, "registry-1.docker.io": True, "ghcr.io": True,
    "registry.gitlab.com": True, "cgr.dev": True,
}  # fmt: skip
OWN_HOSTS = {r"[a-z0-9-]+\.azurecr\.io": True, r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com": False}


def problems(given: Given, region: str) -> Iterator[str]:
    """A sentence for each."""
    yield from _who("ecr_registry", given)
    yield from _key("ecr_registry_kms_key_arn", given["kms_key_arn"], region)
    for each in given["repositories"]:
        yield from _repository(f"ecr_registry_repositories, {each['name']}", each, region)
    yield from _scanning(given["scanning"])
    yield from _registry_policy(given["registry_policy"])
    yield from _replication(given["replication"] or [], region, given["account_id"])
    if len(given["pull_through"]) > MOST_CACHED:
        yield f"ecr_registry_pull_through: {len(given['pull_through'])} rules are too many: AWS takes {MOST_CACHED}."
    for each in given["pull_through"]:
        yield from _pull_through(f"ecr_registry_pull_through, {each['name']}", each, given["platform"])
    for each in given["templates"]:
        where = f"ecr_registry_templates, {each['prefix']}"
        if each["prefix"] != ROOT and not re.fullmatch(PATH, each["prefix"]):
            yield f"{where}: the prefix is neither the beginning of repository names, without the platform's, nor {ROOT} for all others."
        yield from _who(where, each)
        yield from _patterns(where, each["mutable_tags"])


def _repository(where: str, each: Given, region: str) -> Iterator[str]:
    if not re.fullmatch(PATH, each["name"]) or len(each["name"]) > LONGEST_NAME:
        yield f"{where}: a repository's name has lower-case letters, digits and . _ - / between them, {LONGEST_NAME} at most."
    if each["name"].partition("/")[0] == MIRROR:
        yield f"{where}: {MIRROR}/ is where copies of platform_images are. Name it otherwise, or pin the image there."
    yield from _who(where, each)
    yield from _key(f"{where}, kms_key_arn", each["kms_key_arn"], region)
    yield from _patterns(where, each["mutable_tags"])
    for rule in each["expire"]:
        if (rule["newest"] is None) == (rule["days"] is None) or (rule["newest"] or rule["days"] or 0) < 1:
            yield f"{where}: expire takes either newest, how many images stay, or days, how long one stays; one at least."
        if not rule["tags"] or any(pattern.count("*") > 4 for pattern in rule["tags"]):
            yield f"{where}: expire needs patterns of tags, with four wildcards at most."


def _who(where: str, given: Given) -> Iterator[str]:
    for account in given["pull_accounts"]:
        if not re.fullmatch(r"\d{12}", account):
            yield f"{where}: pull_accounts has {account}, which is no account id of 12 digits. Write it in quotes."
    for principal in given["push_principals"]:
        if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:(role|user)/[^*]+", principal):
            yield f"{where}: push_principals has {principal}, which is no ARN of one IAM role or user. A repository's policy takes no wildcard in it."


def _key(where: str, arn: str | None, region: str) -> Iterator[str]:
    if arn is None:
        return
    found = re.fullmatch(r"arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:key/[\w-]+", arn)
    if found is None:
        yield f"{where}: {arn} is no ARN of a KMS key. An alias would be read back as the key that it stands for."
    elif found[1] != region:
        yield f"{where}: the key is in {found[1]}, but ECR takes one in {region}, where the registry is."


def _patterns(where: str, patterns: list[str]) -> Iterator[str]:
    wrong = [pattern for pattern in patterns if not re.fullmatch(r"[0-9a-zA-Z._*-]{1,128}", pattern) or pattern.count("*") > 2]
    if wrong or len(patterns) > MOST_FILTERS or ("*" in patterns and len(patterns) > 1):
        yield (
            f"{where}: mutable_tags takes {MOST_FILTERS} patterns of letters, digits and . _ - with two wildcards (*) at most, or '*' alone"
            f"{' (' + ', '.join(wrong) + ' is none)' if wrong else ''}."
        )


def _scanning(given: Given) -> Iterator[str]:
    if given["type"] == "basic" and given["continuous"]:
        yield "ecr_registry_scanning: only type enhanced scans continuously. Set it, or leave continuous empty."
    for filters in (given["on_push"], given["continuous"]):
        wrong = [each for each in filters if not re.fullmatch(r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*", each)]
        if wrong or len(filters) > MOST_SCANNED:
            yield f"ecr_registry_scanning: it takes {MOST_SCANNED} repository names with wildcards (*){''.join(f'; {each} is none' for each in wrong)}."


def _registry_policy(document: Any) -> Iterator[str]:
    if not document:
        return
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        missing = [element for element in ("Effect", "Principal", "Action", "Resource") if element not in statement]
        if missing:
            yield f"ecr_registry_policy: a statement has no {', no '.join(missing)}."
    if not statements:
        yield "ecr_registry_policy: it has no Statement. For no policy write {}."
    if len(json.dumps(document)) > LONGEST_POLICY:
        yield f"ecr_registry_policy: it has more than {LONGEST_POLICY} characters."


def _replication(rules: Iterable[Given], region: str, account_id: str) -> Iterator[str]:
    listed = [[(each["region"], each["account_id"]) for each in rule["destinations"]] for rule in rules]
    destinations = {each for rule in listed for each in rule}
    if len(listed) > MOST_RULES or len(destinations) > MOST_DESTINATIONS:
        yield f"ecr_registry_replication: AWS takes {MOST_RULES} rules and {MOST_DESTINATIONS} destinations in all."
    if not all(listed):
        yield "ecr_registry_replication: a rule has no destinations."
    if (region, account_id) in destinations:
        yield f"ecr_registry_replication: {account_id} in {region} is this registry itself. Name another region or account."


def _pull_through(where: str, each: Given, platform: str) -> Iterator[str]:
    prefix, upstream = cache_prefix(platform) + each["name"], each["upstream"]
    if not re.fullmatch(PATH, each["name"]) or len(prefix) > LONGEST_PREFIX:
        yield f"{where}: the prefix {prefix} has {len(prefix)} characters, or others than lower-case letters, digits and . _ - /; AWS takes {LONGEST_PREFIX}."
    asks = UPSTREAMS.get(upstream, next((known for pattern, known in OWN_HOSTS.items() if re.fullmatch(pattern, upstream)), None))
    if asks is None:
        yield f"{where}: ECR gets nothing from {upstream}.{nearest(upstream, UPSTREAMS)} It knows {', '.join(UPSTREAMS)}, Azure's registries and ECR's."
    if asks and not each["credential_arn"]:
        yield f"{where}: {upstream} asks for credentials. Keep them in a secret named ecr-pullthroughcache/..., and set credential_arn."
    if each["credential_arn"] and ":secret:ecr-pullthroughcache/" not in each["credential_arn"]:
        yield f"{where}: credential_arn is no secret whose name begins with ecr-pullthroughcache/, as ECR needs it."
