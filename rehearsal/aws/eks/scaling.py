# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS makes for a node group: a launch template of its own, an instance profile, an Auto Scaling group and its instances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState, autoscaling_backends
from moto.iam.models import iam_backends

from ..answers import AwsError
from ..ec2 import launch_templates
from ..ec2.interfaces import free_address
from .models import Backend, Cluster
from .updates import UpdateFailed

if TYPE_CHECKING:
    from .node_groups import NodeGroup


class NodeScaling(FakeAutoScalingGroup):
    """An Auto Scaling group that spreads over its subnets, which moto's does not, and tells when its instances have changed."""

    launch: Callable[[str, dict[str, str]], Any]
    changed: Callable[[], object] = staticmethod(lambda: None)  # until it is made

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        super().set_desired_capacity(new_capacity)
        self.changed()

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        tags = propagated_tags | {"aws:autoscaling:groupName": self.name}
        subnets = (self.vpc_zone_identifier or "").split(",")
        for _each in range(count_needed):
            used = Counter(state.instance.subnet_id for state in self.instance_states)
            instance = self.launch(min(subnets, key=lambda subnet: used[subnet]), tags)
            instance.autoscaling_group = self
            self.instance_states.append(InstanceState(instance))
        self.changed()

    @property
    def instances(self) -> list[Any]:
        return [state.instance for state in self.instance_states]


def make(backend: Backend, cluster: Cluster, group: NodeGroup, changed: Callable[[], object]) -> NodeScaling:
    """Raises UpdateFailed where the instances cannot be launched; what there is by then stays, as on AWS."""
    iam_backends[backend.account_id]["aws"].create_instance_profile(group.own_name, "/", [group.role.rpartition("/")[2]])
    template = launch_templates.add(backend.ec2, group.own_name, _data(cluster, group))
    template.add_tags(_eks_tags(cluster, group))
    scaling = autoscaling_backends[backend.account_id][backend.region_name]
    made = NodeScaling(
        name=group.scaling_name, availability_zones=[], desired_capacity=0, max_size=group.scaling["maxSize"], min_size=0,
        launch_config_name="", launch_template={"LaunchTemplateId": template.id, "Version": "1"}, vpc_zone_identifier=",".join(group.subnets),
        default_cooldown=300, health_check_period=15, health_check_type="EC2", load_balancers=[], target_group_arns=[], placement_group=None,
        termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"], autoscaling_backend=scaling,
        ec2_backend=backend.ec2, tags=_scaling_tags(cluster, group), mixed_instances_policy=None, capacity_rebalance=True,
    )  # fmt: skip
    made.launch = lambda subnet, tags: _launch(backend, group, subnet, tags)
    made.changed = changed
    scaling.autoscaling_groups[made.name] = made
    group.scaling_group = made
    resize(group)
    return made


def resize(group: NodeGroup) -> None:
    """Bring the Auto Scaling group to the node group's sizes."""
    found = group.scaling_group
    if found is None:
        return
    found.min_size, found.max_size = group.scaling["minSize"], group.scaling["maxSize"]
    try:
        found.set_desired_capacity(group.scaling["desiredSize"])
    except AwsError as refusal:
        message = f"Could not launch On-Demand Instances. {refusal.code} - {refusal.message}"
        raise UpdateFailed("InsufficientFreeAddresses", message, [found.name]) from None


def replace(backend: Backend, cluster: Cluster, group: NodeGroup) -> None:
    """Give the group new instances of its present template and release."""
    found = group.scaling_group
    if found is None:
        return
    template = backend.ec2.get_launch_template_by_name(group.own_name)
    found.provided_launch_template_version = str(template.create_version(_data(cluster, group), "").number)
    backend.ec2.terminate_instances([each.id for each in found.instances])
    found.instance_states = []
    resize(group)


