# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tunnel changes at a time, and the site is never without one that was up; keys show up nowhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.pre_shared_keys import PreSharedKeys
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_connection import VpnConnection
from ansible_collections.fintech.platform.plugins.module_utils._aws.secretsmanager.existing_secret import ExistingSecret
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import Cloud, Recording
from tests.support.vpn_cases import CIDRS, a_connection, tunnels

pytestmark = pytest.mark.emulator

KEYS = [f"Key_{letter * 20}.1" for letter in "abcd"]
SECRETS = ("kyiv-1", "kyiv-2")


@pytest.fixture
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


def a_site(lifetime: int = 28800, *, own_keys: bool = False, **options: Any) -> list[Resource]:
    both = tunnels(phase1_lifetime=lifetime)
    if not own_keys:
        basis, connection = a_connection(tunnels=both, **options)
        return [*basis, connection]
    first, second = (ExistingSecret(name=name) for name in SECRETS)
    basis, connection = a_connection(tunnels=both, pre_shared_keys=PreSharedKeys(first, second), **options)
    return [*basis, first, second, connection]


def the_connection(cloud: Cloud) -> dict[str, Any]:
    [found] = [each for each in cloud.ec2.describe_vpn_connections()["VpnConnections"] if each["State"] not in ("deleting", "deleted")]
    return found


def addresses(cloud: Cloud) -> list[str]:
    """Of the first and the second tunnel."""
    inside = {each["TunnelInsideCidr"]: each["OutsideIpAddress"] for each in the_connection(cloud)["Options"]["TunnelOptions"]}
    return [inside[cidr] for cidr in CIDRS]


def changed(recording: Recording) -> list[str]:
    """The tunnels that were told to change, in order."""
    calls = [call for call in recording.changing if call["action"] == "ModifyVpnTunnelOptions"]
    assert not any(call["error"] for call in calls)
    return [call["parameters"]["VpnTunnelOutsideIpAddress"] for call in calls]


