# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peer, ours and floor side by side.

    python -m tests.benchmark [--only network,hub,growth,path,addresses] [--output build/benchmark.json]

Fails if a side builds another network than the floor, a repeated run changes anything, or a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / ".build" / "collections"))  # where the checkout is a collection

from . import addresses, growth, hub, manifests, network, path, reachability, report  # noqa: E402
from .emulated import Emulated, emulated  # noqa: E402
from .targets import targets  # noqa: E402

OUTPUT = ROOT / "build" / "benchmark.json"
PAGE = ROOT / "docs" / "docsite" / "rst" / "benchmark.rst"
SCENARIOS: dict[str, Callable[[Emulated], Iterator[dict[str, Any]]]] = {
    "addresses": lambda _emulated: map(addresses.measure, addresses.SIZES),
    "growth": growth.rows,
    "path": path.rows,
    "network": network.rows,
    "hub": hub.rows,
    "reachability": lambda _emulated: reachability.rows(),
    "manifests": manifests.rows,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description="Peer, ours and floor side by side.")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SCENARIOS), help="scenarios, by commas: " + ", ".join(SCENARIOS))
    parser.add_argument("--output", type=Path, default=OUTPUT, help="file whose rows of these scenarios are replaced (default: %(default)s)")
    asked = parser.parse_args()
    if unknown := set(asked.only) - SCENARIOS.keys():
        parser.error(f"unknown scenario: {', '.join(sorted(unknown))}")
    measured = []
    with emulated() as aws:
        for name in asked.only:
            for row in SCENARIOS[name](aws):
                print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
                measured.append(row)
    return _conclude(report.merge(asked.output, measured), measured, write_docs=asked.output == OUTPUT)


def _conclude(rows: list[dict[str, Any]], measured: list[dict[str, Any]], *, write_docs: bool) -> int:
    if write_docs:
        report.write_docs(PAGE, rows)
    for headings, lines in report.tables(rows):
        if lines:
            print("", report.as_text(headings, lines), sep="\n")
    failed = [*report.broken(measured), *(each for each in targets(rows) if not each.met)]
    for each in failed:
        print("FAILED:", each, file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
