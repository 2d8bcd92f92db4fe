# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's EC2 backend with the overlay's state and with what moto's own calls must do otherwise."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from ..eks import images
from ..pace import Agenda
from . import prefix_lists, transit_attachments
from .interfaces import free_address
from .rules import Rule


class Backend(EC2Backend):
    """The state of one account and region. moto's own containers hold the overlay's objects too."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self.agenda = Agenda()
        self.managed_interfaces: dict[str, dict[str, Any]] = {}  # attachments of AWS's own interfaces, by interface
        super().__init__(region_name, account_id)

    @property
    def amis(self) -> dict[str, Any]:
        """Loaded when they are first asked for: a thousand images take 0.1 s, at every reset."""
        if self._amis is None:
            self._amis: dict[str, Any] | None = {}
            super()._load_amis()
            images.register(self)
        return self._amis

    @amis.setter
    def amis(self, value: dict[str, Any]) -> None:
        self._amis = value or None

    def _load_amis(self) -> None:
        """Put off until `amis` is read."""

    def create_default_pls(self) -> None:
        prefix_lists.seed(self)

    def describe_tags(self, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
        """moto asks for each described object's tags by going through all tags there are."""
        if filters is None or list(filters) != ["resource-id"]:
            return super().describe_tags(filters)
        return [
            {"resource_id": resource_id, "key": key, "value": value, "resource_type": ""}
            for resource_id in filters["resource-id"]
            for key, value in self.tags.get(resource_id, {}).items()
        ]

    def create_transit_gateway_vpn_attachment(self, vpn_id: str, transit_gateway_id: str, tags: Any = None) -> Any:
        return transit_attachments.attach_vpn(self, vpn_id, transit_gateway_id)

    def create_subnet(self, vpc_id: str, *args: Any, **kwargs: Any) -> Any:
        """moto takes the first subnet of a zone for the default one, with public addresses."""
        subnet = super().create_subnet(vpc_id, *args, **kwargs)
        subnet.default_for_az = subnet.map_public_ip_on_launch = self.vpcs[vpc_id].is_default
        return subnet

    def create_network_interface(self, subnet: Any, private_ip_address: Any, *args: Any, **kwargs: Any) -> Any:
        """moto takes any address of the subnet, also one that is taken or AWS's own."""
        home = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        given = private_ip_address or kwargs.get("private_ip_addresses") or (args[0] if args else None)
        return super().create_network_interface(home, private_ip_address if given else free_address(self, home), *args, **kwargs)

    def create_security_group(self, *args: Any, **kwargs: Any) -> Any:
        """The rules that AWS gives a new group: all egress, and for a default group all ingress from itself."""
        group = super().create_security_group(*args, **kwargs)
        group.egress_rules = [Rule(group.id, True, "-1", None, None, cidr_ipv4="0.0.0.0/0")]
        if group.is_default:
            group.ingress_rules = [Rule(group.id, False, "-1", None, None, referenced_group=group.id)]
        return group

    def create_network_acl(self, *args: Any, **kwargs: Any) -> Any:
        """A new ACL denies by its last entries, as a default one does."""
        acl = super().create_network_acl(*args, **kwargs)
        if not acl.default:
            for egress in (True, False):
                self.create_network_acl_entry(acl.id, 32767, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, ipv6_cidr_block=None)
        return acl
