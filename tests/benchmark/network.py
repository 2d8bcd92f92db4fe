# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `network`: floor, ours and peer build the same network, one after the other, on the same emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .design import ENVIRONMENTS, design
from .emulated import Emulated
from .live import snapshot
from .runs import Measured
from .sides import Side

LATENCY = 50  # milliseconds added to every call
SIZES = (1, 4)
SIDES = ("floor", "ours", "peer")
RUNS = ("check", "first", "noop")  # in this order: the check is of an empty account
CANNOT = ("peer", "check")  # modules that are given ids cannot plan where there are none: a finding, not a fault

Row = dict[str, Any]


def rows(emulated: Emulated) -> Iterator[Row]:
    emulated.run(emulated.side("ours", 0), 1, "check")  # files come into the page cache before anything is measured
    for environments in SIZES:
        expected: dict[str, Any] = {}
        for who in SIDES:
            side = emulated.side(who, LATENCY)
            for name in RUNS:
                row, done = _row(emulated, side, environments, name)
                if name == "first" and row["ok"]:
                    built = _networks(emulated, environments)
                    expected = expected or built
                    row["ok"] = built == expected
                    _explain(row, expected, built)
                if done.code and (who, name) != CANNOT:
                    print(done.output)
                yield row


def _row(emulated: Emulated, side: Side, environments: int, name: str) -> tuple[Row, Measured]:
    done = emulated.run(side, environments, name)
    changed = side.changed(done)
    may_change = name == "first"
    ok = done.code == 0 and (may_change or not done.counted.changes) and (name != "noop" or not changed)
    row = {
        "scenario": "network", "who": side.name, "environments": environments, "run": name, "calls": done.counted.calls,
        "polls": done.counted.polls, "cpu_seconds": done.cpu_seconds, "wall_seconds": done.wall_seconds, "changed": changed, "ok": ok,
    }  # fmt: skip
    return row, done


def _networks(emulated: Emulated, environments: int) -> dict[str, Any]:
    """What stands now, by environment."""
    emulated.control.latency(0)
    found = {name: snapshot(emulated.client(name), design(name)["vpc"]["cidr"]) for name in ENVIRONMENTS[:environments]}
    emulated.control.latency(LATENCY)
    return found


def _explain(row: Row, expected: dict[str, Any], built: dict[str, Any]) -> None:
    for name, network in built.items():
        for part, found in network.items():
            if found != expected[name][part]:
                print(f"{row['who']} built other {part} in {name} than the floor:", expected[name][part], found, sep="\n")
