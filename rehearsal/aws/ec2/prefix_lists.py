# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed prefix lists, ours and AWS's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from moto.ec2.utils import random_managed_prefix_list_id

from ..answers import AwsError
from ..overlay import Asked
from . import tags
from .groups import check_prefix_list_size, prefix_list_users

_AWS = "AWS"
# Name (with the region where it has one), entries, and what a reference counts for in a security group's or route table's quota.
AWS_LISTS = (
    ("com.amazonaws.{region}.s3", ("3.5.134.0/23", "52.219.44.0/22"), 1),
    ("com.amazonaws.{region}.dynamodb", ("52.94.0.0/22", "52.119.224.0/20"), 1),
    ("com.amazonaws.{region}.vpc-lattice", ("169.254.171.0/24",), 10),
    ("com.amazonaws.global.cloudfront.origin-facing", ("13.124.199.0/24", "130.176.0.0/18"), 55),
)


@dataclass
class PrefixList:
    """A prefix list; `versions` are its entries by version, the newest is in force."""

    id: str
    prefix_list_name: str
    address_family: str
    owner_id: str
    weight: int
    max_entries: int | None = None
    state: str = "create-in-progress"
    versions: dict[int, dict[str, str]] = field(default_factory=lambda: {1: {}})

    @property
    def version(self) -> int:
        return max(self.versions)

    @property
    def entries(self) -> dict[str, str]:
        """Descriptions by CIDR."""
        return self.versions[self.version]

    def described(self, backend: Any) -> dict[str, Any]:
        own = self.owner_id != _AWS
        return {
            "PrefixListId": self.id, "AddressFamily": self.address_family, "State": self.state,
            "PrefixListArn": f"arn:{backend.partition}:ec2:{backend.region_name}:{self.owner_id.lower()}:prefix-list/{self.id}",
            "PrefixListName": self.prefix_list_name, "MaxEntries": self.max_entries,
            "Version": self.version if own else None, "OwnerId": self.owner_id, "Tags": tags.of(backend, self.id),
        }  # fmt: skip


def seed(backend: Any) -> None:
    """AWS's own lists."""
    for name, cidrs, weight in AWS_LISTS:
        made = PrefixList(random_managed_prefix_list_id(), name.format(region=backend.region_name), "IPv4", _AWS, weight,
                          state="create-complete", versions={1: dict.fromkeys(cidrs, "")})  # fmt: skip
        backend.managed_prefix_lists[made.id] = made


def aws_list(backend: Any, service_name: str) -> PrefixList:
    """The list that AWS keeps for a gateway endpoint's service."""
    return next(kept for kept in backend.managed_prefix_lists.values() if kept.prefix_list_name == service_name)


def get(backend: Any, identifier: str) -> PrefixList:
    found = backend.managed_prefix_lists.get(identifier)
    if found is None:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{identifier}' does not exist")
    return found


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    name, family = asked["PrefixListName"], asked["AddressFamily"]
    if name.startswith("com.amazonaws") or len(name) > 255:
        raise AwsError("InvalidParameterValue", f"Value ({name}) for parameter prefixListName is invalid.")
    if family not in ("IPv4", "IPv6"):
        raise AwsError("InvalidParameterValue", f"Value ({family}) for parameter addressFamily is invalid.")
    if asked["MaxEntries"] < 1:
        raise AwsError("InvalidParameterValue", f"Value ({asked['MaxEntries']}) for parameter maxEntries is invalid.")
    made = PrefixList(random_managed_prefix_list_id(), name, family, backend.account_id, asked["MaxEntries"], asked["MaxEntries"])
    made.versions[1] = _added({}, asked.get("Entries", []), family)
    _check_room(made.versions[1], asked["MaxEntries"])
    backend.managed_prefix_lists[made.id] = made
    _progress(backend, made, "create")
    return {"PrefixList": made.described(backend)}


def _added(entries: dict[str, str], given: list[dict[str, str]], family: str) -> dict[str, str]:
    found = dict(entries)
    for entry in given:
        try:
            network = ip_network(entry["Cidr"])
        except ValueError as problem:
            raise AwsError("InvalidParameterValue", f"The CIDR ({entry['Cidr']}) is not valid: {problem}") from problem
        if f"IPv{network.version}" != family:
            raise AwsError("InvalidParameterValue", f"The CIDR ({network}) does not match the address family {family} of the prefix list")
        if str(network) in found:
            raise AwsError("InvalidParameterValue", f"The CIDR ({network}) is already in the prefix list")
        found[str(network)] = entry.get("Description", "")
    return found


