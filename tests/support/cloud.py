# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS in this process: stacks run against it, plain boto3 looks at it and meddles with it."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from rehearsal.aws.client import Rehearsal

from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Pace

ACCOUNT = "123456789012"
REGION = "eu-central-1"
# What the executor does in seconds, done in hundredths.
FAST = Pace(first_poll=0.01, poll=0.05, retry=(0.01,) * 8, settle=(0, 0.02, 0.05), blocked=0.3)

Call = dict[str, Any]  # service, action, mutating, parameters, error, fault ...


class Recording:
    """The calls made in a ``with`` block."""

    calls: list[Call]

    @property
    def changing(self) -> list[Call]:
        """Those that change something, without the lease's."""
        return [call for call in self.calls if call["mutating"] and call["service"] != "ssm"]

    def counts(self, calls: Iterable[Call] | None = None) -> dict[str, int]:
        return dict(Counter(name_of(call) for call in (self.calls if calls is None else calls)))


def name_of(call: Call) -> str:
    """As kinds declare their calls: ``ec2.CreateVpc``."""
    return f"{call['service']}.{call['action']}"


class Cloud:
    """``control`` counts and breaks calls; ``ec2`` and the like are a colleague at the console."""

    def __init__(self, url: str) -> None:
        self.url, self.control = url, Rehearsal(url)
        self._session = boto3.session.Session(region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
        self._client = functools.cache(lambda service: self.open_client(service, None))

    def open_client(self, service: str, config: Any) -> Any:
        return self._session.client(service, endpoint_url=self.url, config=config)

    def place(self, account: str = ACCOUNT, region: str = REGION) -> Place:
        return Place(self.open_client, region=region, account_id=account)

    @property
    def ec2(self) -> Any:
        return self._client("ec2")

    @property
    def iam(self) -> Any:
        return self._client("iam")

    @property
    def logs(self) -> Any:
        return self._client("logs")

    @property
    def ssm(self) -> Any:
        return self._client("ssm")

    @contextmanager
    def recorded(self) -> Iterator[Recording]:
        """Complete when the block ends, however it ends."""
        recording, marker = Recording(), self.control.marker()
        try:
            yield recording
        finally:
            recording.calls = self.control.calls(since=marker).log

    def all(self, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
        """All items that a describe call of EC2 answers."""
        if not self.ec2.can_paginate(operation):
            return getattr(self.ec2, operation)(**arguments)[key]
        return [item for page in self.ec2.get_paginator(operation).paginate(**arguments) for item in page[key]]
