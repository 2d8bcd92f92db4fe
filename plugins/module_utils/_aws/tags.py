# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ownership is written as tags, and read back from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._engine.errors import PlanError
from .._engine.resource import Scope

PREFIX = "fintech.platform/"
PARTS = ("platform", "environment", "stack")
LONGEST_KEY, LONGEST_VALUE, MOST_TAGS = 128, 256, 50
OWN_TAGS = 10  # ownership, Name, and what a kind adds (subnet roles ...)


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


def check_tags(tags: Mapping[str, Any]) -> None:
    """Raises ``PlanError`` with all that AWS, or the platform, does not take: Tagging AWS Resources user guide, tag naming limits."""
    problems = [f"platform_tags: {problem}" for key, value in tags.items() for problem in _tag_problems(key, value)]
    if len(tags) > MOST_TAGS - OWN_TAGS:
        problems.append(f"platform_tags: {len(tags)} tags are too many: AWS takes {MOST_TAGS}, {OWN_TAGS} of which are the platform's.")
    if problems:
        raise PlanError.of(problems)


def _tag_problems(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):  # YAML reads 007 as a number
        yield f"the value of '{key}' is {value!r}, which is no text. Write it in quotes."
        return
    if key.lower().startswith("aws:"):
        yield f"'{key}' begins with aws:, which AWS keeps for itself."
    if key == "Name" or key.startswith(PREFIX):
        yield f"'{key}' is written by the platform itself."
    if not 0 < len(key) <= LONGEST_KEY:
        yield f"'{key}' has {len(key)} characters, but AWS takes {LONGEST_KEY}."
    if len(value) > LONGEST_VALUE:
        yield f"the value of '{key}' has {len(value)} characters, but AWS takes {LONGEST_VALUE}."
    if not all(each.isalnum() or each in "+-=._:/@ " for each in key + value):
        yield f"'{key}' has characters other than letters, digits, spaces and + - = . _ : / @."


def to_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_tags(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """``[{Key, Value}]`` as a dict; ``aws:*`` tags are AWS's own and not seen."""
    return {tag["Key"]: tag["Value"] for tag in tags or () if not tag["Key"].startswith("aws:")}


def managed_only(tags: Mapping[str, str] | None, desired: Mapping[str, str] | None) -> dict[str, str]:
    """The live tags as far as they are declared: others' tags are left alone."""
    return {key: value for key, value in (tags or {}).items() if key in (desired or {})}
