# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place counts its calls by purpose, asks each question once while it plans, and tries creates without a token once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config

from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError


class Client:
    """Answers pages of two; every call is announced as boto3 announces it."""

    def __init__(self, config: Config) -> None:
        self.config, self.asked = config, 0
        self.meta = SimpleNamespace(events=self)

    def register(self, event: str, handler: Callable[..., None]) -> None:
        assert event == "before-send"
        self.announce = handler

    def can_paginate(self, operation: str) -> bool:
        return operation == "describe_things"

    def get_paginator(self, operation: str) -> Client:
        return self

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        self.asked += 1
        return [self._answer(Things=[1, 2]), self._answer(Things=[3]), self._answer()]

    def list_others(self, **arguments: Any) -> dict[str, Any]:
        self.asked += 1
        return self._answer(Others=[4])

    def get_caller_identity(self) -> dict[str, Any]:
        return self._answer(Account="123456789012", Arn="arn:aws:iam::123456789012:user/me")

    def _answer(self, **answer: Any) -> dict[str, Any]:
        self.announce(request=None)
        return answer


def a_place(account_id: str = "123456789012") -> Place:
    return Place(lambda _service, config: Client(config), region="eu-central-1", account_id=account_id)


def test_all_pages_are_read() -> None:
    assert a_place().pages("ec2", "describe_things", "Things") == [1, 2, 3]
    assert a_place().pages("ec2", "list_others", "Others") == [4]


def test_while_planning_a_question_is_asked_once() -> None:
    place = a_place()
    for _time in range(2):
        place.pages("ec2", "describe_things", "Things", Filters=[{"Name": "vpc-id"}])
    assert place.client("ec2").asked == 1
    place.pages("ec2", "describe_things", "Things")
    assert place.client("ec2").asked == 2
    place.forget()
    place.pages("ec2", "describe_things", "Things")
    assert place.client("ec2").asked == 3


def test_two_threads_with_one_question_share_the_answer() -> None:
    place, together = a_place(), threading.Barrier(2)

    def ask() -> None:
        together.wait()
        place.pages("ec2", "describe_things", "Things")

    threads = [threading.Thread(target=ask) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert place.client("ec2").asked == 1


def test_while_changing_nothing_is_remembered() -> None:
    place = a_place()
    place.start_changing()
    for _time in range(2):
        place.pages("ec2", "describe_things", "Things")
    assert place.client("ec2").asked == 2


def test_calls_are_counted_by_what_they_are_for() -> None:
    place = a_place()
    place.client("ec2").list_others()
    with place.purpose("poll"):
        place.client("ec2").list_others()
        with place.purpose("lease"):
            place.client("ec2").list_others()
        place.client("ec2").list_others()
    place.start_changing()
    place.client("ec2").list_others()
    place.client("iam").list_others()
    assert place.calls == {"read": 1, "poll": 2, "lease": 1, "change": 2}


def test_calls_made_together_count_as_their_callers() -> None:
    place = a_place()
    calls = [place.client("ec2").list_others] * 3
    with place.purpose("poll"):
        assert place.together(calls) == [{"Others": [4]}] * 3
    assert place.together(calls[:1]) == [{"Others": [4]}]
    assert place.calls == {"poll": 3, "read": 1}


def test_clients_are_made_once_and_shared() -> None:
    place = a_place()
    assert place.client("ec2") is place.client("ec2")
    assert place.client("ec2") is not place.client("ec2", once=True)


def test_a_second_attempt_is_the_executors_where_it_could_make_a_second_object() -> None:
    place = a_place()
    assert place.client("ec2", once=True).config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert place.client("ec2").config.retries["total_max_attempts"] > 1


def test_the_account_is_guarded() -> None:
    a_place().guard()
    with pytest.raises(
        PlanError,
        match=r"^The credentials are for account 123456789012 \(arn:aws:iam::123456789012:user/me\), but the inventory names "
        r"platform_account_id 210987654321\. Use credentials of that account, or correct platform_account_id\.$",
    ):
        a_place("210987654321").guard()
