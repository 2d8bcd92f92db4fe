# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured run: the CPU of a process and all its descendants, the wall clock, and the calls in the emulator's log."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.aws.client import Rehearsal

# What is polled while something is pending. A repetition of such a read with the same parameters is a waiter's poll.
POLLED = {"DescribeVpcs", "DescribeVpcAttribute", "DescribeSubnets", "DescribeNatGateways", "DescribeVpcEndpoints", "DescribeRouteTables"}


@dataclass(frozen=True)
class Measured:
    """`calls` without `polls` (a waiter's repeated reads, and renewals of the lease); `mutating` among the calls."""

    code: int
    output: str
    cpu_seconds: float
    wall_seconds: float
    calls: int
    polls: int
    mutating: int
    by_name: dict[str, int]


def run(command: Sequence[str], environment: Mapping[str, str], emulator: Rehearsal, directory: Any) -> Measured:
    """Run it to its end and count. Its children's CPU counts as far as it waited for them, which Ansible does."""
    marker = emulator.marker()
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return _counted(emulator.calls(since=marker).log, process.returncode, text, usage.ru_utime + usage.ru_stime, wall)


def _counted(log: list[dict[str, Any]], code: int, output: str, cpu: float, wall: float) -> Measured:
    asked: set[str] = set()
    counts: dict[str, int] = {}
    polls = mutating = 0
    for entry in log:
        question = json.dumps([entry["account"], entry["action"], entry["parameters"]], sort_keys=True)
        if _is_renewal(entry) or (entry["action"] in POLLED and question in asked):
            polls += 1
            continue
        asked.add(question)
        name = f"{entry['service']}:{entry['action']}"
        counts[name] = counts.get(name, 0) + 1
        mutating += entry["mutating"] and not name.startswith("ssm:")
    calls = sum(counts.values())
    return Measured(code, output, round(cpu, 2), round(wall, 2), calls, polls, mutating, counts)


def _is_renewal(entry: dict[str, Any]) -> bool:
    if entry["action"] != "PutParameter" or not entry["parameters"]["Overwrite"]:
        return False
    return not json.loads(entry["parameters"]["Value"])["released"]
