# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry policy: which other accounts may replicate into the registry, or use it as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._engine.resource import managed
from .documents import access_policy, text
from .registry_setting import RegistrySetting


@dataclass(kw_only=True, eq=False)
class RegistryPolicy(RegistrySetting):
    """``policy`` is a document, empty for none."""

    policy: Mapping[str, Any] = managed()

    kind = "registry_policy"
    pristine: ClassVar = {"policy": {}}
    calls: ClassVar = {"policy": ("ecr.PutRegistryPolicy", "ecr.DeleteRegistryPolicy"), "delete": ("ecr.DeleteRegistryPolicy",)}

    @classmethod
    def get(cls, place: Any) -> dict[str, Any]:
        ecr = place.client("ecr")
        try:
            return {"policy": access_policy(ecr.get_registry_policy()["policyText"])}
        except ecr.exceptions.RegistryPolicyNotFoundException:
            return {"policy": {}}

    @classmethod
    def put(cls, place: Any, values: Mapping[str, Any]) -> None:
        ecr = place.client("ecr")
        if values["policy"]:
            ecr.put_registry_policy(policyText=text(values["policy"]))
            return
        with suppress(ecr.exceptions.RegistryPolicyNotFoundException):  # as the SDK is told that tries again after a lost answer
            ecr.delete_registry_policy()
