# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons that run on nodes, and are well only where there are some."""

from __future__ import annotations

from dataclasses import dataclass

from ..._engine.resource import initial
from .node_addon import NodeAddon
from .node_group import NodeGroup


@dataclass(kw_only=True, eq=False)
class Addon(NodeAddon):
    """``node_groups`` are there first."""

    node_groups: frozenset[NodeGroup] = initial(frozenset(), uses=(NodeGroup,))

    kind = "addon"

    @classmethod
    def is_its_own(cls, name: str) -> bool:
        return not super().is_its_own(name)
