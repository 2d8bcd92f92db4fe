# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `hub`: floor and ours build a hub with six sites and attach four environments to it.

One stack after the other, since the environments call in the hub's account too: so every call is somebody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .connected import connected
from .design import ENVIRONMENTS, HUB, Platform
from .emulated import Emulated
from .live import snapshot
from .live_hub import hub_snapshot
from .network import LATENCY, Row, explain, row_of

STACKS = (HUB, *ENVIRONMENTS)
SIDES = ("floor", "ours")


def rows(emulated: Emulated) -> Iterator[Row]:
    platform = connected()
    expected: dict[str, Any] = {}
    for who in SIDES:
        side = emulated.side(who, LATENCY, platform)
        for name in ("first", "noop"):
            found = []
            for stack in STACKS:
                done = emulated.run(side, [stack], name)
                found.append(row_of("hub", side, done, name, stack=stack, environments=len(ENVIRONMENTS)))
                if done.code:
                    print(done.output)
            if all(row["ok"] for row in found):
                built = _built(emulated, platform)
                expected = expected or built
                explain(who, expected, built)
                for row in found:
                    row["ok"] = built[row["stack"]] == expected[row["stack"]]
            yield from found


def _built(emulated: Emulated, platform: Platform) -> dict[str, Any]:
    """What stands now, by stack."""
    with emulated.at_once(LATENCY):
        networks = {name: snapshot(emulated.client(name), platform.designs[name]["vpc"]["cidr"]) for name in ENVIRONMENTS}
        return {HUB: hub_snapshot(lambda service: emulated.client(HUB, service)), **networks}
