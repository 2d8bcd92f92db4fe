# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of repositories and of the registry: who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..overlay import Asked
from ..policies import check_policy
from .models import Backend, invalid


def check_repository_policy(backend: Backend, asked: Asked) -> None:
    check_document(backend, asked["policyText"], "repository", {"Effect", "Principal", "Action"})


def check_document(backend: Backend, text: str, whose: str, required: set[str]) -> None:
    """Refuse what has no policy's form, actions of other services, and principals that are not there."""
    refusal = invalid("PolicyText", f"Invalid {whose} policy provided")
    try:
        check_policy(text, required)
    except ValueError as problem:
        raise refusal from problem
    statements = json.loads(text)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not all(action == "*" or action.startswith("ecr:") for action in _listed(statement.get("Action", []))):
            raise refusal
        if not all(backend.has_principal(principal) for principal in _principals(statement)):
            raise refusal


def _principals(statement: dict[str, Any]) -> Iterator[str]:
    named = statement.get("Principal", {})
    yield from _listed(named.get("AWS", [])) if isinstance(named, dict) else ()


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def put_registry_policy(backend: Backend, asked: Asked) -> dict[str, Any]:
    check_document(backend, asked["policyText"], "registry", {"Effect", "Principal", "Action", "Resource"})
    backend.registry_policy = asked["policyText"]
    return {"registryId": backend.account_id, "policyText": asked["policyText"]}