def remove(backend: Backend, group: NodeGroup) -> None:
    scaling = autoscaling_backends[backend.account_id][backend.region_name]
    found = scaling.autoscaling_groups.pop(group.scaling_name, None)
    if found is not None:
        found.set_desired_capacity(0)
    iam_backends[backend.account_id]["aws"].instance_profiles.pop(group.own_name, None)
    template = backend.ec2.launch_template_name_to_ids.get(group.own_name)
    if template is not None:
        launch_templates.remove(backend.ec2, backend.ec2.launch_templates[template])


def _eks_tags(cluster: Cluster, group: NodeGroup) -> dict[str, str]:
    return {"eks:cluster-name": cluster.name, "eks:nodegroup-name": group.name}


def _scaling_tags(cluster: Cluster, group: NodeGroup) -> list[dict[str, Any]]:
    """Those that EKS puts: the node group's own tags are not among them."""
    tags = {
        **_eks_tags(cluster, group), "k8s.io/cluster-autoscaler/enabled": "true", f"k8s.io/cluster-autoscaler/{cluster.name}": "owned",
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }  # fmt: skip
    return [
        {"Key": key, "Value": value, "PropagateAtLaunch": True, "ResourceId": group.scaling_name, "ResourceType": "auto-scaling-group"}
        for key, value in tags.items()
    ]


def _data(cluster: Cluster, group: NodeGroup) -> dict[str, Any]:
    """The user's template with what EKS adds; the cluster's security group only where the template names none."""
    data = {name: value for name, value in group.template_data.items() if name != "TagSpecifications"}
    groups = data.get("SecurityGroupIds") or [cluster.security_group]
    if group.image_id:
        data["ImageId"] = group.image_id
    if not group.launch_template:
        volume = {"VolumeSize": group.disk_size, "VolumeType": "gp2", "DeleteOnTermination": True}
        data["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": volume}]
        data["MetadataOptions"] = {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2}
    return data | {"SecurityGroupIds": groups, "IamInstanceProfile": {"Name": group.own_name}, "InstanceType": group.instance_type}


def _launch(backend: Backend, group: NodeGroup, subnet: str, tags: dict[str, str]) -> Any:
    template = backend.ec2.get_launch_template_by_name(group.own_name)
    data = template.latest_version().data
    own: list[dict[str, str]] = next(
        (each["Tags"] for each in group.template_data.get("TagSpecifications", []) if each["ResourceType"] == "instance"), []
    )
    reservation = backend.ec2.run_instances(
        data.get("ImageId"), 1, None, [], instance_type=data["InstanceType"], is_instance_type_default=False, region_name=backend.region_name,
        subnet_id=subnet, private_ip=free_address(backend.ec2, backend.ec2.get_subnet(subnet)),
        security_group_ids=list(data["SecurityGroupIds"]), metadata_options=data.get("MetadataOptions", {}),
        block_device_mappings=data.get("BlockDeviceMappings", []), iam_instance_profile=None, associate_public_ip=None,
        monitoring_state="enabled" if data.get("Monitoring", {}).get("Enabled") else "disabled",
        lifecycle="spot" if group.capacity_type == "SPOT" else None,
        tags={"instance": {each["Key"]: each["Value"] for each in own} | tags | _managed_tags(template, group)},
    )  # fmt: skip
    instance = reservation.instances[0]
    for interface in instance.nics.values():
        interface.delete_on_termination = True  # as that of every instance that is launched
    profile = iam_backends[backend.account_id]["aws"].instance_profiles[group.own_name]
    backend.ec2.associate_iam_instance_profile(instance_id=instance.id, iam_instance_profile_arn=profile.arn)
    return instance


def _managed_tags(template: Any, group: NodeGroup) -> dict[str, str]:
    return {
        "aws:eks:cluster-name": group.cluster, "aws:ec2launchtemplate:id": template.id,
        "aws:ec2launchtemplate:version": str(template.latest_version().number),
    }  # fmt: skip
