# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch template, whose newest version is the wanted one. A version never changes: its description is the fingerprint of what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from ..._engine.resource import Difference, Live, Scope, immutable, managed
from .ec2_resource import Ec2Resource


@dataclass(kw_only=True, eq=False)
class LaunchTemplate(Ec2Resource):
    """``data`` as EC2 takes it. Versions are compared by fingerprint: EC2 adds to what it is given."""

    template_name: str = immutable()
    data: Mapping[str, Any] = managed()

    kind = "launch_template"
    unique = ("template_name",)
    tag_type = "launch-template"
    describe = ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId")
    calls: ClassVar = {
        "create": ("ec2.CreateLaunchTemplate",),
        "data": ("ec2.CreateLaunchTemplateVersion",),
        "tags": ("ec2.CreateTags",),
        "delete": ("ec2.DeleteLaunchTemplate",),
    }

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.data, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def version(self) -> str:
        """The number of the newest version."""
        if self.live is None:
            raise LookupError(f"{self.label} does not exist yet")
        return str(self.live.detail)

    @classmethod
    def read(cls, place: Any, scope: Scope, within: frozenset[str]) -> Iterable[Live]:
        lives = list(super().read(place, scope, within))
        for live, found in zip(lives, place.together(partial(versions, place, live.id) for live in lives), strict=True):
            newest = max(found, key=lambda each: each["VersionNumber"])
            live.values |= {"data": newest["LaunchTemplateData"], "fingerprint": newest.get("VersionDescription")}
        return lives

    @classmethod
    def values(cls, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"template_name": item["LaunchTemplateName"]}

    @classmethod
    def refine(cls, live: Live, item: Mapping[str, Any]) -> Live:
        live.detail = item["LatestVersionNumber"]
        return live

    def create(self, place: Any) -> Live:
        answer = place.client("ec2").create_launch_template(
            LaunchTemplateName=self.template_name, VersionDescription=self.fingerprint, LaunchTemplateData=self.data,
            TagSpecifications=self.specifications(),
        )  # fmt: skip
        live = self.made(answer["LaunchTemplate"])
        live.values |= {"data": self.data, "fingerprint": self.fingerprint}
        return live

    def update(self, place: Any, live: Live, fields: Mapping[str, Difference]) -> None:
        answer = place.client("ec2").create_launch_template_version(
            LaunchTemplateId=live.id, VersionDescription=self.fingerprint, LaunchTemplateData=self.data
        )
        live.detail = answer["LaunchTemplateVersion"]["VersionNumber"]

    def normalize(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        data = self.data if values.get("fingerprint") == self.fingerprint else values.get("data")
        return {**super().normalize(values), "data": data}

    @classmethod
    def delete(cls, place: Any, live: Live) -> None:
        place.client("ec2").delete_launch_template(LaunchTemplateId=live.id)


def versions(place: Any, template: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.pages("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=template)
    return found
