# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses are meant by the internet."""

from __future__ import annotations

try:
    from netaddr import IPSet
except ImportError:  # ranges.NETADDR_IMPORT_ERROR tells
    pass

from .topology import Topology

# RFC 1918, RFC 6598, and what is no unicast address: no internet gateway carries them.
NOT_PUBLIC = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3")


def internet(topology: Topology) -> tuple[str, ...]:
    """The ranges of the internet, without any of the platform's and the sites': a way out to 0.0.0.0/0 would be one to those as well,
    as soon as a more special route leads there.
    """
    named = [cidr for cidrs in topology.site_networks().values() for cidr in cidrs]
    named += [supernet.cidr for supernet in topology.supernets] + [each.cidr for each in topology.reserved_ranges]
    named += [topology.pod_supernet] if topology.pod_supernet else []
    return tuple(str(each) for each in (IPSet(["0.0.0.0/0"]) - IPSet([*NOT_PUBLIC, *named])).iter_cidrs())
