# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of everything in EKS that has an ARN."""

from __future__ import annotations

from typing import Any

from ..answers import AwsError
from ..overlay import Asked
from .models import INVALID, Backend

_MOST = 50
_KEY_LENGTH = 128


def check_tags(tags: dict[str, str], error: str = INVALID) -> dict[str, str]:
    """A copy. Raises AwsError for reserved or too many keys."""
    for key in tags:
        if key.lower().startswith("aws:") or not 0 < len(key) <= _KEY_LENGTH:
            raise AwsError(error, f"The tag key {key!r} is not valid: keys have 1 to {_KEY_LENGTH} characters and do not begin with aws:")
    if len(tags) > _MOST:
        raise AwsError(error, f"A resource can have no more than {_MOST} tags")
    return dict(tags)


def _of(backend: Backend, arn: str) -> dict[str, str]:
    """The tags of what has the ARN, to be changed in place."""
    for cluster in backend.clusters.values():
        if cluster.arn == arn:
            return cluster.tags
        for kept in (cluster.node_groups, cluster.addons, cluster.access_entries, cluster.associations):
            found: dict[str, str] | None = next((each.tags for each in kept.values() if each.arn == arn), None)
            if found is not None:
                return found
    raise AwsError("NotFoundException", f"Resource was not found: {arn}")


def tag(backend: Backend, asked: Asked) -> dict[str, Any]:
    found = _of(backend, asked["resourceArn"])
    found.update(check_tags({**found, **asked["tags"]}, "BadRequestException"))
    return {}


def untag(backend: Backend, asked: Asked) -> dict[str, Any]:
    found = _of(backend, asked["resourceArn"])
    for key in asked["tagKeys"]:
        found.pop(key, None)
    return {}


def of(backend: Backend, asked: Asked) -> dict[str, Any]:
    return {"tags": _of(backend, asked["resourceArn"])}
