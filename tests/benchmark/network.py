# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario `network`: floor, ours and peer build the same network, one after the other, on the same emulator."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from rehearsal.aws.client import Rehearsal
from rehearsal.aws.process import BackgroundRehearsal

from .design import ACCOUNTS, ENVIRONMENTS, REGION, ROOT, parameters
from .live import snapshot
from .runs import Measured, run
from .sides import Floor, Ours, Peer, Side, environment

LATENCY = 50  # milliseconds added to every call
RUNS = ("check", "first", "noop")  # in this order: the check is of an empty account
SIZES = (1, 4)
SIDES = ("floor", "ours", "peer")

Row = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    emulator: Rehearsal
    directory: Path

    def client(self, name: str) -> Any:
        return boto3.client("ec2", endpoint_url=self.emulator.url, region_name=REGION, aws_access_key_id=ACCOUNTS[name], aws_secret_access_key="x")

    def side(self, who: str) -> Side:
        """On an empty AWS, in which the accounts have been called once: the emulator makes them on the first call."""
        self.emulator.reset()
        clients = {name: self.client(name) for name in ENVIRONMENTS}
        lists = {name: client.describe_managed_prefix_lists()["PrefixLists"] for name, client in clients.items()}
        zones = clients[ENVIRONMENTS[0]].describe_availability_zones()["AvailabilityZones"]
        prefix = f"com.amazonaws.{REGION}."
        self.emulator.latency(LATENCY)
        if who == "peer":
            ids = {name: {each["PrefixListName"].removeprefix(prefix): each["PrefixListId"] for each in found} for name, found in lists.items()}
            return Peer(self.directory, {each["ZoneId"]: each["ZoneName"] for each in zones}, ids)
        return Ours(self.directory) if who == "ours" else Floor(self.directory)

    def rows(self, environments: int) -> Iterator[Row]:
        """The three sides' rows; a side whose first run ends in another network than the floor's is not ok."""
        expected = None
        for who in SIDES:
            side = self.side(who)
            for name in RUNS:
                done = run(side.command(environments, name), environment(self.emulator.url, self.directory), self.emulator, ROOT)
                row = _row(side, environments, name, done)
                if name == "first":
                    built = self.networks(environments) if row["ok"] else {}
                    expected = expected or built
                    row["ok"] = bool(built) and built == expected
                if not row["ok"]:
                    (self.directory / f"{who}-{environments}-{name}.log").write_text(done.output)
                yield row

    def networks(self, environments: int) -> dict[str, Any]:
        self.emulator.latency(0)
        supernet = {name: NETWORKS[name] for name in ENVIRONMENTS[:environments]}
        found = {name: snapshot(self.client(name), cidr) for name, cidr in supernet.items()}
        self.emulator.latency(LATENCY)
        return found
