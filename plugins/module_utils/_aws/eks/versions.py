# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of Kubernetes a cluster can be made with or updated to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def version_problem(change: Any, before: str | None, after: str, offered: Mapping[str, Mapping[str, Any]]) -> str | None:
    """``offered`` as DescribeClusterVersions has them, by version."""
    if after not in offered:
        return f"eks_cluster_version: EKS does not offer Kubernetes {after}. It offers {', '.join(sorted(offered))}."
    if change.resource.support == "STANDARD" and offered[after]["versionStatus"] != "STANDARD_SUPPORT":
        return (
            f"eks_cluster_version: Kubernetes {after} is in extended support, which eks_cluster_support STANDARD excludes. "
            "Take a newer version, or set eks_cluster_support to EXTENDED, which is paid for by the hour."
        )
    step = _minor(after) - _minor(before) if before else 1
    if step == 1:
        return None
    if step < 0:
        return f"eks_cluster_version: {change.label} runs Kubernetes {before}, which cannot become {after}. Put {before} back."
    return (
        f"eks_cluster_version: {change.label} runs Kubernetes {before}, and EKS updates one minor version at a time. "
        f"Set 1.{_minor(str(before)) + 1} first, instead of {after}."
    )


def _minor(version: str) -> int:
    return int(version.split(".")[1])
