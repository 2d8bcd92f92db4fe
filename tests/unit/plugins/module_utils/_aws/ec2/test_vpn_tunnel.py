# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels of a VPN connection as values, and which of them changes next."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_tunnel import Tunnel, read_tunnel
from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.vpn_tunnel_changes import (
    Ends,
    aligned,
    next_change,
    read_ends,
)
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlatformError
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Difference, Live

HUB: Any = SimpleNamespace(
    region="eu-central-1", account_id="123456789012", client=lambda _service: SimpleNamespace(meta=SimpleNamespace(partition="aws"))
)
STRONG = Tunnel(
    inside_cidr="169.254.64.0/30",
    phase1_encryption=frozenset({"AES256-GCM-16"}),
    phase1_integrity=frozenset({"SHA2-384", "SHA2-512"}),
    phase1_dh_groups=frozenset({20, 21}),
    phase2_encryption=frozenset({"AES256-GCM-16"}),
    phase2_integrity=frozenset({"SHA2-384", "SHA2-512"}),
    phase2_dh_groups=frozenset({20, 21}),
    log_group="/platform/vpn",
)
OTHER = replace(STRONG, inside_cidr="169.254.64.4/30")
CHANGED: dict[str, Any] = {
    "inside_cidr": "169.254.70.0/30", "ike_versions": frozenset({"ikev1"}), "dpd_action": "none", "startup_action": "start",
    "log_group": None, "bgp_log_group": "/platform/bgp", "lifecycle_control": True, "key_storage": "Standard",
    **{f"phase{phase}_{what}": frozenset({"other"}) for phase in (1, 2) for what in ("encryption", "integrity", "dh_groups")},
    **dict.fromkeys(("phase1_lifetime", "phase2_lifetime", "rekey_margin", "rekey_fuzz", "replay_window", "dpd_timeout"), 1),
}  # fmt: skip


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """The request as AWS answers it back."""
    spelled = {"IKEVersions": "IkeVersions", "DPDTimeoutSeconds": "DpdTimeoutSeconds", "DPDTimeoutAction": "DpdTimeoutAction"}
    return {spelled.get(name, name): value for name, value in request.items()}


def test_a_tunnel_that_is_written_is_read_back_as_it_was() -> None:
    for tunnel in (STRONG, replace(STRONG, bgp_log_group="/platform/bgp", startup_action="start", dpd_timeout=60)):
        assert read_tunnel(answered(tunnel.request(HUB))) == tunnel


def test_a_log_group_is_written_as_its_arn() -> None:
    logs = STRONG.request(HUB)["LogOptions"]["CloudWatchLogOptions"]
    assert logs["LogGroupArn"] == "arn:aws:logs:eu-central-1:123456789012:log-group:/platform/vpn"


def test_only_what_differs_is_written() -> None:
    assert STRONG.request(HUB, STRONG) == {}
    assert replace(STRONG, dpd_timeout=40).request(HUB, STRONG) == {"DPDTimeoutSeconds": 40}
    assert replace(STRONG, log_group=None).request(HUB, STRONG) == {
        "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False, "BgpLogEnabled": False}}
    }


@pytest.mark.parametrize("name", [each.name for each in fields(Tunnel)])
def test_every_option_that_differs_is_seen_in_a_diff(name: str) -> None:
    changed = replace(STRONG, **{name: CHANGED[name]})
    assert str(changed) != str(STRONG)
    assert changed != STRONG


def test_what_aws_leaves_out_is_its_default_and_takes_anything() -> None:
    found = read_tunnel({"OutsideIpAddress": "3.64.0.1", "TunnelInsideCidr": "169.254.64.0/30", "PreSharedKey": "shown.key"})
    assert (found.phase1_encryption, found.dpd_action, found.startup_action, found.key_storage) == (frozenset(), "clear", "add", "Standard")
    assert "phase1_encryption any" in str(found)
    assert "shown.key" not in repr(found)


@pytest.mark.parametrize("shown", [{}, {"PreSharedKey": "REDACTED"}])
def test_a_key_that_is_not_shown_is_in_secrets_manager(shown: dict[str, str]) -> None:
    assert read_tunnel({"TunnelInsideCidr": "169.254.64.0/30", **shown}).key_storage == "SecretsManager"


