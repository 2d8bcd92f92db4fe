# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents of the registry stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._aws.ecr.documents import Document, access_policy, lifecycle_policy

VERSION = "2012-10-17"
# ECR user guide, "Private repository policy examples"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (*PULL, "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
COUNTED = {"newest": {"countType": "imageCountMoreThan"}, "days": {"countType": "sinceImagePushed", "countUnit": "days"}}


def repository_policy(pull_accounts: Iterable[str], push_principals: Iterable[str]) -> Document:
    """Other accounts pull, those of continuous integration push. The registry's own account needs none."""
    statements = [
        {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": sorted(set(principals))}, "Action": list(actions)}
        for sid, principals, actions in (("Pull", pull_accounts, PULL), ("Push", push_principals, PUSH))
        if principals
    ]
    return access_policy({"Version": VERSION, "Statement": statements})


def lifecycle(untagged_days: int, expire: Iterable[Mapping[str, Any]] = ()) -> Document:
    """Images of which nothing else would ever be rid. ``untagged_days`` 0 keeps those without a tag too."""
    rules: list[tuple[dict[str, Any], str, int]] = [({"tagStatus": "untagged"}, "days", untagged_days)] if untagged_days else []
    for each in expire:
        unit = "newest" if each["newest"] is not None else "days"
        rules.append(({"tagStatus": "tagged", "tagPatternList": sorted(each["tags"])}, unit, each[unit]))
    documents = [
        {"rulePriority": priority, "selection": {**chosen, **COUNTED[unit], "countNumber": number}, "action": {"type": "expire"}}
        for priority, (chosen, unit, number) in enumerate(rules, 1)
    ]
    return lifecycle_policy({"rules": documents})


def template_trust() -> dict[str, Any]:
    """ECR user guide, "Create an IAM role for repository creation templates": it names no condition that ECR would meet."""
    statement = {"Effect": "Allow", "Principal": {"Service": "ecr.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": VERSION, "Statement": [statement]}


def template_policy(repositories: list[str], key: str | None) -> dict[str, Any]:
    """What ECR does when it creates a repository by a template. ECR user guide, "Create a custom policy for repository creation templates"."""
    actions = ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"]
    statements = [{"Effect": "Allow", "Action": actions, "Resource": repositories}]
    if key:
        statements.append({"Effect": "Allow", "Action": ["kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey"], "Resource": [key]})
    return {"Version": VERSION, "Statement": statements}
