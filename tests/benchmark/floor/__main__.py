# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: what an expert writes by hand against boto3 for exactly this network, with nothing around it.

    python -m tests.benchmark.floor [--check] DESIGN...

One read per kind, only the calls that change something, each as soon as what it needs is there; the designs side by side.
No guard, no lease, no plan to show, no repair of what was changed behind its back or of a run that was cut off.
Prints the number of changing calls (with --check, of the networks' objects that are missing).
"""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path
from typing import Any

from .attachment import Attachment
from .base import Base
from .filters import Filters
from .hub import Hub


def run(design: dict[str, Any], *, check: bool) -> int:
    if check:
        return missing(design)
    stack: type[Base] = Hub if design["stack"] == "transit_network" else Attachment if "hub" in design else Filters
    return stack(design).run()


def missing(design: dict[str, Any]) -> int:
    there = Filters(design)
    there.read()
    kinds = {"subnets": "subnet", "addresses": "address", "nat": "nat", "route_tables": "table", "acls": "acl", "groups": "group",
             "endpoints": "endpoint"}  # fmt: skip
    wanted = [("vpc", "main"), ("gateway", "main"), *((kind, each["name"]) for key, kind in kinds.items() for each in design[key])]
    return sum(name not in there.live.get(kind, {}) for kind, name in wanted)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("designs", nargs="+", type=Path)
    asked = parser.parse_args()
    designs: list[dict[str, Any]] = [json.loads(path.read_text(encoding="utf-8")) for path in asked.designs]
    changed: list[int] = []
    threads = [threading.Thread(target=lambda design=design: changed.append(run(design, check=asked.check))) for design in designs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(changed) < len(designs):
        raise SystemExit("a network could not be built")
    print(sum(changed))


if __name__ == "__main__":
    main()
