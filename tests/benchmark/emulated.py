# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated AWS that all sides are measured against: a process of its own, so that its CPU is nobody's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from rehearsal.aws.client import Rehearsal
from rehearsal.aws.process import BackgroundRehearsal

from .design import ACCOUNTS, ENVIRONMENTS, REGION, ROOT, Platform
from .runs import Measured, run
from .sides import Floor, Ours, Peer, Side, environment


@dataclass(frozen=True)
class Emulated:
    """`directory` is where the sides' inventories and designs are written."""

    control: Rehearsal
    directory: Path

    def client(self, name: str, service: str = "ec2") -> Any:
        keys = {"aws_access_key_id": ACCOUNTS[name], "aws_secret_access_key": "rehearsal"}
        return boto3.client(service, endpoint_url=self.control.url, region_name=REGION, **keys)

    def side(self, who: str, latency: float, platform: Platform) -> Side:
        """On an empty AWS whose accounts have been asked once, since the emulator makes each on its first call; then with latency."""
        self.control.reset()
        clients = {name: self.client(name) for name in platform.designs}
        lists = {name: client.describe_managed_prefix_lists()["PrefixLists"] for name, client in clients.items()}
        zones = clients[ENVIRONMENTS[0]].describe_availability_zones()["AvailabilityZones"]
        self.control.latency(latency)
        if who == "peer":
            prefix = f"com.amazonaws.{REGION}."
            ids = {name: {each["PrefixListName"].removeprefix(prefix): each["PrefixListId"] for each in found} for name, found in lists.items()}
            return Peer(self.directory, platform, {each["ZoneId"]: each["ZoneName"] for each in zones}, ids)
        return Ours(self.directory, platform) if who == "ours" else Floor(self.directory, platform)

    def run(self, side: Side, hosts: Sequence[str], name: str) -> Measured:
        return run(side.command(hosts, name), environment(self.control.url, self.directory), self.control, ROOT)

    @contextmanager
    def at_once(self, latency: float) -> Iterator[None]:
        """Without latency, which is put back afterwards."""
        self.control.latency(0)
        yield
        self.control.latency(latency)


@contextmanager
def emulated() -> Iterator[Emulated]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        background = BackgroundRehearsal(Path(directory) / "rehearsal")
        background.start()
        try:
            yield Emulated(Rehearsal(str(background.url()), timeout=120), Path(directory))
        finally:
            background.stop()
