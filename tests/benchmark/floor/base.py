# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads, counted changes, and what is there or made on the way, by kind and name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

THREADS = 160  # a call waits in its thread for what it needs
CONNECTIONS = 32
OWNERSHIP = [f"fintech.platform/{part}" for part in ("platform", "environment", "stack")]


def name_of(item: dict[str, Any]) -> str | None:
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == "fintech.platform/name"), None)


def as_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(resource_type: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": as_tags(tags)}]


def owned_as(tags: dict[str, str]) -> list[dict[str, Any]]:
    """The filter for all that has these tags' owner."""
    return [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in OWNERSHIP]


class Base:
    """One stack. `live`: what the reads found, by kind and name; `ids`: futures of ids, by kind and name."""

    def __init__(self, design: dict[str, Any]) -> None:
        self.design, self.changes = design, list[str]()
        self.pool = ThreadPoolExecutor(THREADS)
        self.live: dict[str, dict[Any, Any]] = {}
        self.ids: dict[tuple[str, str], Future[str]] = {}
        self.running: list[Future[Any]] = []
        self.ec2 = self.client("ec2", design["profile"])

    def client(self, service: str, profile: str) -> Any:
        session: Any = boto3.Session(profile_name=profile, region_name=self.design["region"])
        return session.client(service, config=Config(max_pool_connections=CONNECTIONS, retries={"mode": "standard"}))

    def start(self, act: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future = self.pool.submit(act, *arguments)
        self.running.append(future)
        return future

    def read(self) -> None:
        raise NotImplementedError

    def converge(self) -> None:
        raise NotImplementedError

    def run(self) -> int:
        """How many changes it took."""
        self.read()
        self.converge()
        while self.running:
            self.running.pop().result()
        return len(self.changes)

    def change(self, operation: str, client: Any = None, **arguments: Any) -> Any:
        self.changes.append(operation)
        return getattr(client or self.ec2, operation)(**arguments)

    def ensure(self, kind: str, identifier: str, wanted: dict[str, Any], create: Callable[[dict[str, Any]], str]) -> None:
        """Its id as a future: found, or made."""
        found = self.live.get(kind, {}).get(wanted["name"])
        self.ids[kind, wanted["name"]] = self.start(lambda: found[identifier]) if found else self.start(create, wanted)

    def id(self, kind: str, name: str) -> str:
        return self.ids[kind, name].result()

    def ids_of(self, kind: str, names: Iterable[str]) -> list[str]:
        return [self.id(kind, name) for name in names]

    def pages(self, operation: str, key: str, client: Any = None, **arguments: Any) -> list[Any]:
        asked = client or self.ec2
        if not asked.can_paginate(operation):
            return list(getattr(asked, operation)(**arguments)[key])
        return [item for page in asked.get_paginator(operation).paginate(**arguments) for item in page[key]]

    def poll(self, read: Callable[[], list[Any]], ready: Callable[[Any], bool]) -> list[Any]:
        """Until all are ready; answers them."""
        deadline = time.monotonic() + 900
        while not all(map(ready, found := read())):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready: {[item for item in found if not ready(item)]}")
            time.sleep(0.25)
        return found
