# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `path`: how many calls long the first run's changes take, from the first changing call to the last call's end.

The latency is so large that neither the emulator's CPU nor the client's counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .emulated import Emulated

LATENCY = 1000  # milliseconds


def rows(emulated: Emulated) -> Iterator[dict[str, Any]]:
    for who in ("floor", "ours"):
        done = emulated.run(emulated.side(who, LATENCY), 1, "first")
        begin = min(entry["time"] for entry in done.log if entry["mutating"])
        end = max(entry["time"] + entry["seconds"] for entry in done.log)
        yield {
            "scenario": "path", "who": who, "environments": 1, "run": "first", "calls": done.counted.calls,
            "path": round((end - begin) * 1000 / LATENCY, 1), "ok": done.code == 0,
        }  # fmt: skip
