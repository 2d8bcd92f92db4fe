# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories: created with their images, listed in pages, and what their tags may be."""

from __future__ import annotations

from typing import Any

from moto.ecr.exceptions import RepositoryNotFoundException

from ..answers import AwsError
from ..described import paginate
from ..overlay import Asked
from .images import seed
from .models import Backend, check_tags, invalid

_PAGE = 100
_MOST_WILDCARDS = 2  # in a filter


def check_create(backend: Backend, asked: Asked) -> None:
    check_tags(asked.get("tags", []))
    backend.check_key(asked.get("encryptionConfiguration"))
    check_mutability(asked)


def check_mutability(asked: Asked) -> None:
    """Filters come with a setting that has exclusions, and with no other. ECR user guide, "Preventing image tags from being overwritten"."""
    setting, filters = asked.get("imageTagMutability", "MUTABLE"), asked.get("imageTagMutabilityExclusionFilters")
    if setting.endswith("_WITH_EXCLUSION") != bool(filters):
        raise invalid("imageTagMutabilityExclusionFilters", f"exclusion filters do not go with imageTagMutability {setting}")
    if any(each["filter"].count("*") > _MOST_WILDCARDS for each in filters or ()):
        raise invalid("imageTagMutabilityExclusionFilters", f"a filter has no more than {_MOST_WILDCARDS} wildcards")


def after_create(backend: Backend, asked: Asked, result: Any) -> None:
    repository = backend.repositories[asked["repositoryName"]]
    for image in backend.seeds.get(repository.name, []):
        seed(repository, image["tag"], image["digest"])


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    names, registry = asked.get("repositoryNames"), asked.get("registryId", backend.account_id)
    for name in names or ():
        if registry != backend.account_id or name not in backend.repositories:
            raise RepositoryNotFoundException(name, registry)
    rows = [_row(each) for name, each in sorted(backend.repositories.items()) if not names or name in names]
    page, token = paginate(rows, asked.get("maxResults", _PAGE), asked.get("nextToken"))
    return {"repositories": page, "nextToken": token}


def _row(repository: Any) -> dict[str, Any]:
    filters = repository.image_tag_mutability_exclusion_filters
    return {
        "repositoryArn": repository.arn, "registryId": repository.registry_id, "repositoryName": repository.name,
        "repositoryUri": repository.uri, "createdAt": repository.created_at, "imageTagMutability": repository.image_tag_mutability,
        **({"imageTagMutabilityExclusionFilters": filters} if filters else {}),
        "imageScanningConfiguration": repository.image_scanning_configuration,
        "encryptionConfiguration": repository.encryption_configuration,
    }  # fmt: skip


def put_mutability(backend: Backend, asked: Asked) -> dict[str, Any]:
    repository = backend.repository(asked)
    check_mutability(asked)
    repository.image_tag_mutability = asked["imageTagMutability"]
    repository.image_tag_mutability_exclusion_filters = asked.get("imageTagMutabilityExclusionFilters")
    row = _row(repository)
    wanted = ("registryId", "repositoryName", "imageTagMutability", "imageTagMutabilityExclusionFilters")
    return {name: row[name] for name in wanted if name in row}


def check_tagging(backend: Backend, asked: Asked) -> None:
    tags = backend.tagger.get_tag_dict_for_resource(asked["resourceArn"])
    check_tags(asked["tags"], already=tags)


def check_delete(backend: Backend, asked: Asked) -> None:
    """moto takes any registry for its own."""
    if asked.get("registryId", backend.account_id) != backend.account_id:
        raise AwsError("RepositoryNotFoundException", f"The repository with name '{asked['repositoryName']}' does not exist in that registry")
