# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes versions that EKS offers.

Dates: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html. Patch and platform versions, and which
version is the default, are of that time but not checked against AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .models import INVALID, page

# What is supported does not change with the clock, so that a rehearsal does not.
_TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Version:
    name: str
    patch: str
    platform: str
    released: date
    standard_until: date
    extended_until: date

    @property
    def minor(self) -> int:
        return minor(self.name)

    @property
    def status(self) -> str:
        if self.extended_until < _TODAY:
            return "UNSUPPORTED"
        return "STANDARD_SUPPORT" if self.standard_until >= _TODAY else "EXTENDED_SUPPORT"

    def described(self) -> dict[str, Any]:
        return {
            "clusterVersion": self.name, "clusterType": "eks", "defaultPlatformVersion": self.platform, "defaultVersion": self.name == DEFAULT,
            "releaseDate": _midnight(self.released), "endOfStandardSupportDate": _midnight(self.standard_until),
            "endOfExtendedSupportDate": _midnight(self.extended_until), "status": self.status.lower().replace("_", "-"),
            "versionStatus": self.status, "kubernetesPatchVersion": self.patch,
        }  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


DEFAULT = "1.35"
VERSIONS = {
    each.name: each
    for each in (
        Version("1.36", "1.36.4", "eks.5", date(2026, 6, 2), date(2027, 8, 2), date(2028, 8, 2)),
        Version("1.35", "1.35.7", "eks.12", date(2026, 1, 27), date(2027, 3, 27), date(2028, 3, 27)),
        Version("1.34", "1.34.10", "eks.20", date(2025, 10, 2), date(2026, 12, 2), date(2027, 12, 2)),
        Version("1.33", "1.33.13", "eks.34", date(2025, 5, 29), date(2026, 7, 29), date(2027, 7, 29)),
        Version("1.32", "1.32.13", "eks.41", date(2025, 1, 23), date(2026, 3, 23), date(2027, 3, 23)),
        Version("1.31", "1.31.14", "eks.57", date(2024, 9, 26), date(2025, 11, 26), date(2026, 11, 26)),
        Version("1.30", "1.30.14", "eks.61", date(2024, 5, 23), date(2025, 7, 23), date(2026, 7, 23)),
    )
}


def minor(name: str) -> int:
    """35 of `1.35` and of `v1.35.3-eksbuild.21`."""
    return int(name.split(".")[1])


def offered(name: str) -> Version:
    """Raises AwsError for a version that no cluster can be created with or updated to."""
    version = VERSIONS.get(name)
    if version is None or version.status == "UNSUPPORTED":
        raise AwsError(INVALID, "unsupported Kubernetes version")
    return version


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("versionStatus") or asked.get("status", "").upper().replace("-", "_")
    rows = [
        version.described()
        for version in VERSIONS.values()
        if (asked.get("includeAll") or version.status != "UNSUPPORTED" or wanted)
        and (not asked.get("defaultOnly") or version.name == DEFAULT)
        and (not asked.get("clusterVersions") or version.name in asked["clusterVersions"])
        and wanted in ("", version.status)
    ]
    return page("clusterVersions", rows, asked)
