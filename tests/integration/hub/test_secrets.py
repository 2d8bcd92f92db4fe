# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's pre-shared keys get to AWS, and into no result, diff, error or log."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError, PlatformError
from tests.support.cloud import Cloud
from tests.support.hub import SITES, platform
from tests.support.hub_outcomes import labels, nothing_to_do, refused
from tests.support.network import Network
from tests.support.transit_view import TransitView

pytestmark = pytest.mark.emulator

KEYS = ("WordOfTheFirstTunnel.1", "WordOfTheSecondTunnel.2")
NEW_KEY = "AnotherWordOfTheFirst.3"


@pytest.fixture
def told(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> Any:
    """All that was said so far: the emulator's log of calls, and what libraries log."""
    caplog.set_level(logging.INFO)
    return lambda: json.dumps(cloud.control.calls().log) + caplog.text


def hub_with_keys(cloud: Cloud) -> Network:
    arns = [cloud.secretsmanager.create_secret(Name=f"vpn/kyiv-{number}", SecretString=key)["ARN"] for number, key in enumerate(KEYS, 1)]
    names = [arns[0], "vpn/kyiv-2"]  # by ARN, or by name
    [hub] = platform(cloud, sites=[{**SITES[0], "vpn": {**SITES[0]["vpn"], "pre_shared_key_secrets": names}}], access=[])
    return hub


def used(cloud: Cloud) -> list[str]:
    """The keys that the emulated AWS holds for the tunnels."""
    connection = TransitView(cloud).of("vpn_connection", "kyiv_office")
    return json.loads(cloud.secretsmanager.get_secret_value(SecretId=connection["PreSharedKeyArn"])["SecretString"])


def hidden(*texts: str) -> None:
    for key in (*KEYS, NEW_KEY):
        assert [text for text in texts if key in text] == []


def everything(outcome: Any) -> str:
    return json.dumps(outcome.result) + repr(outcome.run.declared) + repr(outcome.run.declared.resources)


def test_they_are_in_nothing_that_a_run_says(cloud: Cloud, told: Any) -> None:
    hub = hub_with_keys(cloud)
    hidden(everything(hub.run(check=True)), everything(hub.run()), everything(hub.run(check=True, tags={"team": "core"})), told())
    [described] = hub.run()["connections"]
    assert [each["pre_shared_key_arn"].rpartition(":")[2].rpartition("-")[0] for each in described["tunnels"]] == ["vpn/kyiv-1", "vpn/kyiv-2"]
    assert all(key in json.dumps(used(cloud)) for key in KEYS)
    nothing_to_do([hub])


def test_a_new_version_of_one_goes_to_its_tunnel_alone(cloud: Cloud, told: Any) -> None:
    hub = hub_with_keys(cloud)
    hub.run()
    cloud.secretsmanager.put_secret_value(SecretId="vpn/kyiv-1", SecretString=NEW_KEY)
    seen = hub.run(check=True)
    done = hub.run()
    assert done["diff"] == seen["diff"]
    assert labels(done) == {"update vpn_connection.kyiv_office"}
    assert [call["action"] for call in done.changing] == ["ModifyVpnTunnelOptions", "CreateTags"]
    hidden(everything(seen), everything(done), told())
    assert NEW_KEY in json.dumps(used(cloud))
    assert KEYS[0] not in json.dumps(used(cloud))
    nothing_to_do([hub])


@pytest.mark.parametrize("action", ["CreateVpnConnection", "ModifyVpnTunnelOptions"])
def test_a_refusal_that_quotes_one_is_told_without_it(cloud: Cloud, told: Any, action: str) -> None:
    hub = hub_with_keys(cloud)
    if action != "CreateVpnConnection":
        hub.run()
        cloud.secretsmanager.put_secret_value(SecretId="vpn/kyiv-1", SecretString=NEW_KEY)
    sent = KEYS if action == "CreateVpnConnection" else (NEW_KEY,)
    message = f"Value ({' '.join(sent)}) for parameter PreSharedKey is invalid"
    cloud.control.fault("error", action=action, code="InvalidParameterValue", message=message, status=400, times=None)
    with pytest.raises(ApplyError) as failed:
        hub.run()
    cloud.control.clear_faults()
    error: BaseException | None = failed.value
    assert "for parameter PreSharedKey is invalid" in str(error)
    while error is not None:
        said = f"{error} {error.args} {getattr(error, 'response', '')} {getattr(error, 'details', '')}"
        hidden(said)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_secret_that_is_no_key_is_not_quoted(cloud: Cloud, told: Any) -> None:
    hub = hub_with_keys(cloud)
    cloud.secretsmanager.put_secret_value(SecretId="vpn/kyiv-1", SecretString="0bad key of ours")
    with pytest.raises(PlatformError, match=r"The secret arn:\S+ is no pre-shared key") as failed:
        hub.run()
    assert "0bad key of ours" not in str(failed.value) + told()


def test_a_secret_that_is_not_there_is_named_before_anything_is_made(cloud: Cloud) -> None:
    hub = hub_with_keys(cloud)
    cloud.secretsmanager.delete_secret(SecretId="vpn/kyiv-2", ForceDeleteWithoutRecovery=True)
    assert "Account 123456789012 has no secret vpn/kyiv-2 with a current version in eu-central-1." in refused(hub)