@contextmanager
def watched(cloud: Cloud) -> Iterator[list[int]]:
    """How many tunnels are up, again and again while the block lasts."""
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.append(sum(each["Status"] == "UP" for each in the_connection(cloud)["VgwTelemetry"]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def test_the_second_tunnel_waits_until_the_first_is_up_again(lab: Lab) -> None:
    lab.converge(a_site())
    lab.cloud.control.tunnels(True)
    lab.cloud.control.pace(vpn_connection=0.1, vpn_tunnel=0.5)
    with watched(lab.cloud) as up:
        _plan, recording = lab.converge(a_site(lifetime=14400))
    assert changed(recording) == addresses(lab.cloud)
    assert set(up) == {1, 2}
    assert told(lab.plan(a_site(lifetime=14400))[1]) == []


def test_tunnels_that_were_down_are_not_waited_for(lab: Lab) -> None:
    lab.converge(a_site())
    lab.cloud.control.pace(vpn_tunnel=3600)
    _plan, recording = lab.converge(a_site(lifetime=14400))
    assert changed(recording) == addresses(lab.cloud)


def test_a_tunnel_that_stays_down_keeps_the_other_as_it_is(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its far side does not take the new options: the site lives on the other tunnel, now and at the next run."""
    lab.converge(a_site())
    lab.cloud.control.tunnels(True)
    lab.cloud.control.pace(vpn_tunnel=3600)
    monkeypatch.setattr(VpnConnection, "waiter", replace(VpnConnection.waiter, timeout=0.3))
    first, second = addresses(lab.cloud)
    with lab.cloud.recorded() as recording, pytest.raises(ApplyError, match=rf"not up again at {first}"):
        lab.converge(a_site(lifetime=14400))
    assert changed(recording) == [first]
    place, plan = lab.plan(a_site(lifetime=14400))
    [problem] = VpnConnection.check(place, plan.changes)
    assert f"the tunnel at {second} is the only one" in problem
    with lab.cloud.recorded() as recording, pytest.raises(ApplyError, match="Bring the other one up first"):
        lab.converge(a_site(lifetime=14400))
    assert changed(recording) == []
    # Unless it may be cut off.
    place, plan = lab.plan(a_site(lifetime=14400, interruption=True))
    assert VpnConnection.check(place, plan.changes) == []


def test_a_tunnel_that_is_down_changes_first(lab: Lab) -> None:
    lab.converge(a_site())
    first, second = addresses(lab.cloud)
    lab.cloud.control.tunnels(True, address=first)
    place, plan = lab.plan(a_site(lifetime=14400))
    assert VpnConnection.check(place, plan.changes) == []  # one of the two may change at once
    with lab.cloud.recorded() as recording, pytest.raises(ApplyError, match=rf"the tunnel at {first} is the only one"):
        lab.converge(a_site(lifetime=14400))
    assert changed(recording) == [second]
    lab.cloud.control.tunnels(True, address=second)
    _plan, recording = lab.converge(a_site(lifetime=14400))
    assert changed(recording) == [first]


def test_a_lost_answer_to_a_change_is_no_reason_to_hurry(lab: Lab) -> None:
    lab.converge(a_site())
    lab.cloud.control.tunnels(True)
    lab.cloud.control.pace(vpn_connection=0.1, vpn_tunnel=0.5)
    lab.cloud.control.fault("drop", moment="after", action="ModifyVpnTunnelOptions")
    with watched(lab.cloud) as up:
        _plan, _recording = lab.converge(a_site(lifetime=14400))
    assert set(up) == {1, 2}
    assert told(lab.plan(a_site(lifetime=14400))[1]) == []


def test_changed_selectors_wait_for_both_tunnels(lab: Lab) -> None:
    lab.converge(a_site())
    lab.cloud.control.tunnels(True)
    lab.cloud.control.pace(vpn_tunnel=0.5)
    _plan, recording = lab.converge(a_site(lifetime=14400, local_cidr="192.168.0.0/16"))
    assert [call["action"] for call in recording.changing] == ["ModifyVpnConnectionOptions", *["ModifyVpnTunnelOptions"] * 2]
    assert told(lab.plan(a_site(lifetime=14400, local_cidr="192.168.0.0/16"))[1]) == []


def kept_keys(cloud: Cloud) -> list[str]:
    """What AWS has for the first and the second tunnel."""
    kept = json.loads(cloud.secretsmanager.get_secret_value(SecretId=the_connection(cloud)["PreSharedKeyArn"])["SecretString"])
    return [kept[address] for address in addresses(cloud)]


@pytest.fixture
def own_keys(cloud: Cloud) -> dict[str, str]:
    """The secrets of the two tunnels, with their first keys; their versions by name."""
    made = [cloud.secretsmanager.create_secret(Name=name, SecretString=key) for name, key in zip(SECRETS, KEYS, strict=False)]
    return {each["Name"]: each["VersionId"] for each in made}


def test_the_site_s_own_keys_are_compared_by_version(lab: Lab, own_keys: dict[str, str]) -> None:
    shown = []
    plan, made = lab.converge(a_site(own_keys=True))
    assert kept_keys(lab.cloud) == KEYS[:2]
    shown += [plan.diff(), [change.to_dict() for change in plan.changes], repr(plan)]
    assert f"(secret, version {own_keys['kyiv-1']} {own_keys['kyiv-2']})" in plan.diff()["after"]
    assert made.counts()["secretsmanager.GetSecretValue"] == 2

    with lab.cloud.recorded() as recording:
        _place, plan = lab.plan(a_site(own_keys=True))
    assert told(plan) == []
    assert "secretsmanager.GetSecretValue" not in recording.counts()

    lab.cloud.control.tunnels(True)
    lab.cloud.control.pace(vpn_connection=0.1, vpn_tunnel=0.5)
    for name, key in zip(SECRETS, KEYS[2:], strict=True):
        lab.cloud.secretsmanager.put_secret_value(SecretId=name, SecretString=key)
    with watched(lab.cloud) as up:
        plan, recording = lab.converge(a_site(own_keys=True))
    assert told(plan) == [("update", "vpn_connection.kyiv", {"pre_shared_keys"})]
    assert recording.counts(recording.changing) == {"ec2.ModifyVpnTunnelOptions": 2, "ec2.CreateTags": 2}
    assert set(up) == {1, 2}
    assert kept_keys(lab.cloud) == KEYS[2:]
    _place, again = lab.plan(a_site(own_keys=True))
    assert told(again) == []
    shown += [plan.diff(), [change.to_dict() for change in plan.changes], repr(plan), [repr(each.live) for each in again.unchanged]]
    assert not [key for key in KEYS if key in repr(shown)]


def test_one_new_key_changes_one_tunnel_with_its_options(lab: Lab, own_keys: dict[str, str]) -> None:
    lab.converge(a_site(own_keys=True))
    lab.cloud.secretsmanager.put_secret_value(SecretId=SECRETS[1], SecretString=KEYS[2])
    plan, recording = lab.converge(a_site(own_keys=True))
    assert told(plan) == [("update", "vpn_connection.kyiv", {"pre_shared_keys"})]
    assert changed(recording) == addresses(lab.cloud)[1:]
    assert kept_keys(lab.cloud) == [KEYS[0], KEYS[2]]


@pytest.mark.parametrize("refused", ["CreateVpnConnection", "ModifyVpnTunnelOptions"])
def test_a_refusal_that_quotes_a_key_is_shown_without_it(lab: Lab, own_keys: dict[str, str], refused: str) -> None:
    if refused.startswith("Modify"):
        lab.converge(a_site(own_keys=True))
        lab.cloud.secretsmanager.put_secret_value(SecretId=SECRETS[0], SecretString=KEYS[2])
    message = f"Value ({KEYS[2]}, {KEYS[0]}) for parameter PreSharedKey is invalid."
    lab.cloud.control.fault("error", action=refused, code="InvalidParameterValue", status=400, message=message)
    used = KEYS[2] if refused.startswith("Modify") else KEYS[0]
    with pytest.raises(ApplyError, match="for parameter PreSharedKey is invalid") as failure:
        lab.converge(a_site(own_keys=True))
    assert used not in str(failure.value) + repr(failure.value.details)
    assert failure.value.__cause__ is None


def test_a_secret_that_is_no_key_is_refused_unshown(lab: Lab, own_keys: dict[str, str]) -> None:
    lab.cloud.secretsmanager.put_secret_value(SecretId=SECRETS[0], SecretString="no key: $ecret")
    with lab.cloud.recorded() as recording, pytest.raises(ApplyError, match="The secret kyiv-1 is no pre-shared key") as failure:
        lab.converge(a_site(own_keys=True))
    assert "$ecret" not in str(failure.value)
    assert "ec2.CreateVpnConnection" not in recording.counts()


def test_a_secret_that_is_missing_is_refused_in_the_plan(lab: Lab) -> None:
    place, plan = lab.plan([ExistingSecret(name="kyiv-1")])
    [problem] = ExistingSecret.check(place, plan.changes)
    assert "has no secret kyiv-1 with a current version" in problem
