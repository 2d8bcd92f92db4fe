# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two applies of one stack one waits or is refused, whatever becomes of the other."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.lease import Epoch, Lease
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, LeaseHeld, Lost
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Scope
from tests.support.cloud import Cloud
from tests.support.network import Network, Outcome

pytestmark = pytest.mark.emulator

SCOPE = Scope(platform="acme", environment="dev", stack="network")
PATH = "/fintech.platform/acme/dev/network/lease"
Declare = Callable[..., Network]


@pytest.fixture
def lease(cloud: Cloud) -> Iterator[Callable[..., Lease]]:
    """Leases of the network's stack; what is still held in the end is released."""
    made: list[Lease] = []

    def make(**options: Any) -> Lease:
        made.append(Lease(cloud.place(), SCOPE, **{"seconds": 30, "patience": 0, "poll": 0.02, **options}))
        return made[-1]

    yield make
    for each in made:
        each.release(None)


def leave(cloud: Cloud, number: int, seconds: float) -> None:
    """The lease of a run that was killed and would have held it for so many seconds more."""
    said = {"holder": "somebody@laptop", "expires": time.time() + seconds, "released": False, "kinds": []}
    cloud.ssm.put_parameter(Name=f"{PATH}/{number}", Value=json.dumps(said), Type="String")


def lease_calls(outcome: Outcome) -> list[str]:
    return [call["action"] for call in outcome.recording.calls if call["service"] == "ssm"]


def test_two_applies_at_once_make_one_set_of_changes(network: Declare) -> None:
    stack = network()
    alone = stack.run().recording
    stack.cloud.control.reset()
    stack.cloud.control.latency(5)  # so that the two really overlap
    together = threading.Barrier(2)

    def apply() -> Outcome:
        together.wait()
        return stack.run(lease={"patience": 60})

    with stack.cloud.recorded() as both, ThreadPoolExecutor(2) as pool:
        outcomes = [each.result() for each in [pool.submit(apply), pool.submit(apply)]]
    assert sorted(each["changed"] for each in outcomes) == [False, True]
    assert both.counts(both.changing) == alone.counts(alone.changing)
    assert [each["released"] for each in stack.cloud.leases()] == [True]


def test_without_patience_an_apply_is_refused_and_names_the_holder(network: Declare, lease: Callable[..., Lease]) -> None:
    stack, held = network(), lease()
    assert held.take(None, [])
    expected = f"{held.holder} is applying this stack (lease {PATH}/1). Run again when it is done; if it was killed, its lease expires by itself in "
    with stack.cloud.recorded() as recording, pytest.raises(LeaseHeld, match=rf"^{re.escape(expected)}\d+ s\.$"):
        stack.run(lease={"patience": 0})
    assert not [call for call in recording.calls if call["mutating"]]
    assert re.fullmatch(r"\S+@\S+ \(process \d+, run [0-9a-f]{8}\)", held.holder)


def test_an_apply_goes_on_when_the_other_is_done(network: Declare, lease: Callable[..., Lease]) -> None:
    stack, held = network(), lease()
    assert held.take(None, [])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stack.run, lease={"patience": 30})
        time.sleep(0.5)
        assert not waiting.done()
        held.release(None)
        assert waiting.result()["changed"]
    assert len(stack.cloud.leases()) == 1


def test_the_lease_of_a_killed_run_expires(network: Declare) -> None:
    stack = network()
    leave(stack.cloud, 1, seconds=0.5)
    began = time.monotonic()
    outcome = stack.run(lease={"patience": 30})
    assert outcome["changed"]
    assert time.monotonic() - began > 0.4
    assert outcome["api_calls"]["poll"] > 1
    [left] = stack.cloud.leases()
    assert left["released"]
    assert left["holder"] != "somebody@laptop"


def test_a_lease_is_renewed_as_long_as_its_run_lives(cloud: Cloud, lease: Callable[..., Lease]) -> None:
    held = lease(seconds=2.4)
    held.take(None, [])
    [first] = cloud.leases()
    time.sleep(2.6)
    held.check()
    [now] = cloud.leases()
    assert now["expires"] > first["expires"]
    assert held.place.calls["lease"] > 1
    assert lease(patience=0).latest() == Epoch(1, held.holder, now["expires"], False, frozenset())


