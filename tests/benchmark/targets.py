# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project has to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .addresses import CPU_LIMIT, GROWTH_LIMIT
from .design import HUB

Row = dict[str, Any]
CPU_TARGETS = {1: 10, 4: 14}  # peer's CPU over ours, by environments
WALL_TARGET = 8
HUB_CALLS = 45  # of a hub with nothing to change
REACHABILITY_CPU = {(4, 6): 2, (50, 50): 10}  # seconds, by environments and sites


@dataclass(frozen=True)
class Target:
    what: str
    reached: str
    wanted: str
    met: bool


def targets(rows: Iterable[Row]) -> Iterator[Target]:
    """As far as it was measured."""
    found = list(rows)
    network = {(row["who"], row["environments"], row["run"]): row for row in found if row["scenario"] == "network"}
    for count, cpu_target in CPU_TARGETS.items():
        runs = {name: {who: network.get((who, count, name)) for who in ("peer", "ours", "floor")} for name in ("first", "noop", "check")}
        if all(runs["first"].values()) and all(runs["noop"].values()):
            yield from _of_network(count, cpu_target, runs)
    yield from _of_hub([row for row in found if row["scenario"] == "hub"])
    yield from _of_reachability([row for row in found if row["scenario"] == "reachability"])
    growth = [row for row in found if row["scenario"] == "growth" and row["run"] == "noop"]
    if growth:
        yield _of_growth(growth)
    plans = [row for row in found if row["scenario"] == "addresses"]
    if plans:
        yield from _of_addresses(plans[0], plans[-1])


def _of_network(count: int, cpu_target: int, runs: dict[str, dict[str, Any]]) -> Iterator[Target]:
    many = f"{count} environment{'s' * (count > 1)}"
    first, noop = ({who: row["calls"] for who, row in runs[name].items()} for name in ("first", "noop"))
    yield _at_most(f"calls, first run, {many}", first["ours"], 1.05 * first["floor"] + 4 * count)
    yield _at_most(f"calls, no change, {many}", noop["ours"], noop["floor"] + 2 * count)
    for name, said in (("first", "first run"), ("noop", "no change")):
        yield _ratio(f"CPU, {said}, {many}", runs[name], "cpu_seconds", cpu_target)
    yield _ratio(f"wall clock, first run, {many}", runs["first"], "wall_seconds", WALL_TARGET)
    checked = runs["check"]["ours"]
    yield Target(f"--check of an empty account, {many}", "plans" if checked["ok"] else "fails", "plans", checked["ok"])


def _of_hub(rows: list[Row]) -> Iterator[Target]:
    """Stack by stack."""
    calls = {(row["who"], row["stack"], row["run"]): row["calls"] for row in rows}
    stacks = dict.fromkeys(row["stack"] for row in rows)
    for stack in stacks:
        yield _at_most(f"calls, first run, {_told(stack)}", calls["ours", stack, "first"], 1.1 * calls["floor", stack, "first"] + 4)
    for stack in stacks:
        most = HUB_CALLS if stack == HUB else calls["floor", stack, "noop"] + 2
        yield _at_most(f"calls, no change, {_told(stack)}", calls["ours", stack, "noop"], most)


def _told(stack: str) -> str:
    return "hub alone" if stack == HUB else f"{stack} at the hub"


def _of_reachability(rows: list[Row]) -> Iterator[Target]:
    for row in rows:
        seconds, most = row["cpu_seconds"], REACHABILITY_CPU[row["environments"], row["sites"]]
        what = f"CPU, reachability of {row['environments']} environments and {row['sites']} sites"
        yield Target(what, f"{seconds:.2f} s", f"at most {most} s", seconds <= most)


def _of_growth(noop: list[Row]) -> Target:
    sizes = " and ".join(f"{row['subnets']} subnets, {row['routes']} routes, {row['rules']} rules" for row in noop)
    calls = [row["calls"] for row in noop]
    return Target(f"calls, no change, {sizes}", " and ".join(map(str, calls)), "the same", len(set(calls)) == 1)


def _of_addresses(smallest: Row, largest: Row) -> Iterator[Target]:
    seconds, count = largest["cpu_seconds"], largest["environments"]
    yield Target(f"CPU, address plan of {count} environments", f"{seconds:.2f} s", f"below {CPU_LIMIT:g} s", seconds < CPU_LIMIT)
    growth = largest["peak_mb"] / count / (smallest["peak_mb"] / smallest["environments"])
    what = f"memory for an environment of {count}, compared with one of {smallest['environments']}"
    yield Target(what, f"{growth:.2f} times", f"at most {GROWTH_LIMIT:g} times", growth <= GROWTH_LIMIT)


def _at_most(what: str, reached: int, most: float) -> Target:
    return Target(what, str(reached), f"at most {f'{most:.1f}'.removesuffix('.0')}", reached <= most)


def _ratio(what: str, sides: dict[str, Any], field: str, least: int) -> Target:
    ratio = sides["peer"][field] / sides["ours"][field]
    return Target(what, f"1/{ratio:.1f} of the peer", f"at most 1/{least}", ratio >= least)
