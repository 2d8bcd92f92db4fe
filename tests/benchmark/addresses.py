# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the address plan scales: CPU seconds and peak memory by number of environments, from options to plain data.

    PYTHONPATH=.build/collections python tests/benchmark/addresses.py --output build/benchmark.json

Rows ``{"scenario": "addresses", "environments": N, "cpu_seconds": s, "peak_mb": m}`` replace those of an earlier run in the file.
Exits with 1 if a thousand environments take a second or more, or if memory grows faster than their number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._planning.addresses import plan_addresses
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import Topology

SIZES = (250, 500, 1000)
SITES = 40
REPEATS = 5
CPU_LIMIT = 1.0  # seconds for the largest size
GROWTH_LIMIT = 1.1  # of memory for one environment, from the smallest size to the largest


def options(environments: int) -> dict[str, Any]:
    """A topology of that many environments, on two supernets, and the sites of a large company."""
    return {
        "platform": "acme",
        "supernets": [{"cidr": "10.64.0.0/14", "first_slot": 0}, {"cidr": "10.96.0.0/14", "first_slot": 512}],
        "environments": [{"name": f"env-{slot}", "slot": slot} for slot in reversed(range(environments))],
        "zones": [{"name": name, "slot": slot, "az_id": f"euc1-az{slot + 1}"} for slot, name in enumerate("abc")],
        "sites": [
            {
                "name": f"site_{number}",
                "type": "office",
                "networks": [
                    {"name": "developers", "cidrs": [f"192.168.{number}.0/25"]},
                    {"name": "operations", "cidrs": [f"192.168.{number}.128/25"]},
                ],
            }
            for number in range(SITES)
        ],
        "pod_supernet": "100.64.0.0/10",
    }


def plan(declared: dict[str, Any]) -> dict[str, Any]:
    return plan_addresses(Topology.from_mapping(declared)).to_dict()


def measure(environments: int) -> dict[str, Any]:
    """The best CPU time of some runs, and the peak of one more: tracing memory would slow the others down."""
    declared = options(environments)
    seconds = []
    for _run in range(REPEATS):
        start = time.process_time()
        planned = plan(declared)
        seconds.append(time.process_time() - start)
        if len(planned["environments"]) != environments:
            raise RuntimeError(f"{len(planned['environments'])} of {environments} environments were planned")
    tracemalloc.start()
    plan(declared)
    _current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "scenario": "addresses",
        "environments": environments,
        "cpu_seconds": round(min(seconds), 4),
        "peak_mb": round(peak / 1e6, 2),
    }


def write(rows: list[dict[str, Any]], output: Path) -> None:
    report = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {"rows": []}
    report["rows"] = [row for row in report["rows"] if row["scenario"] != "addresses"] + rows
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the address plan.")
    parser.add_argument("--output", type=Path, help="JSON file whose rows of this scenario are replaced")
    output = parser.parse_args().output
    rows = [measure(size) for size in SIZES]
    print(f"{'environments':>12}  {'CPU seconds':>11}  {'peak MB':>8}")
    for row in rows:
        print(f"{row['environments']:>12}  {row['cpu_seconds']:>11.4f}  {row['peak_mb']:>8.2f}")
    if output:
        write(rows, output)
    first, last = rows[0], rows[-1]
    growth = (last["peak_mb"] / last["environments"]) / (first["peak_mb"] / first["environments"])
    return int(last["cpu_seconds"] >= CPU_LIMIT or growth > GROWTH_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
