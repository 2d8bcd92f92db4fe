# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repository creation templates: what repositories are like that ECR makes by itself. It makes none here."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..described import paginate
from ..overlay import Asked
from . import lifecycle
from .access import check_document
from .models import Backend, check_tags, invalid, now
from .repositories import check_mutability

_PAGE = 100
_CLEARED = ("description", "repositoryPolicy", "lifecyclePolicy")  # by an empty text


def create(backend: Backend, asked: Asked) -> dict[str, Any]:
    prefix = asked["prefix"]
    if prefix in backend.templates:
        raise AwsError("TemplateAlreadyExistsException", f"The template with prefix '{prefix}' already exists in the registry")
    made = {"imageTagMutability": "MUTABLE", "encryptionConfiguration": {"encryptionType": "AES256"}, "createdAt": now(), **asked}
    return _kept(backend, made)


def update(backend: Backend, asked: Asked) -> dict[str, Any]:
    """What is not given stays as it is. Filters go with the setting that they are for."""
    changed = {**_template(backend, asked["prefix"]), **asked}
    if "imageTagMutability" in asked and "imageTagMutabilityExclusionFilters" not in asked:
        changed.pop("imageTagMutabilityExclusionFilters", None)
    return _kept(backend, changed)


def _kept(backend: Backend, template: dict[str, Any]) -> dict[str, Any]:
    _check(backend, template)
    template = {key: value for key, value in template.items() if value != "" or key not in _CLEARED} | {"updatedAt": now()}
    backend.templates[template["prefix"]] = template
    return {"registryId": backend.account_id, "repositoryCreationTemplate": template}


def _check(backend: Backend, template: dict[str, Any]) -> None:
    check_mutability(template)
    check_tags(template.get("resourceTags", []))
    backend.check_key(template["encryptionConfiguration"])
    if template.get("repositoryPolicy"):
        check_document(backend, template["repositoryPolicy"], "repository", {"Effect", "Principal", "Action"})
    if template.get("lifecyclePolicy"):
        lifecycle.check(template["lifecyclePolicy"])
    role = template.get("customRoleArn")
    if role is None and (template.get("resourceTags") or template["encryptionConfiguration"]["encryptionType"] != "AES256"):
        raise invalid("customRoleArn", "A template with resource tags or a KMS key needs a custom role")
    if role is not None and not backend.has_principal(role):
        raise invalid("customRoleArn", f"The role {role} can not be assumed by ECR")


def delete(backend: Backend, asked: Asked) -> dict[str, Any]:
    template = _template(backend, asked["prefix"])
    del backend.templates[template["prefix"]]
    return {"registryId": backend.account_id, "repositoryCreationTemplate": template}


def describe(backend: Backend, asked: Asked) -> dict[str, Any]:
    rows = [_template(backend, prefix) for prefix in sorted(asked.get("prefixes") or backend.templates)]
    page, token = paginate(rows, asked.get("maxResults", _PAGE), asked.get("nextToken"))
    return {"registryId": backend.account_id, "repositoryCreationTemplates": page, "nextToken": token}


def _template(backend: Backend, prefix: str) -> dict[str, Any]:
    if prefix not in backend.templates:
        raise AwsError("TemplateNotFoundException", f"The template with prefix '{prefix}' does not exist in the registry")
    return backend.templates[prefix]
