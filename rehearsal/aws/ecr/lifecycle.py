# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lifecycle policies: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..overlay import Asked
from .models import Backend, invalid

_SINCE = ("sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")
_COUNT_TYPES = ("imageCountMoreThan", *_SINCE)
_MOST_WILDCARDS = 4  # in a pattern of a tag


def put(backend: Backend, asked: Asked) -> dict[str, Any]:
    repository, text = backend.repository(asked), asked["lifecyclePolicyText"]
    check(text)
    repository.lifecycle_policy = text
    return {"registryId": repository.registry_id, "repositoryName": repository.name, "lifecyclePolicyText": text}


def check(text: str) -> None:
    """Raises AwsError with all that is wrong, as ECR words the first of it."""
    try:
        rules = json.loads(text)["rules"]
        problems = list(_problems(rules))
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise _refused("Could not map policyString into LifecyclePolicy.") from cause
    if problems:
        raise _refused("; ".join(problems))


def _refused(text: str) -> Exception:
    return invalid("LifecyclePolicyText", f"Lifecycle policy validation failure: {text}")


def _problems(rules: list[dict[str, Any]]) -> Iterator[str]:
    if not rules:
        yield "rules: a policy needs one at least"
    priorities = [rule["rulePriority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        yield "rulePriority: every rule needs one of its own"
    statuses = [(rule["rulePriority"], rule["selection"]["tagStatus"]) for rule in rules]
    if any(status == "any" and priority < max(priorities) for priority, status in statuses):
        yield "rulePriority: a rule for any image comes last"
    if sum(status == "untagged" for _priority, status in statuses) > 1:
        yield "tagStatus: only one rule is for untagged images"
    for rule in rules:
        yield from _rule_problems(rule)


def _rule_problems(rule: dict[str, Any]) -> Iterator[str]:
    if unknown := rule.keys() - {"rulePriority", "description", "selection", "action"}:
        yield f"object instance has properties which are not allowed by the schema: {sorted(unknown)}"
    if not isinstance(rule["rulePriority"], int) or rule["rulePriority"] < 1:
        yield "rulePriority: a number from 1 on"
    if rule["action"].get("type") not in ("expire", "transition"):
        yield f"instance value ({rule['action'].get('type')}) not found in enum (possible values: ['expire', 'transition'])"
    yield from _tag_problems(rule["selection"])
    yield from _count_problems(rule["selection"])


def _tag_problems(selection: dict[str, Any]) -> Iterator[str]:
    if selection["tagStatus"] not in ("tagged", "untagged", "any"):
        yield f"instance value ({selection['tagStatus']}) not found in enum (possible values: ['any', 'tagged', 'untagged'])"
    given = [name for name in ("tagPatternList", "tagPrefixList") if selection.get(name)]
    if len(given) != (selection["tagStatus"] == "tagged"):
        yield "tagPatternList or tagPrefixList: tagged images need one of them, others take none"
    if any(pattern.count("*") > _MOST_WILDCARDS for pattern in selection.get("tagPatternList", [])):
        yield f"tagPatternList: a pattern has no more than {_MOST_WILDCARDS} wildcards"


def _count_problems(selection: dict[str, Any]) -> Iterator[str]:
    count_type = selection["countType"]
    if count_type not in _COUNT_TYPES:
        yield f"instance value ({count_type}) not found in enum (possible values: {list(_COUNT_TYPES)})"
    if (selection.get("countUnit") == "days") != (count_type in _SINCE):
        yield "countUnit: days, and only where time counts"
    if not isinstance(selection["countNumber"], int) or selection["countNumber"] < 1:
        yield f"numeric instance is lower than the required minimum (minimum: 1, found: {selection['countNumber']})"
