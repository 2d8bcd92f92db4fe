# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The far side of a VPN connection, rendered: the templates are the role's, what they say is the planner's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ansible.errors import AnsibleFilterError
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway import DEVICES as NAMES
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway import Connection, Tunnel
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway_devices import DEVICES, View, view, with_keys
from ansible_collections.fintech.platform.plugins.module_utils._planning.naming import nearest

TEMPLATES = Path(__file__).resolve().parents[2] / "roles/customer_gateway/templates"


class GatewayFile(NamedTuple):
    """A file of a Linux gateway: its template, path and mode, and what of a connection it is for."""

    template: str
    path: str
    mode: str
    wanted: Callable[[Connection], bool] = lambda connection: True


GATEWAY_FILES = (
    GatewayFile("swanctl.conf", "/etc/swanctl/conf.d/{}.conf", "0640"),
    GatewayFile("secrets.conf", "/etc/swanctl/conf.d/{}-secrets.conf", "0600", lambda connection: not connection.certificate),
    GatewayFile("updown", "/etc/swanctl/{}.updown", "0755"),
    GatewayFile("strongswan.conf", "/etc/strongswan.d/{}.conf", "0644"),
    GatewayFile("sysctl.conf", "/etc/sysctl.d/60-{}.conf", "0644"),
    GatewayFile("service.conf", "/etc/systemd/system/strongswan.service.d/{}.conf", "0644"),
    GatewayFile("frr.conf", "/etc/frr/frr.conf", "0640", lambda connection: connection.bgp is not None),
)


def customer_gateway_configuration(connection: Mapping[str, Any], device: str | None = None) -> str:
    """The whole configuration of the customer gateway, with markers for pre-shared keys; ``device`` stands in for the connection's own."""
    return _refused(lambda: _configuration(Connection.from_mapping(connection), device))


def customer_gateway_files(connections: Iterable[Mapping[str, Any]], devices: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What the pack has for each connection: its own device's configuration, or that of each of ``devices``."""
    return _refused(lambda: [file for each in connections for file in _pack(Connection.from_mapping(each), devices)])


def strongswan_gateway_files(connection: Mapping[str, Any], pre_shared_keys: Sequence[str] = ()) -> list[dict[str, str]]:
    """The files of a Linux gateway, with the keys by tunnel, or their markers."""
    return _refused(lambda: _gateway_files(_view(Connection.from_mapping(connection), "strongswan"), pre_shared_keys))


def _refused(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except PlanError as error:
        raise AnsibleFilterError(str(error)) from error


@cache
def _environment() -> Environment:
    # Configuration is no HTML; the values that go into it passed patterns that leave no room for syntax.
    return Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )


def _render(template: str, seen: View) -> str:
    return _environment().get_template(f"{template}.j2").render(seen)


def _view(connection: Connection, device: str) -> View:
    if device not in NAMES:
        raise PlanError(f"The device '{device}' is not known, only {', '.join(NAMES)}.{nearest(device, NAMES)}")
    return view(connection, device)


def _configuration(connection: Connection, device: str | None) -> str:
    name = device or connection.device
    seen = _view(connection, name)
    if name == "strongswan":
        seen["files"] = _gateway_files(seen, ())
    return _render(name, seen)


def _pack(connection: Connection, devices: Sequence[str]) -> Iterable[dict[str, Any]]:
    for device in devices or (connection.device,):
        yield {
            "site": connection.site,
            "device": device,
            "content": _configuration(connection, device),
            "name": f"{connection.site}-{device}.{DEVICES[device].suffix}",
            "pre_shared_keys": [] if connection.certificate else [_key(tunnel) for tunnel in connection.tunnels],
        }


def _key(tunnel: Tunnel) -> dict[str, str | None]:
    return {"secret": tunnel.pre_shared_key_arn, "outside_address": tunnel.outside_address}


def _gateway_files(seen: View, pre_shared_keys: Sequence[str]) -> list[dict[str, str]]:
    connection: Connection = seen["connection"]
    return [
        {
            "path": file.path.format(connection.platform),
            "mode": file.mode,
            "content": with_keys(_render(f"strongswan/{file.template}", seen), pre_shared_keys),
        }
        for file in GATEWAY_FILES
        if file.wanted(connection)
    ]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "customer_gateway_configuration": customer_gateway_configuration,
            "customer_gateway_files": customer_gateway_files,
            "strongswan_gateway_files": strongswan_gateway_files,
        }
