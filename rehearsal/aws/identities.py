# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an access key is: what STS tells of it, and what a signature is checked with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .client import ACCESS_KEY, SECRET


@dataclass(frozen=True)
class Identity:
    """arn: as GetCallerIdentity tells it. principal: the IAM user or role behind it, as policies and access entries name it.

    session_name, session_token and expires (naive UTC) are those of an assumed role.
    """

    account: str
    arn: str
    principal: str
    user_id: str
    secret: str
    session_name: str = ""
    session_token: str | None = None
    expires: datetime | None = None


def account(access_key: str) -> str:
    """An access key of 12 digits is the account's id; other keys belong to the account that made them, or the default one."""
    if re.fullmatch(r"\d{12}", access_key):
        return access_key
    return next((number for number, backend in _accounts() if access_key in backend.access_keys), str(DEFAULT_ACCOUNT_ID))


def built_in(number: str) -> Identity:
    """The user that the rehearsal's own keys act as in an account; IAM does not list it."""
    arn = f"arn:aws:iam::{number}:user/rehearsal"
    return Identity(number, arn, arn, "AIDAREHEARSAL0000000", SECRET)


def find(access_key: str) -> Identity | None:
    """None for a key whose secret nobody knows."""
    if access_key == ACCESS_KEY or re.fullmatch(r"\d{12}", access_key):
        return built_in(account(access_key))
    return next((_made(number, backend, access_key) for number, backend in _accounts() if access_key in backend.access_keys), None)


def exists(principal: str) -> bool:
    """Whether an IAM user or role of that ARN is there."""
    found = re.fullmatch(r"arn:aws:iam::(\d{12}):.+", principal)
    if found is None:
        return False
    if principal in (built_in(found[1]).arn, f"arn:aws:iam::{found[1]}:root"):
        return True
    backend = iam_backends[found[1]]["aws"]
    return any(each.arn == principal for each in [*backend.roles.values(), *backend.users.values()])


def _accounts() -> list[tuple[str, Any]]:
    return [(str(number), backend) for number, partitions in list(iam_backends.items()) for backend in list(partitions.values())]


def _made(number: str, backend: Any, access_key: str) -> Identity:
    """Of a key that CreateAccessKey or AssumeRole made."""
    key = backend.access_keys[access_key]
    session = sts_backends[number]["aws"].get_assumed_role_from_access_key(access_key)
    if session is None:
        user = backend.get_user(key.user_name)
        return Identity(number, user.arn, user.arn, user.id, key.secret_access_key)
    return Identity(
        account=number,
        arn=session.arn,
        principal=session.role_arn,  # the session's ARN has lost the role's path
        user_id=session.user_id,
        secret=session.secret_access_key,
        session_name=session.session_name,
        session_token=session.session_token,
        expires=session.expiration,
    )
