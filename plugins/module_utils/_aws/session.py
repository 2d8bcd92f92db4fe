# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place: (account, region), its clients, its identity guard and its count of calls."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._engine.errors import Advice, PlanError
from .errors import advise

WORKERS = 16
# "standard" retries throttling and lost answers; a client for creates without a client token makes a single attempt,
# since a retry of a lost answer would make a second object: the executor looks first.
RETRIES: dict[str, Any] = {"mode": "standard", "total_max_attempts": 6}
ONCE: dict[str, Any] = {"mode": "standard", "total_max_attempts": 1}


class Tally:
    """How many calls were made, by purpose."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.default = "read"
        self.current = threading.local()
        self._lock = threading.Lock()

    def add(self, **_event: Any) -> None:
        with self._lock:
            self.calls[getattr(self.current, "name", None) or self.default] += 1


class Place:
    """``open_client(service, config)`` makes a boto3 client; clients are shared between threads."""

    def __init__(self, open_client: Callable[[str, Any], Any], *, region: str, account_id: str, tally: Tally | None = None) -> None:
        self.open_client, self.region, self.account_id = open_client, region, account_id
        self.tally = tally or Tally()
        self._clients: dict[tuple[str, bool], Any] = {}
        self._lock = threading.RLock()
        self._answers: dict[Any, Any] | None = {}
        self._answering: dict[Any, threading.Lock] = {}
        self._shared: dict[str, dict[str, Any]] = {}
        self.known: dict[str, dict[str, Any]] = {}  # what this run itself set, by id: no look while waiting has to ask for it
        self.caller = ""  # the ARN of whose credentials are used, once the guard has asked
        self.hub: Place = self  # where the Transit Gateway lives: another place where the hub has an account of its own

    @property
    def calls(self) -> Counter[str]:
        return self.tally.calls

    def client(self, service: str, *, once: bool = False) -> Any:
        with self._lock:
            if (service, once) not in self._clients:
                config = Config(retries=ONCE if once else RETRIES, max_pool_connections=4 * WORKERS)
                client = self.open_client(service, config)
                client.meta.events.register("before-send", self.tally.add)
                self._clients[service, once] = client
            return self._clients[service, once]

    @contextmanager
    def purpose(self, name: str) -> Iterator[None]:
        """Calls made by this thread are counted under ``name`` (``poll``, ``lease``), apart from reads and changes."""
        current = self.tally.current
        before = getattr(current, "name", None)
        current.name = name
        try:
            yield
        finally:
            current.name = before

    def start_changing(self) -> None:
        """From here on answers are not remembered, and calls count as changes."""
        self._answers, self.tally.default = None, "change"
        if self.hub is not self:
            self.hub.start_changing()

    def forget(self) -> None:
        """Before reading again."""
        if self._answers is not None:
            self._answers, self.known = {}, {}
        if self.hub is not self:
            self.hub.forget()

    def advise(self, error: Exception) -> Advice:
        return advise(error)

    def guard(self) -> None:
        """Refuse credentials that are absent, unusable or for another account than the inventory names."""
        try:
            found = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise PlanError(
                f"The AWS credentials cannot be used: {error}. Set a profile, access keys or a role as for any amazon.aws module."
            ) from error
        if found["Account"] != self.account_id:
            raise PlanError(
                f"The credentials are for account {found['Account']} ({found['Arn']}), but the inventory names platform_account_id "
                f"{self.account_id}. Use credentials of that account, or correct platform_account_id."
            )
        self.caller = found["Arn"]

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All items of a paged call. While planning, two kinds that ask the same share one answer."""
        answers = self._answers
        if answers is None:
            return self._pages(service, operation, key, arguments)
        question = (service, operation, repr(sorted(arguments.items())))
        with self._lock:
            answering = self._answering.setdefault(question, threading.Lock())
        with answering:
            if question not in answers:
                answers[question] = self._pages(service, operation, key, arguments)
            return answers[question]

    @contextmanager
    def asking(self, question: str) -> Iterator[dict[str, Any]]:
        """The answer so far, for one at a time: who finds it wanting asks, and those that wait find what was answered."""
        with self._lock:
            answering = self._answering.setdefault(question, threading.Lock())
            answer = self._shared.setdefault(question, {})
        with answering:
            yield answer

    def _pages(self, service: str, operation: str, key: str, arguments: dict[str, Any]) -> list[Any]:
        client = self.client(service)
        if not client.can_paginate(operation):
            return getattr(client, operation)(**arguments)[key]
        return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key, ())]

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """The answers of several calls made at once, none of which needs another; all counted as this thread's are.

        Raises what the first of them raised that failed, once all have ended.
        """
        todo = list(calls)
        if len(todo) < 2:
            return [call() for call in todo]
        purpose = getattr(self.tally.current, "name", None)
        with ThreadPoolExecutor(min(len(todo), WORKERS)) as pool:
            return list(pool.map(partial(self._call, purpose), todo))

    def _call(self, purpose: str | None, call: Callable[[], Any]) -> Any:
        self.tally.current.name = purpose
        return call()


def assumed(place: Place, role: str) -> dict[str, str]:
    """Credentials of a role in another account, as boto3 takes them. Raises ``PlanError`` where it cannot be assumed."""
    try:
        answer = place.client("sts").assume_role(RoleArn=role, RoleSessionName="fintech.platform")
    except (BotoCoreError, ClientError) as error:
        raise PlanError(
            f"The role of the hub cannot be assumed: {error}. Let platform_hub.role trust the credentials of account {place.account_id}."
        ) from error
    given = answer["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"], "aws_session_token": given["SessionToken"]
    }  # fmt: skip
