# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS keys: rotation with its period, policies that are policies, and states."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.aws.client import Rehearsal

from .conftest import Client, Refused

pytestmark = pytest.mark.emulator


@pytest.fixture
def kms(rehearsal: Rehearsal, make_client: Client) -> Any:
    return make_client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def test_rotation_is_told_with_its_period(kms: Any, key: str) -> None:
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    found = kms.get_key_rotation_status(KeyId=key)
    assert (found["KeyRotationEnabled"], found["RotationPeriodInDays"]) == (True, 90)
    assert "NextRotationDate" in found
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_periods_have_limits(kms: Any, key: str, refused: Refused) -> None:
    with refused("ValidationException"):
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=2561)


def test_keys_that_sign_do_not_rotate(kms: Any, refused: Refused) -> None:
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with refused("UnsupportedOperationException"):
        kms.enable_key_rotation(KeyId=signing)


@pytest.mark.parametrize("policy", ["{nonsense", "{}", '{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}'])
def test_policies_that_are_none_are_refused(kms: Any, key: str, refused: Refused, policy: str) -> None:
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=policy)


def test_a_key_that_is_to_be_deleted_takes_no_changes(kms: Any, key: str, refused: Refused) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with refused("KMSInvalidStateException"):
        kms.enable_key_rotation(KeyId=key)
    with refused("KMSInvalidStateException"):
        kms.create_alias(AliasName="alias/late", TargetKeyId=key)
    with refused("KMSInvalidStateException"):
        kms.schedule_key_deletion(KeyId=key)


def test_a_rescued_key_is_disabled(kms: Any, key: str, refused: Refused) -> None:
    with refused("KMSInvalidStateException"):
        kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_aliases_point_at_keys(kms: Any, key: str, refused: Refused) -> None:
    kms.create_alias(AliasName="alias/acme-dev", TargetKeyId=key)
    assert [each["AliasName"] for each in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/acme-dev"]
    assert kms.describe_key(KeyId="alias/acme-dev")["KeyMetadata"]["KeyId"] == key
    with refused("NotFoundException"):
        kms.create_alias(AliasName="alias/nothing", TargetKeyId="12345678-1234-1234-1234-123456789012")
