# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RAM: what one account shares, and what another one sees of it."""

from __future__ import annotations

from typing import Any

import pytest

OWNER, GUEST, STRANGER = "123456789012", "222222222222", "333333333333"
TAGS = [{"key": "fintech.platform/name", "value": "hub"}]


@pytest.fixture
def owner(rehearsal, make_client) -> Any:
    return make_client("ram", OWNER)


@pytest.fixture
def guest(rehearsal, make_client) -> Any:
    return make_client("ram", GUEST)


@pytest.fixture
def gateway(ec2) -> str:
    """The ARN of a Transit Gateway."""
    return str(ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayArn"])


@pytest.fixture
def share(owner, gateway) -> str:
    """Of the gateway with the guest, who is invited."""
    made = owner.create_resource_share(name="acme-hub", resourceArns=[gateway], principals=[GUEST], tags=TAGS)["resourceShare"]
    return str(made["resourceShareArn"])


def statuses(ram, kind: str) -> dict[str, tuple[str, bool]]:
    found = ram.get_resource_share_associations(associationType=kind)["resourceShareAssociations"]
    return {each["associatedEntity"]: (each["status"], each["external"]) for each in found}


def shares(ram, owned_by: str, **more: Any) -> list[dict[str, Any]]:
    return ram.get_resource_shares(resourceOwner=owned_by, **more)["resourceShares"]


def accept(ram) -> dict[str, Any]:
    [invitation] = ram.get_resource_share_invitations()["resourceShareInvitations"]
    return ram.accept_resource_share_invitation(resourceShareInvitationArn=invitation["resourceShareInvitationArn"])["resourceShareInvitation"]


def test_a_share_is_read_back_with_its_tags(owner, gateway, share) -> None:
    [found] = shares(owner, "SELF")
    assert (found["resourceShareArn"], found["name"], found["status"], found["tags"]) == (share, "acme-hub", "ACTIVE", TAGS)
    assert (found["owningAccountId"], found["allowExternalPrincipals"]) == (OWNER, True)
    assert statuses(owner, "RESOURCE") == {gateway: ("ASSOCIATED", False)}
    assert statuses(owner, "PRINCIPAL") == {GUEST: ("ASSOCIATING", True)}


def test_shares_are_found_by_name_tags_and_state(owner, share) -> None:
    owner.create_resource_share(name="other", tags=[{"key": "k", "value": "v"}])

    def names(**filters: Any) -> list[str]:
        return [each["name"] for each in shares(owner, "SELF", **filters)]

    assert names(name="acme-hub") == ["acme-hub"]
    assert names(tagFilters=[{"tagKey": "k", "tagValues": ["v", "w"]}]) == ["other"]
    assert names(tagFilters=[{"tagKey": "k", "tagValues": ["w"]}]) == []
    assert names(tagFilters=[{"tagKey": "k"}, {"tagKey": "fintech.platform/name"}]) == []
    assert names(resourceShareStatus="DELETED") == []
    assert names(resourceShareArns=[share]) == ["acme-hub"]


def test_another_account_accepts_and_then_has_it(owner, guest, gateway, share, refused) -> None:
    [invitation] = guest.get_resource_share_invitations()["resourceShareInvitations"]
    assert (invitation["status"], invitation["senderAccountId"], invitation["receiverAccountId"]) == ("PENDING", OWNER, GUEST)
    assert (shares(guest, "OTHER-ACCOUNTS"), guest.list_resources(resourceOwner="OTHER-ACCOUNTS")["resources"]) == ([], [])
    arn = invitation["resourceShareInvitationArn"]
    offered = guest.list_pending_invitation_resources(resourceShareInvitationArn=arn)["resources"]
    assert [(each["arn"], each["type"]) for each in offered] == [(gateway, "ec2:TransitGateway")]
    assert accept(guest)["status"] == "ACCEPTED"
    [found] = shares(guest, "OTHER-ACCOUNTS")
    assert (found["resourceShareArn"], found["owningAccountId"], "tags" in found) == (share, OWNER, False)
    [resource] = guest.list_resources(resourceOwner="OTHER-ACCOUNTS", resourceType="ec2:TransitGateway")["resources"]
    assert (resource["arn"], resource["status"]) == (gateway, "AVAILABLE")
    assert statuses(owner, "PRINCIPAL") == {GUEST: ("ASSOCIATED", True)}
    assert shares(guest, "SELF") == []
    with refused("ResourceShareInvitationAlreadyAcceptedException"):
        guest.reject_resource_share_invitation(resourceShareInvitationArn=arn)


def test_an_invitation_can_be_rejected_and_is_nobody_elses(owner, guest, make_client, share, refused) -> None:
    arn = guest.get_resource_share_invitations()["resourceShareInvitations"][0]["resourceShareInvitationArn"]
    for stranger in (owner, make_client("ram", STRANGER)):
        assert stranger.get_resource_share_invitations()["resourceShareInvitations"] == []
        with refused("ResourceShareInvitationArnNotFoundException"):
            stranger.accept_resource_share_invitation(resourceShareInvitationArn=arn)
    assert guest.reject_resource_share_invitation(resourceShareInvitationArn=arn)["resourceShareInvitation"]["status"] == "REJECTED"
    assert shares(guest, "OTHER-ACCOUNTS") == []
    assert statuses(owner, "PRINCIPAL") == {GUEST: ("DISASSOCIATED", True)}
    with refused("ResourceShareInvitationAlreadyRejectedException"):
        guest.accept_resource_share_invitation(resourceShareInvitationArn=arn)


def test_members_of_a_sharing_organization_need_no_invitation(owner, make_client, gateway) -> None:
    organizations = make_client("organizations", OWNER)
    organization = organizations.create_organization()["Organization"]
    member = organizations.create_account(AccountName="dev", Email="dev@example.com")["CreateAccountStatus"]["AccountId"]
    guest = make_client("ram", member)
    owner.create_resource_share(name="before", principals=[member])
    assert statuses(owner, "PRINCIPAL") == {member: ("ASSOCIATING", True)}
    assert owner.enable_sharing_with_aws_organization()["returnValue"] is True
    owner.create_resource_share(name="account", resourceArns=[gateway], principals=[member], allowExternalPrincipals=False)
    owner.create_resource_share(name="organization", resourceArns=[gateway], principals=[organization["Arn"]], allowExternalPrincipals=False)
    assert {each["name"] for each in shares(guest, "OTHER-ACCOUNTS")} == {"account", "organization"}
    assert [each["resourceShareName"] for each in guest.get_resource_share_invitations()["resourceShareInvitations"]] == ["before"]


def test_sharing_with_an_organization_is_enabled_by_its_management_account(owner, make_client, refused) -> None:
    with refused("OperationNotPermittedException"):
        owner.enable_sharing_with_aws_organization()
    organizations = make_client("organizations", OWNER)
    arn = organizations.create_organization()["Organization"]["Arn"]
    with refused("UnknownResourceException", "could not be found"):
        owner.create_resource_share(name="x", principals=[arn])
    member = organizations.create_account(AccountName="dev", Email="dev@example.com")["CreateAccountStatus"]["AccountId"]
    with refused("OperationNotPermittedException"):
        make_client("ram", member).enable_sharing_with_aws_organization()


def test_resources_and_principals_come_and_go(owner, guest, ec2, gateway, share, refused) -> None:
    accept(guest)
    prefix_list = ec2.create_managed_prefix_list(PrefixListName="p", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]["PrefixListArn"]
    added = owner.associate_resource_share(resourceShareArn=share, resourceArns=[prefix_list, gateway], principals=[STRANGER])
    assert [(each["associatedEntity"], each["status"]) for each in added["resourceShareAssociations"]] == [
        (prefix_list, "ASSOCIATING"), (STRANGER, "ASSOCIATING")
    ]  # fmt: skip
    removed = owner.disassociate_resource_share(resourceShareArn=share, resourceArns=[gateway], principals=[STRANGER])
    assert {each["status"] for each in removed["resourceShareAssociations"]} == {"DISASSOCIATING"}
    assert statuses(owner, "RESOURCE") == {gateway: ("DISASSOCIATED", False), prefix_list: ("ASSOCIATED", False)}
    assert [each["arn"] for each in guest.list_resources(resourceOwner="OTHER-ACCOUNTS")["resources"]] == [prefix_list]
    assert [each["id"] for each in owner.list_principals(resourceOwner="SELF")["principals"]] == [GUEST]
    with refused("UnknownResourceException"):
        owner.disassociate_resource_share(resourceShareArn=share, principals=[STRANGER])


def test_associations_settle_at_their_pace(rehearsal, owner, guest, gateway, share) -> None:
    accept(guest)
    rehearsal.pace(resource_share=60)
    owner.disassociate_resource_share(resourceShareArn=share, resourceArns=[gateway])
    assert statuses(owner, "RESOURCE") == {gateway: ("DISASSOCIATING", False)}
    owner.delete_resource_share(resourceShareArn=share)
    assert ([each["status"] for each in shares(owner, "SELF")], shares(guest, "OTHER-ACCOUNTS")) == (["DELETING"], [])


def test_a_deleted_share_stays_to_be_seen_for_its_owner_only(owner, guest, share, refused) -> None:
    accept(guest)
    assert owner.delete_resource_share(resourceShareArn=share)["returnValue"] is True
    assert ([each["status"] for each in shares(owner, "SELF")], shares(guest, "OTHER-ACCOUNTS")) == (["DELETED"], [])
    with refused("InvalidStateTransitionException"):
        owner.delete_resource_share(resourceShareArn=share)
    with refused("UnknownResourceException"):
        guest.delete_resource_share(resourceShareArn=share)


def test_tags_and_the_name_change(owner, share, refused) -> None:
    owner.tag_resource(resourceShareArn=share, tags=[{"key": "a", "value": "b"}])
    owner.untag_resource(resourceShareArn=share, tagKeys=[TAGS[0]["key"]])
    owner.update_resource_share(resourceShareArn=share, name="renamed")
    [found] = shares(owner, "SELF")
    assert (found["name"], found["tags"], found["allowExternalPrincipals"]) == ("renamed", [{"key": "a", "value": "b"}], True)
    with refused("OperationNotPermittedException", "within your AWS Organization"):
        owner.update_resource_share(resourceShareArn=share, allowExternalPrincipals=False)


def test_a_client_token_makes_one_share(owner, gateway, refused) -> None:
    first, again = (owner.create_resource_share(name="x", clientToken="once")["resourceShare"]["resourceShareArn"] for _each in range(2))
    assert first == again
    with refused("IdempotentParameterMismatchException"):
        owner.create_resource_share(name="y", clientToken="once")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"resourceArns": ["gateway"]}, "MalformedArnException"),
        ({"resourceArns": ["arn:aws:iam::123456789012:role/x"]}, "MalformedArnException"),
        ({"resourceArns": ["arn:aws:ec2:eu-central-1:222222222222:transit-gateway/tgw-1"]}, "OperationNotPermittedException"),
        ({"resourceArns": ["arn:aws:ec2:eu-central-1:123456789012:transit-gateway/tgw-1"]}, "UnknownResourceException"),
        ({"resourceArns": ["arn:aws:ec2:us-east-1:123456789012:transit-gateway/tgw-1"]}, "InvalidParameterException"),
        ({"principals": ["nobody"]}, "InvalidParameterException"),
        ({"principals": [GUEST], "allowExternalPrincipals": False}, "OperationNotPermittedException"),
        ({"tags": [{"key": "aws:x", "value": "y"}]}, "InvalidParameterException"),
    ],
)
def test_shares_that_aws_refuses(owner, refused, change, code) -> None:
    with refused(code):
        owner.create_resource_share(**{"name": "x", **change})
    assert shares(owner, "SELF") == []


def test_questions_that_aws_refuses(owner, share, refused) -> None:
    with refused("InvalidParameterException"):
        owner.get_resource_shares(resourceOwner="EVERYBODY")
    with refused("UnknownResourceException"):
        owner.get_resource_shares(resourceOwner="SELF", resourceShareArns=["arn:aws:ram:eu-central-1:123456789012:resource-share/x"])
    with refused("InvalidParameterException", "resourceArn"):
        owner.get_resource_share_associations(associationType="PRINCIPAL", resourceArn="x")
    with refused("InvalidNextTokenException"):
        owner.list_resources(resourceOwner="SELF", nextToken="x")
