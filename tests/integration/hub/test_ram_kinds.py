# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub's account shares, and what another account does with it."""

from __future__ import annotations

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._aws.ram.resource_share import ResourceShare
from ansible_collections.fintech.platform.plugins.module_utils._aws.ram.shared_transit_gateway import SharedTransitGateway
from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import ApplyError
from ansible_collections.fintech.platform.plugins.module_utils._engine.executor import Executor, read_live
from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, make_plan
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Resource
from tests.integration.network.test_kinds import Lab, told
from tests.support.cloud import FAST, Cloud, Recording
from tests.support.kinds import SCOPE, tags
from tests.support.resolver_cases import GUEST, resource_share

pytestmark = pytest.mark.emulator


@pytest.fixture
def lab(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """With an SDK that is in a hurry to try again."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0.01)
    return Lab(cloud)


def shared(principals: set[str], resources: set[str]) -> list[Resource]:
    return [ResourceShare(name="hub", resources=frozenset(resources), principals=frozenset(principals), tags=tags("hub"))]


def test_a_guest_who_declined_is_invited_again(lab: Lab) -> None:
    guest = lab.cloud.open_client("ram", credentials=GUEST)

    def answer(call: str) -> None:
        pending = [each for each in guest.get_resource_share_invitations()["resourceShareInvitations"] if each["status"] == "PENDING"]
        getattr(guest, call)(resourceShareInvitationArn=pending[0]["resourceShareInvitationArn"])

    lab.converge(shared({GUEST}, set()))
    assert told(lab.plan(shared({GUEST}, set()))[1]) == []
    answer("reject_resource_share_invitation")
    plan, _invited = lab.converge(shared({GUEST}, set()))
    assert told(plan) == [("update", "resource_share.hub", {"principals"})]
    answer("accept_resource_share_invitation")
    assert told(lab.plan(shared({GUEST}, set()))[1]) == []
    assert [each["name"] for each in guest.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]] == ["acme-dev-hub"]


def test_resources_are_known_by_arn_and_gateways_by_id(lab: Lab) -> None:
    gateway = lab.cloud.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    prefix_list = lab.cloud.ec2.create_managed_prefix_list(PrefixListName="p", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]["PrefixListArn"]
    lab.converge(shared(set(), {gateway, prefix_list}))
    found = lab.cloud.ram.list_resources(resourceOwner="SELF")["resources"]
    assert {each["type"] for each in found} == {"ec2:TransitGateway", "ec2:PrefixList"}
    assert told(lab.plan(shared(set(), {gateway, prefix_list}))[1]) == []
    lab.converge(shared(set(), {gateway}))
    assert [each["arn"].rpartition("/")[2] for each in lab.cloud.ram.list_resources(resourceOwner="SELF")["resources"]] == [gateway]


def test_a_deleted_share_is_not_read_as_live(lab: Lab) -> None:
    basis, share = resource_share(1)
    lab.converge([*basis, share])
    lab.converge(resource_share(1)[0], [ResourceShare], purge=True)
    plan: Plan = lab.plan([*resource_share(1)[0], resource_share(1)[1]][:2], [ResourceShare])[1]
    assert told(plan) == []
    basis, share = resource_share(1)
    assert told(lab.plan([*basis, share])[1]) == [("create", "resource_share.hub", {"resources", "principals", "allow_external", "tags"})]


@pytest.fixture
def guest(lab: Lab) -> Guest:
    return Guest(lab.cloud)


class Guest:
    """An environment in an account of its own, beside that of the hub."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.gateway = cloud.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]

    def plan(self) -> tuple[Place, Plan]:
        place = self.cloud.place(account=GUEST, credentials=GUEST)
        place.hub = self.cloud.place()
        kinds = [SharedTransitGateway]
        return place, make_plan([SharedTransitGateway(name=self.gateway)], read_live(kinds, place, SCOPE), SCOPE)

    def converge(self) -> Recording:
        place, plan = self.plan()
        place.start_changing()
        with self.cloud.recorded() as recording:
            Executor(place, SCOPE, pace=FAST).apply(plan)
        return recording


def test_a_guest_accepts_what_the_hub_shares(lab: Lab, guest: Guest) -> None:
    lab.converge(shared({GUEST}, {guest.gateway}))
    place, plan = guest.plan()
    label = f"shared_transit_gateway.{guest.gateway}"
    assert told(plan) == [("update", label, {"accepted", "state"})]
    assert SharedTransitGateway.check(place, plan.changes) == []
    lab.cloud.control.fault("drop", action="AcceptResourceShareInvitation", moment="after")
    accepted = guest.converge()
    assert {call["action"] for call in accepted.changing} == {"AcceptResourceShareInvitation"}
    with lab.cloud.recorded() as reading:
        assert told(guest.plan()[1]) == []
    assert reading.counts() == {"ram.ListResources": 1}


def test_a_gateway_that_is_not_shared_is_refused_in_the_plan(guest: Guest) -> None:
    place, plan = guest.plan()
    [problem] = SharedTransitGateway.check(place, plan.changes)
    assert problem.startswith(f"Account {GUEST} cannot use the Transit Gateway {guest.gateway}, since account 123456789012 does not share it.")
    with pytest.raises(ApplyError, match=r"platform_hub\.share_with"):
        guest.converge()
