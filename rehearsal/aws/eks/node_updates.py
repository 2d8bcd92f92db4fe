# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of node groups: of their configuration, and of the release, version or launch template of their nodes."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow

from ..answers import AwsError
from ..overlay import Asked
from . import addons, node_checks, scaling
from .models import IN_USE, INVALID, Backend, Cluster
from .node_groups import NodeGroup, find
from .nodes import show
from .updates import begin


def _free(backend: Backend, asked: Asked) -> tuple[Cluster, NodeGroup]:
    cluster, group = find(backend, asked)
    if group.status not in ("ACTIVE", "DEGRADED"):
        raise AwsError(IN_USE, f"Nodegroup cannot be updated as it is currently not in Active State: {group.status}")
    return cluster, group


def update_config(backend: Backend, asked: Asked) -> dict[str, Any]:
    cluster, group = _free(backend, asked)
    if asked.get("warmPoolConfig"):
        raise NotImplementedError("warmPoolConfig of UpdateNodegroupConfig")
    sizes = node_checks.sizes({**group.scaling, **asked.get("scalingConfig", {})})
    labels = node_checks.labels(_labels(group, asked.get("labels", {})))
    taints = node_checks.taints(_taints(group, asked.get("taints", {})))
    rollout = node_checks.update_config(asked["updateConfig"]) if asked.get("updateConfig") else group.update_config
    params = _params(asked)
    if not params:
        raise AwsError(INVALID, "No update was specified")

    def change() -> None:
        group.scaling, group.labels, group.taints, group.update_config = sizes, labels, taints, rollout
        group.repair_config, group.modified = asked.get("nodeRepairConfig", group.repair_config), utcnow()
        scaling.resize(group)
        show(cluster)
        addons.judge_all(cluster)

    return begin(backend, cluster, "ConfigUpdate", params, change, subject=group)


def _labels(group: NodeGroup, asked: dict[str, Any]) -> dict[str, str]:
    kept = {key: value for key, value in group.labels.items() if key not in asked.get("removeLabels", [])}
    return {**kept, **asked.get("addOrUpdateLabels", {})}


def _taints(group: NodeGroup, asked: dict[str, Any]) -> list[dict[str, str]]:
    """A taint is known by its key and effect."""
    added = asked.get("addOrUpdateTaints", [])
    gone = {(each["key"], each["effect"]) for each in [*asked.get("removeTaints", []), *added]}
    return [each for each in group.taints if (each["key"], each["effect"]) not in gone] + added


def _params(asked: Asked) -> dict[str, Any]:
    labels, taints, sizes, rollout = (asked.get(name, {}) for name in ("labels", "taints", "scalingConfig", "updateConfig"))
    params = {
        "LabelsToAdd": labels.get("addOrUpdateLabels"), "LabelsToRemove": labels.get("removeLabels"), "TaintsToAdd": taints.get("addOrUpdateTaints"),
        "TaintsToRemove": taints.get("removeTaints"), "MinSize": sizes.get("minSize"), "MaxSize": sizes.get("maxSize"),
        "DesiredSize": sizes.get("desiredSize"), "MaxUnavailable": rollout.get("maxUnavailable"),
        "MaxUnavailablePercentage": rollout.get("maxUnavailablePercentage"), "NodeRepairConfig": asked.get("nodeRepairConfig"),
    }  # fmt: skip
    return {name: value for name, value in params.items() if value is not None}


def update_version(backend: Backend, asked: Asked) -> dict[str, Any]:
    """Without a version the newest release of the group's own one, as on AWS."""
    cluster, group = _free(backend, asked)
    template, data = _template(backend, group, asked.get("launchTemplate"))
    node_checks.check_template(data, asked)
    kind = node_checks.ami_type(data, None if data.get("ImageId") else group.ami_type)
    version = node_checks.version(cluster, data, asked.get("version") or group.version)
    release = node_checks.release(data, kind, version, asked.get("releaseVersion"))
    if (version, release, template) == (group.version, group.release, group.launch_template) and not asked.get("force"):
        raise AwsError(INVALID, f"Nodegroup {group.name} is already at the requested version and launch template")
    node_checks.instance_types(data, None if data.get("InstanceType") else group.instance_types, kind)

    def change() -> None:
        group.version, group.release, group.ami_type = version, release, kind
        group.launch_template, group.template_data, group.modified = template, data, utcnow()
        scaling.replace(backend, cluster, group)
        show(cluster)

    params = {"Version": version, "ReleaseVersion": release}
    if asked.get("launchTemplate"):
        params |= {"LaunchTemplateName": template["name"], "LaunchTemplateVersion": template["version"]}
    return begin(backend, cluster, "VersionUpdate", params, change, subject=group)


def _template(backend: Backend, group: NodeGroup, asked: dict[str, str] | None) -> tuple[dict[str, str], dict[str, Any]]:
    if not asked:
        return group.launch_template, group.template_data
    if not group.launch_template:
        raise AwsError(INVALID, "You cannot specify a launch template for a nodegroup that was created without one")
    template, data = node_checks.launch_template(backend, asked)
    if template["id"] != group.launch_template["id"]:
        raise AwsError(INVALID, "You cannot change the launch template of a nodegroup, only its version")
    return template, data
