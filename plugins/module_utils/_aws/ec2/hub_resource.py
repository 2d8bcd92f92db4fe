# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all EC2 kinds share that live in the hub's account, whichever account the stack itself runs in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._engine.resource import Live, Scope
from .ec2_resource import Ec2Resource


@dataclass(kw_only=True, eq=False)
class HubResource(Ec2Resource):
    """Its ``create``, ``update`` and ``delete`` ask ``place.hub`` for their clients too."""

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        return super().read(place.hub, scope, within)

    def retag(self, place: Any, live: Live, tags: Mapping[str, str]) -> None:
        super().retag(place.hub, live, tags)
