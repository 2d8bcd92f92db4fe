# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the proof of reachability scales: CPU seconds from describe answers to the judgement, every environment connected with every site.

    python -m tests.benchmark --only reachability

Rows ``{"scenario": "reachability", "environments": N, "sites": M, "flows": F, "differences": D, "cpu_seconds": s, "peak_mb": m}``.
One group of one environment is too open, so that differences and their paths are part of the work.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

from ansible_collections.fintech.platform.plugins.module_utils._planning.proofs import proofs
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._planning.described_platform import Environment, Platform, Site, flow

SIZES = ((4, 6), (50, 50))  # environments and sites
REPEATS = 3


def platform(environments: int, sites: int) -> Platform:
    """Half of the sites are offices whose developers reach the API, half providers whose API the workload reaches."""
    offices = [
        Site(f"office{number}", {"developers": [f"192.168.{number}.0/25"], "operations": [f"192.168.{number}.128/25"]})
        for number in range(0, sites, 2)
    ]
    providers = [Site(f"provider{number}", {"api": [f"172.31.{number}.0/24"]}, bgp=True) for number in range(1, sites, 2)]
    flows = [flow(f"{site.name}.developers", "cluster_api") for site in offices] + [flow("workload", f"{site.name}.api") for site in providers]
    built = Platform([Environment(f"environment{slot}", slot, flows) for slot in range(environments)], [*offices, *providers])
    opened = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "192.168.0.0/16"}]}
    built.the("describe_security_groups", "sg-environment0-nodes")["IpPermissions"].append(opened)
    return built


def prove(built: Platform) -> tuple[int, int]:
    """How many flows there are, and how many of them are not as declared."""
    judgement = built.judge()
    rows = judgement.rows()
    broken = [proof for proof in proofs(judgement, built.site_networks) if proof.violations]
    return len(rows), len(judgement.missing) + len(judgement.excess) + len(broken)


def measure(environments: int, sites: int) -> dict[str, Any]:
    """The best CPU time of some runs, and the peak of one more: tracing memory would slow the others down."""
    built = platform(environments, sites)
    seconds = []
    for _run in range(REPEATS):
        start = time.process_time()
        flows, differences = prove(built)
        seconds.append(time.process_time() - start)
    tracemalloc.start()
    prove(built)
    _current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "scenario": "reachability",
        "environments": environments,
        "sites": sites,
        "flows": flows,
        "differences": differences,
        "cpu_seconds": round(min(seconds), 3),
        "peak_mb": round(peak / 1e6, 1),
    }


def rows() -> Iterator[dict[str, Any]]:
    for environments, sites in SIZES:
        yield measure(environments, sites)