def _check_room(entries: dict[str, str], maximum: int) -> None:
    if len(entries) > maximum:
        raise AwsError("PrefixListMaxEntriesExceeded", f"The prefix list has {len(entries)} entries, more than its maximum of {maximum}.")


def _progress(backend: Any, kept: PrefixList, verb: str) -> None:
    kept.state = f"{verb}-in-progress"
    backend.agenda.later("prefix_list", lambda: setattr(kept, "state", f"{verb}-complete"))


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = get(backend, asked["PrefixListId"])
    _check_own(backend, kept)
    add, remove, resize = asked.get("AddEntries", []), asked.get("RemoveEntries", []), asked.get("MaxEntries")
    if (add or remove) and resize is not None:
        raise AwsError("InvalidParameterCombination", "You cannot modify the entries of a prefix list and its size at the same time.")
    if add or remove:
        _change_entries(kept, add, remove, asked.get("CurrentVersion"))
    if resize is not None:
        _check_room(kept.entries, resize)
        check_prefix_list_size(backend, kept.id, resize)
        kept.max_entries = kept.weight = resize
    kept.prefix_list_name = asked.get("PrefixListName", kept.prefix_list_name)
    _progress(backend, kept, "modify")
    return {"PrefixList": kept.described(backend)}


def _check_own(backend: Any, kept: PrefixList) -> None:
    if kept.owner_id != backend.account_id:
        raise AwsError("UnauthorizedOperation", f"The prefix list '{kept.id}' belongs to {kept.owner_id}")
    if kept.state.endswith("-in-progress"):
        raise AwsError("IncorrectState", f"The request cannot be completed in the state ({kept.state}) of the prefix list '{kept.id}'")


def _change_entries(kept: PrefixList, add: list[Any], remove: list[Any], version: int | None) -> None:
    if version is None:
        raise AwsError("MissingParameter", "The request must contain the parameter CurrentVersion")
    if version != kept.version:
        raise AwsError("PrefixListVersionMismatch", f"The prefix list has the version {kept.version}, not {version}.")
    removed = {entry["Cidr"] for entry in remove}
    both = removed & {entry["Cidr"] for entry in add}
    if both:
        raise AwsError("InvalidRequest", f"The same CIDR cannot be added and removed in one request: {', '.join(sorted(both))}")
    missing = removed - kept.entries.keys()
    if missing:
        raise AwsError("InvalidParameterValue", f"Not in the prefix list '{kept.id}': {', '.join(sorted(missing))}")
    left = {cidr: text for cidr, text in kept.entries.items() if cidr not in removed}
    entries = _added(left, add, kept.address_family)
    _check_room(entries, kept.max_entries or len(entries))
    kept.versions[kept.version + 1] = entries


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = get(backend, asked["PrefixListId"])
    _check_own(backend, kept)
    if prefix_list_users(backend, kept.id):
        raise AwsError("DependencyViolation", f"The prefix list '{kept.id}' is referenced by other resources.")
    kept.state = "delete-in-progress"
    backend.agenda.later("prefix_list", lambda: _vanish(backend, kept.id))
    return {"PrefixList": kept.described(backend)}


def _vanish(backend: Any, identifier: str) -> None:
    backend.managed_prefix_lists.pop(identifier, None)
    tags.drop(backend, [identifier])


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("PrefixListIds")
    found = [get(backend, identifier) for identifier in wanted] if wanted else backend.managed_prefix_lists.values()
    return {"PrefixLists": [kept.described(backend) for kept in found]}


def describe_aws(backend: Any, asked: Asked) -> dict[str, Any]:
    """DescribePrefixLists: those of AWS alone."""
    wanted = asked.get("PrefixListIds")
    return {
        "PrefixLists": [
            {"PrefixListId": kept.id, "PrefixListName": kept.prefix_list_name, "Cidrs": list(kept.entries)}
            for kept in backend.managed_prefix_lists.values()
            if kept.owner_id == _AWS and (not wanted or kept.id in wanted)
        ]
    }


def entries(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = get(backend, asked["PrefixListId"])
    version = asked.get("TargetVersion", kept.version)
    if version not in kept.versions:
        raise AwsError("InvalidParameterValue", f"The prefix list '{kept.id}' has no version {version}")
    return {"Entries": [{"Cidr": cidr, **({"Description": text} if text else {})} for cidr, text in kept.versions[version].items()]}


def associations(backend: Any, asked: Asked) -> dict[str, Any]:
    kept = get(backend, asked["PrefixListId"])
    return {"PrefixListAssociations": [{"ResourceId": user, "ResourceOwner": backend.account_id} for user in prefix_list_users(backend, kept.id)]}