def test_live_tunnels_are_matched_by_their_inside_addresses() -> None:
    """AWS lists them by their outside addresses."""
    assert aligned((OTHER, STRONG), (STRONG, OTHER)) == (STRONG, OTHER)
    moved = replace(STRONG, inside_cidr="169.254.99.0/30")
    assert aligned((OTHER, moved), (STRONG, OTHER)) == (moved, OTHER)
    assert aligned((OTHER,), (STRONG, OTHER)) == (OTHER,)


def live(*up: str, tunnels: tuple[Tunnel, ...] = (STRONG, OTHER)) -> Live:
    addresses = {tunnel.inside_cidr: f"3.64.0.{number}" for number, tunnel in enumerate(tunnels, 1)}
    return Live(id="vpn-1", name="kyiv", values={"tunnels": tunnels}, detail=Ends(addresses, frozenset(up), None))


def to(*tunnels: Tunnel) -> dict[str, Difference]:
    return {"tunnels": Difference((STRONG, OTHER), tunnels)}


WEAKER = (replace(STRONG, phase1_lifetime=900), replace(OTHER, phase1_lifetime=900))


@pytest.mark.parametrize(
    ("up", "wanted", "address"),
    [
        ((), WEAKER, "3.64.0.1"),
        (("3.64.0.1", "3.64.0.2"), WEAKER, "3.64.0.1"),
        (("3.64.0.1",), WEAKER, "3.64.0.2"),
        (("3.64.0.2",), WEAKER, "3.64.0.1"),
        (("3.64.0.1", "3.64.0.2"), (STRONG, WEAKER[1]), "3.64.0.2"),
    ],
)
def test_what_is_down_changes_first(up: tuple[str, ...], wanted: tuple[Tunnel, ...], address: str) -> None:
    assert next_change(live(*up), to(*wanted), (STRONG, OTHER)).address == address


def test_the_only_tunnel_that_is_up_is_not_changed() -> None:
    only, change = live("3.64.0.2"), to(STRONG, WEAKER[1])
    with pytest.raises(PlatformError, match=r"the tunnel at 3.64.0.2 is the only one of vpn-1 that is up"):
        next_change(only, change, (STRONG, OTHER))
    assert next_change(only, change, (STRONG, OTHER), interruption=True).address == "3.64.0.2"


def test_a_connection_whose_tunnels_are_not_told_yet_is_left() -> None:
    with pytest.raises(PlatformError, match="does not tell both tunnels"):
        next_change(live(tunnels=(STRONG,)), {"tunnels": Difference((STRONG,), WEAKER)}, (STRONG, OTHER))


@pytest.mark.parametrize(
    ("before", "index", "versions"),
    [
        (None, 0, "new1 none"),
        ("old1 old2", 0, "new1 old2"),
        ("new1 old2", 1, "new1 new2"),
        ("old1 new2", 0, "new1 new2"),
    ],
)
def test_versions_of_keys_are_noted_tunnel_by_tunnel(before: str | None, index: int, versions: str) -> None:
    keys = {"pre_shared_keys": Difference(before, SimpleNamespace(version="new1 new2"))}
    change = next_change(live(), keys, (STRONG, OTHER))
    assert (change.index, change.versions, change.before) == (index, versions, (STRONG, OTHER)[index])


def test_ends_are_read_without_keys() -> None:
    item = {
        "PreSharedKeyArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:s2svpn!vpn-1",
        "CustomerGatewayConfiguration": "<pre_shared_key>hidden.key</pre_shared_key>",
        "Options": {"TunnelOptions": [{"OutsideIpAddress": "3.64.0.1", "TunnelInsideCidr": "169.254.64.0/30", "PreSharedKey": "hidden.key"}]},
        "VgwTelemetry": [{"OutsideIpAddress": "3.64.0.1", "Status": "UP"}, {"OutsideIpAddress": "3.64.0.2", "Status": "DOWN"}],
    }
    ends = read_ends(item)
    assert ends == Ends(
        {"169.254.64.0/30": "3.64.0.1"}, frozenset({"3.64.0.1"}), "arn:aws:secretsmanager:eu-central-1:123456789012:secret:s2svpn!vpn-1"
    )
    assert "hidden.key" not in repr(ends)
