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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.aws.client import Rehearsal

# What is polled while something is pending. A repetition of such a read with the same parameters is a waiter's poll.
POLLED = {
    "DescribeVpcs", "DescribeVpcAttribute", "DescribeSubnets", "DescribeNatGateways", "DescribeVpcEndpoints", "DescribeRouteTables",
    "DescribeManagedPrefixLists", "GetManagedPrefixListEntries", "DescribeTransitGateways", "DescribeTransitGatewayRouteTables",
    "DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments", "DescribeCustomerGateways", "DescribeVpnConnections",
    "GetResourceShares", "GetResourceShareAssociations", "GetResourceShareInvitations", "ListPendingInvitationResources", "ListResources",
}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """`calls` without `polls`: a waiter's repeated reads and renewals of the lease. `changes` are those of the calls that change AWS."""

    calls: int
    polls: int
    changes: int


@dataclass(frozen=True)
class Measured:
    code: int
    output: str
    cpu_seconds: float
    wall_seconds: float
    counted: Counted
    log: list[dict[str, Any]]


def run(command: Sequence[str], environment: Mapping[str, str], emulator: Rehearsal, directory: Path) -> Measured:
    """Run it to its end. The CPU is its own and that of all it waited for, as Ansible does for its workers and modules."""
    marker = emulator.marker()
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    log = emulator.calls(since=marker).log
    return Measured(process.returncode, text, round(usage.ru_utime + usage.ru_stime, 2), round(wall, 2), count(log), log)


def count(log: list[dict[str, Any]]) -> Counted:
    polls = sum(each for _entry, each in told_apart(log))
    return Counted(len(log) - polls, polls, sum(entry["mutating"] and entry["service"] != "ssm" for entry in log))


def told_apart(log: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each call, and whether it is a poll."""
    asked: set[str] = set()
    for entry in log:
        question = json.dumps([entry["account"], entry["action"], entry["parameters"]], sort_keys=True)
        yield entry, _renews(entry) or (entry["action"] in POLLED and question in asked)
        asked.add(question)


def _renews(entry: dict[str, Any]) -> bool:
    """Whether the call renews a lease, rather than takes or releases it."""
    if entry["action"] != "PutParameter" or not entry["parameters"]["Overwrite"]:
        return False
    return not json.loads(entry["parameters"]["Value"])["released"]
