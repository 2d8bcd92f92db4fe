# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `network`: floor, ours and peer build the same network, one after the other, on the same emulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .design import ENVIRONMENTS, Platform, isolated
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
    platform = isolated()
    emulated.run(emulated.side("ours", 0, platform), ENVIRONMENTS[:1], "check")  # files come into the page cache before anything is measured
    for environments in SIZES:
        expected: dict[str, Any] = {}
        for who in SIDES:
            side = emulated.side(who, LATENCY, platform)
            for name in RUNS:
                done = emulated.run(side, ENVIRONMENTS[:environments], name)
                row = row_of("network", side, done, name, environments=environments)
                if name == "first" and row["ok"]:
                    built = _networks(emulated, platform, ENVIRONMENTS[:environments])
                    expected = expected or built
                    row["ok"] = built == expected
                    explain(who, expected, built)
                if done.code and (who, name) != CANNOT:
                    print(done.output)
                yield row


def row_of(scenario: str, side: Side, done: Measured, name: str, **what: Any) -> Row:
    """`what`: what was built. A repeated run changes nothing and says so, a check changes nothing."""
    changed = side.changed(done)
    ok = done.code == 0 and (name == "first" or not done.counted.changes) and (name != "noop" or not changed)
    return {
        "scenario": scenario, "who": side.name, **what, "run": name, "calls": done.counted.calls, "polls": done.counted.polls,
        "cpu_seconds": done.cpu_seconds, "wall_seconds": done.wall_seconds, "changed": changed, "ok": ok,
    }  # fmt: skip


def _networks(emulated: Emulated, platform: Platform, names: Sequence[str]) -> dict[str, Any]:
    """What stands now, by environment."""
    with emulated.at_once(LATENCY):
        return {name: snapshot(emulated.client(name), platform.designs[name]["vpc"]["cidr"]) for name in names}


def explain(who: str, expected: dict[str, Any], built: dict[str, Any]) -> None:
    """Say what is not as the floor built it."""
    for name, network in built.items():
        for part, found in network.items():
            if found != expected[name][part]:
                print(f"{who} built other {part} in {name} than the floor:", expected[name][part], found, sep="\n")
