# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments are taken down before their hub, each alone; a hub that is still in use is refused before anything of it is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud, name_of
from tests.support.hub import MATRIX, Connected, entry, platform
from tests.support.hub_outcomes import labels, nothing_to_do, refused, undeclared
from tests.support.tampering import OTHER_ACCOUNT
from tests.support.transit_view import TransitView, snapshot

pytestmark = pytest.mark.emulator


def test_nothing_is_left_of_it(cloud: Cloud) -> None:
    empty = snapshot(cloud)
    hub, dev = platform(cloud, "dev", hub={"account_id": "123456789012", "share_with": [OTHER_ACCOUNT]})
    hub.run()
    alone = snapshot(cloud)
    dev.run()
    for each, left in ((dev, alone), (hub, empty)):
        seen = each.run(check=True, state="absent")
        assert seen.changing == []
        done = each.take_down()
        assert done["diff"] == seen["diff"]
        assert {change["action"] for change in done["changes"]} == {"delete"}
        assert undeclared(done) == set()
        # A connection that goes at the same time may take its attachment out of its table first.
        gone = "ec2.DisassociateTransitGatewayRouteTable InvalidTransitGatewayAttachmentID.NotFound"
        assert {f"{name_of(call)} {call['error']}" for call in done.changing if call["error"]} <= {gone}
        assert snapshot(cloud) == left
    assert cloud.leases() == []
    assert hub.take_down()["changed"] is False


def test_a_hub_with_environments_is_refused_and_keeps_its_connections(cloud: Cloud) -> None:
    hub, dev, test = platform(cloud, "dev", "test")
    for each in (hub, dev, test):
        each.run()
    before, view = snapshot(cloud), TransitView(cloud)
    for check in (True, False):
        message = refused(hub, check=check, state="absent")
        assert "acme/hub/transit_network cannot be taken down while these stand in it: " in message
        for name in ("dev", "test"):
            assert f"transit_gateway_attachment {view.attachment(name)} (of acme/{name}/network)" in message
    assert snapshot(cloud) == before

    dev.take_down()
    assert "acme/dev/network" not in refused(hub, state="absent")
    test.take_down()
    hub.take_down()
    assert TransitView(cloud).ids == {}


def test_a_hub_that_somebody_else_is_attached_to_is_refused(cloud: Cloud) -> None:
    [hub] = platform(cloud)
    hub.run()
    gateway = TransitView(cloud).ids["hub/transit_gateway.main"]
    device = cloud.ec2.create_customer_gateway(Type="ipsec.1", IpAddress="45.10.20.77", BgpAsn=65000)["CustomerGateway"]["CustomerGatewayId"]
    made = cloud.ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=device, TransitGatewayId=gateway)["VpnConnection"]
    [attachment] = [key for key, name in TransitView(cloud).attachments.items() if name == key]
    assert f"transit_gateway_attachment {attachment} (not the platform's)" in refused(hub, state="absent")
    cloud.ec2.delete_vpn_connection(VpnConnectionId=made["VpnConnectionId"])
    hub.take_down()
    assert TransitView(cloud).ids == {}


def test_other_environments_and_the_hub_stay_as_they_are(cloud: Cloud) -> None:
    """What led to it goes with it: in the hub's account at once, where environments were joined with the other's next run."""
    between = {"access": [*MATRIX, entry("dev.workload", "test.edge", 443, cross_environment=True)]}
    hub, dev, test = platform(cloud, "dev", "test", **between)
    for each in (hub, dev, test, dev):
        each.run()
    dev.take_down()
    view = TransitView(cloud)
    assert not [name for name, table in view.all_tables().items() if "dev" in {*table.routes.values(), *table.associations}]
    assert view.table("test").routes["10.64.0.0/23"] == "blackhole"
    assert hub.run()["changes"] == []

    adapted = test.run()
    assert adapted["pending"] == ["environment dev: it is not attached to the hub yet"]
    assert labels(adapted) == {"update routes.edge", "update transit_gateway_routing.main"}
    assert test.run()["changes"] == []
    dev.run()
    test.run()
    nothing_to_do([hub, dev, test])


def test_an_environment_is_taken_down_without_its_hub(cloud: Cloud) -> None:
    """When it was never attached."""
    empty = snapshot(cloud)
    dev = Connected(cloud, {"environment": "dev"})
    dev.run()
    dev.take_down()
    assert snapshot(cloud) == empty


def test_a_hub_is_protected(cloud: Cloud) -> None:
    options: dict[str, Any] = {"deletion_protection": True}
    [hub] = platform(cloud, **options)
    hub.run()
    assert "hub is protected from deletion (platform_deletion_protection)" in refused(hub, state="absent")
    hub.take_down(lift_deletion_protection="hub")
    assert TransitView(cloud).ids == {}
