# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed prefix list: the CIDRs of one network of a site, named once for all rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .. import waiters
from .ec2_resource import Ec2Resource


@dataclass(frozen=True)
class PrefixListEntry:
    cidr: str
    description: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.cidr


@dataclass(kw_only=True, eq=False)
class ManagedPrefixList(Ec2Resource):
    """``max_entries`` counts against the rules of every group that names the list, so it is exactly what is needed."""

    list_name: str = immutable()
    max_entries: int = managed()
    entries: frozenset[PrefixListEntry] = managed(frozenset())

    kind = "managed_prefix_list"
    waiter = waiters.PREFIX_LIST
    tag_type = "prefix-list"
    describe = ("describe_managed_prefix_lists", "PrefixLists", "PrefixListId")
    calls: ClassVar = {
        "create": ("ec2.CreateManagedPrefixList",),
        "entries": ("ec2.ModifyManagedPrefixList",),
        "max_entries": ("ec2.ModifyManagedPrefixList",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteManagedPrefixList",),
    }

    @classmethod
    def question(cls, scope: Scope, within: frozenset[str]) -> dict[str, Any]:
        """All of the region, AWS's own among them: those are needed too, and one call answers both."""
        return {}

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        found = [live for live in super().read(place, scope, within) if live.scope == scope]
        calls = (partial(place.pages, "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=live.id) for live in found)
        for live, entries in zip(found, place.together(calls), strict=True):
            live.values["entries"] = frozenset(PrefixListEntry(each["Cidr"], each.get("Description", "")) for each in entries)
        return found

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"list_name": item["PrefixListName"], "max_entries": item.get("MaxEntries")}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.detail = item.get("Version")
        return live

    def create(self, place: Any) -> Live:
        answer = place.client("ec2").create_managed_prefix_list(
            PrefixListName=self.list_name,
            AddressFamily="IPv4",
            MaxEntries=self.max_entries,
            Entries=[_entry(each) for each in sorted(self.entries, key=str)],
            TagSpecifications=self.specifications(),
        )
        live = self.made(answer["PrefixList"])
        live.values["entries"] = self.entries
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        """AWS takes a new size and new entries only apart; a list grows before it takes more, and shrinks afterwards."""
        size, entries = fields.get("max_entries"), fields.get("entries")
        ec2 = place.client("ec2")
        if size and (not entries or size.after > size.before):
            ec2.modify_managed_prefix_list(PrefixListId=live.id, MaxEntries=size.after)
            return  # entries differ still: the executor comes back when the list has settled
        if entries:
            before, after = entries.before or frozenset(), entries.after
            ec2.modify_managed_prefix_list(
                PrefixListId=live.id,
                CurrentVersion=live.detail,
                AddEntries=[_entry(each) for each in sorted(after - before, key=str)],
                RemoveEntries=[{"Cidr": each.cidr} for each in sorted(before - after, key=str)],
            )

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_managed_prefix_list(PrefixListId=live.id)


def _entry(entry: PrefixListEntry) -> dict[str, str]:
    return {"Cidr": entry.cidr, "Description": entry.description} if entry.description else {"Cidr": entry.cidr}
