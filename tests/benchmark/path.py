# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `path`: how many calls long the first run's changes take, from the first changing call to the last call's end.

The latency is so large that neither the emulator's CPU nor the client's counts. Every moment counts once, for the first of
these that is on its way then: a change or a first read, a poll, a call of the lease; where nothing is, for the pauses.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .design import ENVIRONMENTS, isolated
from .emulated import Emulated
from .runs import told_apart

LATENCY = 1000  # milliseconds
PARTS = ("changes", "polls", "lease", "pauses")


def rows(emulated: Emulated) -> Iterator[dict[str, Any]]:
    platform = isolated()
    for who in ("floor", "ours"):
        done = emulated.run(emulated.side(who, LATENCY, platform), ENVIRONMENTS[:1], "first")
        yield {
            "scenario": "path", "who": who, "environments": 1, "run": "first", "calls": done.counted.calls, **path(done.log), "ok": done.code == 0,
        }  # fmt: skip


def path(log: list[dict[str, Any]]) -> dict[str, float]:
    """Its length and that of its parts, in calls."""
    begin = min(entry["time"] for entry in log if entry["mutating"])
    spans = [(_part(entry, is_poll), entry["time"], entry["time"] + entry["seconds"]) for entry, is_poll in told_apart(log)]
    moments = sorted({begin, *(moment for _part, first, last in spans for moment in (first, last) if moment > begin)})
    seconds = dict.fromkeys(PARTS, 0.0)
    for before, after in pairwise(moments):
        under_way = {part for part, first, last in spans if first <= before and last >= after}
        seconds[next((part for part in PARTS if part in under_way), "pauses")] += after - before
    lengths = {"path": moments[-1] - begin, **seconds}
    return {part: round(length * 1000 / LATENCY, 2) for part, length in lengths.items()}


def _part(entry: dict[str, Any], is_poll: bool) -> str:
    return "lease" if entry["service"] == "ssm" else "polls" if is_poll else "changes"
