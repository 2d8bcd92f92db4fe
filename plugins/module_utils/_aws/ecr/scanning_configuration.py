# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scanning configuration of the registry: who scans which repositories for vulnerabilities, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import managed
from .registry_setting import RegistrySetting


@dataclass(frozen=True)
class ScanningRule:
    """``frequency`` as AWS names it; ``filters`` are repository names with wildcards."""

    frequency: str
    filters: frozenset[str]

    def __str__(self) -> str:
        return f"{self.frequency} of {', '.join(sorted(self.filters))}"


@dataclass(kw_only=True, eq=False)
class ScanningConfiguration(RegistrySetting):
    """``scan_type`` is BASIC (ECR itself) or ENHANCED (Inspector, which costs by image)."""

    scan_type: str = managed()
    rules: frozenset[ScanningRule] = managed()

    kind = "scanning_configuration"
    pristine: ClassVar = {"scan_type": "BASIC", "rules": frozenset()}
    calls: ClassVar = dict.fromkeys(("scan_type", "rules", "delete"), ("ecr.PutRegistryScanningConfiguration",))

    @classmethod
    def get(cls, place: Any) -> dict[str, Any]:
        answer = place.client("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
        rules = (
            ScanningRule(rule["scanFrequency"], frozenset(each["filter"] for each in rule["repositoryFilters"])) for rule in answer.get("rules", ())
        )
        return {"scan_type": answer.get("scanType", "BASIC"), "rules": frozenset(rules)}

    @classmethod
    def put(cls, place: Any, values: Mapping[str, Any]) -> None:
        rules = [
            {
                "scanFrequency": rule.frequency,
                "repositoryFilters": [{"filter": each, "filterType": "WILDCARD"} for each in sorted(rule.filters)],
            }
            for rule in sorted(values["rules"], key=str)
        ]
        place.client("ecr").put_registry_scanning_configuration(scanType=values["scan_type"], rules=rules)
