# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a connection on two machines, over kernel-libipsec: real IKE and real ESP, in a process instead of the kernel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.fintech.platform.plugins.filter.customer_gateway_configuration import strongswan_gateway_files

from . import platform_side
from .machine import Machine, connect, until

KEYS = ("Lab.Key_of_tunnel_1", "Lab.Key_of_tunnel_2")
# Instead of a kernel's IPsec, and of the routes that the updown script makes: see "kernel-libipsec" of the strongSwan documentation.
LIBIPSEC = """
charon-systemd {
  load_modular = no
  load = random nonce openssl gcm aes sha2 hmac kdf pem pkcs1 x509 pubkey kernel-libipsec kernel-netlink socket-default vici updown
  plugins {
    kernel-libipsec {
      load = yes
      allow_peer_ts = yes
    }
    kernel-netlink {
      fwmark = !0x42
    }
    socket-default {
      fwmark = 0x42
    }
  }
  filelog {
    stderr {
      default = 1
    }
  }
}
"""
# This kernel has no VTI devices, so here the script only notes what it was called for.
UPDOWN = '#!/bin/sh\necho "$1 $PLUTO_VERB" >> /run/updown\n'


class Lab:
    """The gateway runs what the collection renders for it, at the paths that it is rendered for."""

    def __init__(self, connection: Mapping[str, Any], gateway: Machine, platform: Machine) -> None:
        self.connection, self.gateway, self.platform = connection, gateway, platform

    def start(self, rendered_for: Mapping[str, Any]) -> None:
        self.platform.write("/etc/swanctl/conf.d/platform.conf", platform_side.swanctl(self.connection, KEYS))
        for file in strongswan_gateway_files(rendered_for, KEYS):
            self.gateway.write(file["path"], file["content"], file["mode"])
        self.gateway.write(f"/etc/swanctl/{self.connection['platform']}.updown", UPDOWN, "0755")
        self.serve()

    def serve(self) -> None:
        for machine in (self.platform, self.gateway):
            machine.write("/etc/strongswan.d/lab.conf", LIBIPSEC)
            machine.serve("charon-systemd")
            until(partial(machine.succeeds, "swanctl --stats"), 10, f"strongSwan of the {machine.name} answers")
            machine.run("swanctl --load-all --noprompt")

    def reaches(self) -> bool:
        """Whether a host behind the gateway reaches one in the platform."""
        return self.gateway.succeeds(
            f"ping -c 1 -W 1 -I {host(self.connection['gateway_networks'][0])} {host(self.connection['platform_networks'][0])}"
        )

    def bytes_sent(self) -> dict[str, int]:
        """By tunnel that is up."""
        sent: Counter[str] = Counter()  # of both security associations where both sides have begun
        for name, octets in re.findall(r"^  ([\w-]+): #\d+.*INSTALLED.*(?:\n    .*)*?\n    out .*?(\d+) bytes", self.sas(), re.MULTILINE):
            sent[name] += int(octets)
        return dict(sent)

    def sas(self) -> str:
        return self.gateway.run("swanctl --list-sas")

    def updown(self) -> set[str]:
        return set(self.gateway.run("cat /run/updown").splitlines())


def host(network: str) -> str:
    return network.replace(".0/", ".1/").partition("/")[0]


@contextmanager
def lab(connection: Mapping[str, Any], folder: Path) -> Iterator[Lab]:
    with Machine("gateway", folder) as gateway, Machine("platform", folder) as platform:
        connect(gateway, platform)
        outside = [tunnel["outside_address"] for tunnel in connection["tunnels"]]
        for machine, addresses, inside, others in (
            (gateway, [connection["gateway_address"]], connection["gateway_networks"][0], outside),
            (platform, outside, connection["platform_networks"][0], [connection["gateway_address"]]),
        ):
            for address in addresses:
                machine.run(f"ip address add {address}/32 dev outside")
            machine.run("ip link set outside up")
            machine.run(f"ip address add {host(inside)}/32 dev lo")
            for address in others:
                machine.run(f"ip route add {address}/32 dev outside")
        yield Lab(connection, gateway, platform)
