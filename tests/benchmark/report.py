# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows become a file, and tables on the terminal and in the docs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .network import CANNOT
from .targets import Row, targets

Table = tuple[list[str], list[list[str]]]  # headings and lines
BEGIN, END = ".. benchmark begins\n", ".. benchmark ends\n"
MEASURED = {
    "Run": "run", "Who": "who", "Calls": "calls", "Polls": "polls", "CPU s": "cpu_seconds", "Wall s": "wall_seconds", "Changed": "changed", "OK": "ok"
}  # fmt: skip
COLUMNS = {  # by scenario: heading, field
    "network": {"Environments": "environments", **MEASURED},
    "hub": {"Stack": "stack", **MEASURED},
    "path": {"Who": "who", "Call times": "path", "Changes": "changes", "Polls": "polls", "Lease": "lease", "Pauses": "pauses"},
}


def merge(output: Path, rows: list[Row]) -> list[Row]:
    """Write the rows in place of those of the same scenarios; answers all that the file then holds."""
    report = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {"rows": []}
    new = {row["scenario"] for row in rows}
    report["rows"] = [row for row in report["rows"] if row["scenario"] not in new] + rows
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return list(report["rows"])


def broken(rows: Iterable[Row]) -> list[Row]:
    """Rows that are not ok, and should be."""
    return [row for row in rows if not row.get("ok", True) and (row["who"], row["run"]) != CANNOT]


def tables(rows: Sequence[Row]) -> list[Table]:
    wanted = [[each.what, each.reached, each.wanted, _shown(each.met)] for each in targets(rows)]
    return [
        _table(rows, "network"), _table(rows, "hub"), (["Target", "Reached", "Wanted", "Met"], wanted), _table(rows, "path")
    ]  # fmt: skip


def _table(rows: Sequence[Row], scenario: str) -> Table:
    columns: Mapping[str, str] = COLUMNS[scenario]
    return list(columns), [[_shown(row[field]) for field in columns.values()] for row in rows if row["scenario"] == scenario]


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
