# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ownership is written as tags, and read back from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._engine.resource import Scope

PREFIX = "fintech.platform/"
PARTS = ("platform", "environment", "stack")


def ownership(scope: Scope, name: str) -> dict[str, str]:
    """The tags that say whose an object is, and the ``Name`` that consoles show."""
    parts = {PREFIX + part: getattr(scope, part) for part in PARTS}
    return {**parts, f"{PREFIX}name": name, "Name": f"{scope.platform}-{scope.environment}-{name}"}


def owner(tags: Mapping[str, str], container: Scope | None = None) -> tuple[Scope | None, str | None]:
    """Whose an object is, and what it is called there; ``(None, None)`` for an object that is not the platform's.

    In a ``container`` of ours the name and the stack are enough: a changed platform or environment tag is drift there.
    """
    name, stack = tags.get(f"{PREFIX}name"), tags.get(f"{PREFIX}stack")
    if container and name and stack == container.stack:
        return container, name
    values = {part: tags.get(PREFIX + part) for part in PARTS}
    if not name or None in values.values():
        return None, None
    return Scope(**{part: str(value) for part, value in values.items()}), name


def to_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_tags(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """``[{Key, Value}]`` as a dict; ``aws:*`` tags are AWS's own and not seen."""
    return {tag["Key"]: tag["Value"] for tag in tags or () if not tag["Key"].startswith("aws:")}


def managed_only(tags: Mapping[str, str] | None, desired: Mapping[str, str] | None) -> dict[str, str]:
    """The live tags as far as they are declared: others' tags are left alone."""
    return {key: value for key, value in (tags or {}).items() if key in (desired or {})}
