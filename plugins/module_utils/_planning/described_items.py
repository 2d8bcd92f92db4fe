# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all describe answers share: items by operation, tags, the entries of prefix lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Described: TypeAlias = "Mapping[str, Sequence[Mapping[str, Any]]]"
PREFIX = "fintech.platform/"


def items(describe: Described, operation: str) -> Sequence[Mapping[str, Any]]:
    return describe.get(operation, ())


@dataclass(frozen=True)
class Tags:
    """The platform's own tags of an item; another platform's count as none."""

    platform: str | None

    def of(self, item: Mapping[str, Any], key: str) -> str | None:
        tags = {each["Key"]: each["Value"] for each in item.get("Tags") or ()}
        if self.platform is not None and tags.get(f"{PREFIX}platform") != self.platform:
            return None
        return tags.get(PREFIX + key)

    @staticmethod
    def name(item: Mapping[str, Any]) -> str:
        """The name in its stack, or what else people call it."""
        tags = {each["Key"]: each["Value"] for each in item.get("Tags") or ()}
        return str(tags.get(f"{PREFIX}name") or tags.get("Name") or "")


def prefix_lists(describe: Described) -> dict[str, tuple[str, ...]]:
    """The IPv4 entries of each list whose entries were asked for; an empty list is there too."""
    found: dict[str, list[str]] = {}
    for item in items(describe, "get_managed_prefix_list_entries"):
        entries = found.setdefault(item["PrefixListId"], [])
        if item.get("Cidr") and ":" not in item["Cidr"]:
            entries.append(item["Cidr"])
    return {name: tuple(entries) for name, entries in found.items()}
