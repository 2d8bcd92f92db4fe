# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates: versions that are numbered for good, made from others, and deleted one by one."""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

from ..answers import AwsError
from ..overlay import Asked
from . import tags

_NO_ID = "InvalidLaunchTemplateId.NotFound"
_NO_NAME = "InvalidLaunchTemplateName.NotFoundException"
_NO_VERSION = "InvalidLaunchTemplateId.VersionNotFound"
_MOVING = ("$Latest", "$Default")


class Template(LaunchTemplate):
    """moto's Auto Scaling groups and instances use it like their own; there, a version's number is its place in the list."""

    def create_version(self, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
        number = getattr(self, "_last_number", 0) + 1
        self._last_number = number
        version = LaunchTemplateVersion(self, number, data, description)
        self.versions.append(version)
        return version

    def get_version(self, num: Any) -> LaunchTemplateVersion:
        wanted = {"$latest": self.versions[-1].number, "$default": self.default_version_number}.get(str(num).lower(), num)
        found = next((each for each in self.versions if str(each.number) == str(wanted)), None)
        if found is None:
            raise AwsError(_NO_VERSION, f"Could not find the specified version {num} for the launch template with ID {self.id}.")
        return found

    def default_version(self) -> LaunchTemplateVersion:
        return self.get_version(self.default_version_number)

    def described(self, backend: Any) -> dict[str, Any]:
        return {
            "LaunchTemplateId": self.id, "LaunchTemplateName": self.name, "CreateTime": self.create_time, "CreatedBy": _root(backend),
            "DefaultVersionNumber": self.default_version_number, "LatestVersionNumber": self.versions[-1].number,
            "Tags": tags.of(backend, self.id),
        }  # fmt: skip

    def version_row(self, backend: Any, version: LaunchTemplateVersion) -> dict[str, Any]:
        row = {
            "LaunchTemplateId": self.id, "LaunchTemplateName": self.name, "VersionNumber": version.number, "CreateTime": version.create_time,
            "CreatedBy": _root(backend), "DefaultVersion": self.is_default(version), "LaunchTemplateData": version.data,
        }  # fmt: skip
        return row | ({"VersionDescription": version.description} if version.description else {})


def _root(backend: Any) -> str:
    return f"arn:{backend.partition}:iam::{backend.account_id}:root"


def add(backend: Any, name: str, data: dict[str, Any], description: str = "") -> Template:
    if name in backend.launch_template_name_to_ids:
        raise AwsError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
    made = Template(backend, name, data, description, {})
    backend.launch_templates[made.id] = made
    backend.launch_template_name_to_ids[name] = made.id
    return made


def create(backend: Any, asked: Asked) -> dict[str, Any]:
    name = asked["LaunchTemplateName"]
    if not re.fullmatch(r"[a-zA-Z0-9().\-/_]{3,128}", name):
        raise AwsError("InvalidLaunchTemplateName.MalformedException", "A launch template name has 3 to 128 characters of a-z, A-Z, 0-9 and ().-/_")
    if not asked.get("LaunchTemplateData"):
        raise AwsError("MissingParameter", "LaunchTemplateData must not be empty")
    made = add(backend, name, asked["LaunchTemplateData"], asked.get("VersionDescription", ""))
    return {"LaunchTemplate": made.described(backend)}


def _find(backend: Any, asked: Asked) -> Template:
    identifier, name = asked.get("LaunchTemplateId"), asked.get("LaunchTemplateName")
    if (identifier is None) == (name is None):
        raise AwsError("MissingParameter", "Either launch template ID or launch template name must be specified, and not both.")
    if identifier is None:
        identifier = backend.launch_template_name_to_ids.get(name)
        if identifier is None:
            raise AwsError(_NO_NAME, "At least one of the launch templates specified in the request does not exist.")
    return _by_id(backend, identifier)


def _by_id(backend: Any, identifier: str) -> Template:
    if identifier not in backend.launch_templates:
        raise AwsError(_NO_ID, f"The specified launch template, with template ID {identifier}, does not exist.")
    found: Template = backend.launch_templates[identifier]
    return found


def create_version(backend: Any, asked: Asked) -> dict[str, Any]:
    """From a source version: what the request names replaces what is there, by the members of the first level."""
    template = _find(backend, asked)
    source = template.get_version(asked["SourceVersion"]).data if asked.get("SourceVersion") else {}
    version = template.create_version({**source, **asked.get("LaunchTemplateData", {})}, asked.get("VersionDescription", ""))
    return {"LaunchTemplateVersion": template.version_row(backend, version)}


def modify(backend: Any, asked: Asked) -> dict[str, Any]:
    template = _find(backend, asked)
    if asked.get("SetDefaultVersion") or asked.get("DefaultVersion"):
        template.default_version_number = template.get_version(asked.get("SetDefaultVersion") or asked["DefaultVersion"]).number
    return {"LaunchTemplate": template.described(backend)}


def delete(backend: Any, asked: Asked) -> dict[str, Any]:
    template = _find(backend, asked)
    row = template.described(backend)
    remove(backend, template)
    return {"LaunchTemplate": row}


def remove(backend: Any, template: Template) -> None:
    backend.launch_templates.pop(template.id)
    backend.launch_template_name_to_ids.pop(template.name)
    tags.drop(backend, [template.id])


def delete_versions(backend: Any, asked: Asked) -> dict[str, Any]:
    """The default version stays: it is answered as not deleted."""
    template = _find(backend, asked)
    gone, kept = [], []
    for number in asked["Versions"]:
        row: dict[str, Any] = {
            "LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)
        }  # fmt: skip
        version = next((each for each in template.versions if str(each.number) == number), None)
        if version is None:
            error = {"Code": "launchTemplateVersionDoesNotExist", "Message": f"The version {number} does not exist"}
            kept.append(row | {"ResponseError": error})
        elif template.is_default(version):
            error = {"Code": "unexpectedError", "Message": "The default version cannot be deleted"}
            kept.append(row | {"ResponseError": error})
        else:
            template.versions.remove(version)
            gone.append(row)
    return {"SuccessfullyDeletedLaunchTemplateVersions": gone, "UnsuccessfullyDeletedLaunchTemplateVersions": kept}


def describe(backend: Any, asked: Asked) -> dict[str, Any]:
    named = [_find(backend, {"LaunchTemplateName": name}) for name in asked.get("LaunchTemplateNames", [])]
    found = [_by_id(backend, each) for each in asked.get("LaunchTemplateIds", [])] + named
    every = found or ([] if "LaunchTemplateIds" in asked or "LaunchTemplateNames" in asked else list(backend.launch_templates.values()))
    return {"LaunchTemplates": [each.described(backend) for each in every]}


def describe_versions(backend: Any, asked: Asked) -> dict[str, Any]:
    wanted = asked.get("Versions", [])
    if not asked.get("LaunchTemplateId") and not asked.get("LaunchTemplateName"):
        if not wanted or set(wanted) - set(_MOVING):
            raise AwsError("InvalidParameterValue", "Of all launch templates only the versions $Latest and $Default can be described.")
        pairs = [(each, each.get_version(version)) for each in backend.launch_templates.values() for version in wanted]
    else:
        template = _find(backend, asked)
        versions = [template.get_version(each) for each in wanted] or sorted(template.versions, key=lambda each: -each.number)
        pairs = [(template, each) for each in versions]
    least, most = int(asked.get("MinVersion", 0)), int(asked.get("MaxVersion", 10**9))
    rows = [template.version_row(backend, version) for template, version in pairs if least <= version.number <= most]
    return {"LaunchTemplateVersions": rows}
