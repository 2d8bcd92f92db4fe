# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags may move to another image: AWS's setting and its filters as a set of patterns, empty where every tag stays."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

ALL = "*"


def to_setting(mutable: Set[str]) -> dict[str, Any]:
    """The parameters of a call."""
    if not mutable or mutable == {ALL}:
        return {"imageTagMutability": "MUTABLE" if mutable else "IMMUTABLE"}
    filters = [{"filterType": "WILDCARD", "filter": pattern} for pattern in sorted(mutable)]
    return {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filters}


def from_setting(item: Mapping[str, Any]) -> frozenset[str]:
    """Of what AWS describes. Where filters name what does not move, that has an exclamation mark: it is never declared so."""
    filters = [each["filter"] for each in item.get("imageTagMutabilityExclusionFilters", ())]
    if item.get("imageTagMutability", "MUTABLE").startswith("MUTABLE"):
        return frozenset({ALL, *(f"!{pattern}" for pattern in filters)})
    return frozenset(filters)
