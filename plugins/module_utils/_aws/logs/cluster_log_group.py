# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch log group of an EKS control plane: EKS decides its name, and makes it without retention or key where it is not there."""

from __future__ import annotations

from dataclasses import dataclass

from ..._engine.resource import Scope
from .log_group import LogGroup


def cluster_name(scope: Scope) -> str:
    """Of the one cluster that an environment has."""
    return f"{scope.platform}-{scope.environment}"


@dataclass(kw_only=True, eq=False)
class ClusterLogGroup(LogGroup):
    """``name`` is ``cluster``: the group is ``/aws/eks/<cluster>/cluster``."""

    kind = "cluster_log_group"

    @classmethod
    def folder(cls, scope: Scope) -> str:
        return f"/aws/eks/{cluster_name(scope)}/"