def test_renewals_count_apart_and_end_with_the_run(network: Declare) -> None:
    stack = network()
    stack.cloud.control.latency(250)
    outcome = stack.run(lease={"seconds": 3})
    assert outcome["api_calls"]["lease"] >= 1
    marker = stack.cloud.control.marker()
    time.sleep(1.2)
    assert stack.cloud.control.calls(since=marker).total == 0


def test_a_lost_lease_stops_the_run(network: Declare) -> None:
    stack = network()
    stack.cloud.control.fault("error", action="PutParameter", skip=1, times=None, code="AccessDeniedException", status=400)
    stack.cloud.control.latency(100)
    with pytest.raises(ApplyError) as stopped:
        stack.run(lease={"seconds": 0.6})
    assert f"The lease {PATH}/1 ran out before it could be renewed, so nothing new was started." in str(stopped.value)
    assert stopped.value.details["failed"] == []
    assert stopped.value.details["not_started"] != []
    assert not any(each["released"] for each in stack.cloud.leases())  # what is lost is no longer ours to write
    stack.cloud.control.clear_faults()
    stack.cloud.control.latency(0)
    stack.run(lease={"patience": 5})
    assert stack.run()["changes"] == []


def test_a_renewal_that_is_answered_too_late_does_not_count(cloud: Cloud, lease: Callable[..., Lease]) -> None:
    """Meanwhile another run may have taken over."""
    held = lease(seconds=0.6)
    held.take(None, [])
    cloud.control.latency(600)
    time.sleep(1.1)
    with pytest.raises(Lost):
        held.check()
    cloud.control.latency(0)


def test_a_plan_that_another_run_has_outdated_is_made_again(network: Declare) -> None:
    """Another run applies all of it between our look at the lease and our look at the rest."""
    stack, other = network(), network()

    others = [other.run]

    class Overtaken(Lease):
        def latest(self) -> Epoch | None:
            found = super().latest()
            while others:
                others.pop()()
            return found

    with pytest.MonkeyPatch.context() as patch, stack.cloud.recorded() as recording:
        patch.setattr("tests.support.network.Lease", Overtaken)
        outcome = stack.run()
    assert outcome["changes"] == []
    assert recording.counts()["ec2.CreateVpc"] == 1


def test_the_latest_epoch_stays_and_the_next_one_follows(network: Declare) -> None:
    stack = network()
    for number in (1, 2, 3):
        stack.run(tags={"run": str(number)})
        [parameter] = stack.cloud.ssm.get_parameters_by_path(Path=PATH)["Parameters"]
        assert parameter["Name"] == f"{PATH}/{number}"
        assert json.loads(parameter["Value"])["released"]


def test_a_failed_run_releases_its_lease(network: Declare) -> None:
    stack = network()
    stack.cloud.control.fault("error", action="CreateVpc", code="VpcLimitExceeded", message="The maximum is reached.", status=400)
    with pytest.raises(ApplyError, match=r"Cannot create vpc.main: .*The maximum is reached"):
        stack.run()
    assert [each["released"] for each in stack.cloud.leases()] == [True]


def test_no_lease_is_taken_where_nothing_is_changed(network: Declare) -> None:
    stack = network()
    assert lease_calls(stack.run(check=True)) == ["GetParametersByPath"]
    assert lease_calls(stack.run()) == ["GetParametersByPath", "PutParameter", "PutParameter"]
    assert lease_calls(stack.run()) == ["GetParametersByPath"]
    assert lease_calls(stack.run(check=True, state="absent")) == ["GetParametersByPath"]
    assert lease_calls(stack.take_down()) == ["GetParametersByPath", "PutParameter", "DeleteParameters"]
    assert stack.cloud.leases() == []
    assert lease_calls(stack.take_down()) == ["GetParametersByPath"]
