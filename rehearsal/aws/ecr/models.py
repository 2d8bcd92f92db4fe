# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's ECR backend, with what it does not keep of a registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from moto.ecr.models import ECRBackend
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from ..answers import AwsError
from ..overlay import Asked

_MOST_TAGS = 50


class Backend(ECRBackend):
    """The registry of one account and region. `seeds` are the images, by repository, that are there as soon as that is."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.pull_through_rules: dict[str, dict[str, Any]] = {}  # by prefix, as they are described
        self.templates: dict[str, dict[str, Any]] = {}  # by prefix, as they are described
        self.settings = {"BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "REGISTRY_POLICY_SCOPE": "V2", "BLOB_MOUNTING": "DISABLED"}
        self.seeds: dict[str, list[dict[str, str]]] = {}  # tag, digest

    def repository(self, asked: Asked) -> Any:
        return self._get_repository(asked["repositoryName"], asked.get("registryId"))

    def check_key(self, encryption: dict[str, Any] | None) -> None:
        """A key that is named has to be there and usable, in the registry's region. Its ARN takes the place of its alias or id."""
        if not encryption or "kmsKey" not in encryption:
            return
        if encryption["encryptionType"] == "AES256":
            raise invalid("encryptionConfiguration", "KMS key can not be specified for the encryption type AES256")
        keys, named = kms_backends[self.account_id][self.region_name], encryption["kmsKey"]
        if named.startswith("arn:") and named.split(":")[3:5] != [self.region_name, self.account_id]:
            raise AwsError("KmsException", f"The key {named} is not in the registry's account and region.")
        key = keys.keys.get(keys.any_id_to_key_id(named))
        if key is None or key.key_state != "Enabled":
            raise AwsError("KmsException", f"The key {named} does not exist or is not enabled.")
        encryption["kmsKey"] = key.arn

    def has_principal(self, arn: str) -> bool:
        """Whether a role or a user is there; those of other accounts cannot be seen."""
        found = re.fullmatch(r"arn:aws[\w-]*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)", arn)
        if found is None or found[1] != self.account_id:
            return True
        iam = iam_backends[self.account_id]["aws"]
        known = (role.name for role in iam.roles.values()) if found[2] == "role" else iam.users
        return found[3] in known


def invalid(parameter: str, text: str) -> AwsError:
    """As ECR words it."""
    return AwsError("InvalidParameterException", f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{text}'")


def check_tags(tags: Iterable[dict[str, str]], already: Iterable[str] = ()) -> None:
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidTagParameterException", "Duplicate tag keys found.")
    for key in keys:
        if key.lower().startswith("aws:") or len(key) > 128:
            raise AwsError("InvalidTagParameterException", f"The tag key '{key}' is invalid.")
    if len({*keys, *already}) > _MOST_TAGS:
        raise AwsError("TooManyTagsException", f"A resource takes no more than {_MOST_TAGS} tags.")


def now() -> datetime:
    return datetime.now(UTC)
