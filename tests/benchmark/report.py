# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows become a file, targets that are met or missed, and tables on the terminal and in the docs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .addresses import CPU_LIMIT, GROWTH_LIMIT
from .network import CANNOT

Row = dict[str, Any]
BEGIN, END = ".. benchmark begins\n", ".. benchmark ends\n"
CPU_TARGETS = {1: 10, 4: 14}  # peer's CPU over ours, by environments
WALL_TARGET = 8
COLUMNS = {  # of the scenario `network`: heading, field
    "Environments": "environments",
    "Run": "run",
    "Who": "who",
    "Calls": "calls",
    "Polls": "polls",
    "CPU s": "cpu_seconds",
    "Wall s": "wall_seconds",
    "Changed": "changed",
    "OK": "ok",
}


@dataclass(frozen=True)
class Target:
    what: str
    reached: str
    wanted: str
    met: bool


def merge(output: Path, rows: list[Row]) -> list[Row]:
    """Write the rows in place of those of the same scenarios; answers all that the file then holds."""
    report = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {"rows": []}
    new = {row["scenario"] for row in rows}
    report["rows"] = [row for row in report["rows"] if row["scenario"] not in new] + rows
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return list(report["rows"])


def targets(rows: Iterable[Row]) -> Iterator[Target]:
    """What the project has to reach, as far as it was measured."""
    found = list(rows)
    network = {(row["who"], row["environments"], row["run"]): row for row in found if row["scenario"] == "network"}
    for count, cpu_target in CPU_TARGETS.items():
        runs = {name: {who: network.get((who, count, name)) for who in ("peer", "ours", "floor")} for name in ("first", "noop", "check")}
        if all(runs["first"].values()) and all(runs["noop"].values()):
            yield from _of_network(count, cpu_target, runs)
    growth = [row for row in found if row["scenario"] == "growth" and row["run"] == "noop"]
    if growth:
        yield _of_growth(growth)
    plans = [row for row in found if row["scenario"] == "addresses"]
    if plans:
        yield from _of_addresses(plans[0], plans[-1])


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


def _of_network(count: int, cpu_target: int, runs: dict[str, dict[str, Any]]) -> Iterator[Target]:
    many = f"{count} environment{'s' * (count > 1)}"
    first, noop = ({who: row["calls"] for who, row in runs[name].items()} for name in ("first", "noop"))
    most = 1.05 * first["floor"] + 4 * count
    yield Target(f"calls, first run, {many}", str(first["ours"]), f"at most {most:.1f}", first["ours"] <= most)
    most = noop["floor"] + 2 * count
    yield Target(f"calls, no change, {many}", str(noop["ours"]), f"at most {most}", noop["ours"] <= most)
    for name, said in (("first", "first run"), ("noop", "no change")):
        yield _ratio(f"CPU, {said}, {many}", runs[name], "cpu_seconds", cpu_target)
    yield _ratio(f"wall clock, first run, {many}", runs["first"], "wall_seconds", WALL_TARGET)
    checked = runs["check"]["ours"]
    yield Target(f"--check of an empty account, {many}", "plans" if checked["ok"] else "fails", "plans", checked["ok"])


def _ratio(what: str, sides: dict[str, Any], field: str, least: int) -> Target:
    ratio = sides["peer"][field] / sides["ours"][field]
    return Target(what, f"1/{ratio:.1f} of the peer", f"at most 1/{least}", ratio >= least)


def broken(rows: Iterable[Row]) -> list[Row]:
    """Rows that are not ok, and should be."""
    return [row for row in rows if not row.get("ok", True) and (row["who"], row["run"]) != CANNOT]


def tables(rows: Sequence[Row]) -> list[tuple[list[str], list[list[str]]]]:
    """Headings and lines."""
    network = [[_shown(row[field]) for field in COLUMNS.values()] for row in rows if row["scenario"] == "network"]
    wanted = [[each.what, each.reached, each.wanted, _shown(each.met)] for each in targets(rows)]
    paths = [[row["who"], str(row["path"])] for row in rows if row["scenario"] == "path"]
    return [(list(COLUMNS), network), (["Target", "Reached", "Wanted", "Met"], wanted), (["Who", "Calls one after another"], paths)]


def _shown(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:.2f}" if isinstance(value, float) else str(value)


def as_text(headings: list[str], lines: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    align: Callable[[list[str]], str] = lambda line: "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()  # noqa: E731
    return "\n".join(map(align, [headings, *lines]))


def as_rst(headings: list[str], lines: list[list[str]]) -> str:
    def row(cells: list[str]) -> str:
        return "".join(f"   {'*' if number == 0 else ' '} - {cell}\n" for number, cell in enumerate(cells))

    return ".. list-table::\n   :header-rows: 1\n\n" + "".join(map(row, [headings, *lines]))


def write_docs(page: Path, rows: Sequence[Row]) -> None:
    """Put the tables between the page's markers."""
    before, _begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _old, _end, after = rest.partition(END)
    shown = "\n".join(as_rst(headings, lines) for headings, lines in tables(rows) if lines)
    page.write_text(f"{before}{BEGIN}\n{shown}\n{END}{after}", encoding="utf-8")
