# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication configuration: which repositories are copied to which regions and accounts when an image is pushed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import managed
from .registry_setting import RegistrySetting


@dataclass(frozen=True)
class Destination:
    region: str
    account_id: str

    def __str__(self) -> str:
        return f"{self.account_id} in {self.region}"


@dataclass(frozen=True)
class ReplicationRule:
    """``prefixes`` are beginnings of repository names, none for all. ``deletions``: what is deleted here is deleted there."""

    destinations: frozenset[Destination]
    prefixes: frozenset[str] = frozenset()
    deletions: bool = False

    def __str__(self) -> str:
        what = ", ".join(f"{prefix}*" for prefix in sorted(self.prefixes)) or "everything"
        return f"{what} to {', '.join(sorted(map(str, self.destinations)))}{' with deletions' if self.deletions else ''}"


@dataclass(kw_only=True, eq=False)
class ReplicationConfiguration(RegistrySetting):
    rules: frozenset[ReplicationRule] = managed()

    kind = "replication_configuration"
    pristine: ClassVar = {"rules": frozenset()}
    calls: ClassVar = {"rules": ("ecr.PutReplicationConfiguration",), "delete": ("ecr.PutReplicationConfiguration",)}

    @classmethod
    def get(cls, place: Any) -> dict[str, Any]:
        answer = place.client("ecr").describe_registry()
        return {"rules": frozenset(map(_told, answer["replicationConfiguration"]["rules"]))}

    @classmethod
    def put(cls, place: Any, values: Mapping[str, Any]) -> None:
        rules = [_asked(rule) for rule in sorted(values["rules"], key=str)]
        place.client("ecr").put_replication_configuration(replicationConfiguration={"rules": rules})


def _told(rule: Mapping[str, Any]) -> ReplicationRule:
    return ReplicationRule(
        destinations=frozenset(Destination(each["region"], each["registryId"]) for each in rule["destinations"]),
        prefixes=frozenset(each["filter"] for each in rule.get("repositoryFilters", ())),
        deletions=rule.get("deleteReplication", {}).get("enabled", False),
    )


def _asked(rule: ReplicationRule) -> dict[str, Any]:
    filters = [{"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in sorted(rule.prefixes)]
    return {
        "destinations": [{"region": each.region, "registryId": each.account_id} for each in sorted(rule.destinations, key=str)],
        **({"repositoryFilters": filters} if filters else {}),
        **({"deleteReplication": {"enabled": True}} if rule.deletions else {}),
    }
