# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input is refused with what is wrong and the way out, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from tests.support.cloud import Cloud
from tests.support.network import SMALL, Network, attributed

pytestmark = pytest.mark.emulator

Declare = Callable[..., Network]
ZONES = SMALL["zones"]


def site(cidr: str, name: str = "office") -> dict[str, Any]:
    return {"sites": [{"name": name, "type": "office", "networks": [{"name": "all", "cidrs": [cidr]}]}], "rules": []}


def refused(network: Network, **options: Any) -> str:
    """The message of a run that is refused and changes nothing."""
    with network.cloud.recorded() as recording, pytest.raises(PlanError) as refusal:
        network.run(**options)
    assert [call["action"] for call in recording.calls if call["mutating"]] == []
    return str(refusal.value)


def to_search(ports: str = "443", peer: str = "edge") -> dict[str, str]:
    return {"tier": "search", "direction": "ingress", "peer": peer, "ports": ports, "reason": "why"}


def unbound(*names: str) -> list[dict[str, Any]]:
    """Zones without AZ IDs."""
    return [{"name": name, "slot": slot} for slot, name in enumerate(names)]


LONGEST = "abcdefghijklmnopqrst"  # as long as the names of a platform and an environment may be
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "host bits": (
        site("192.168.10.1/24"),
        "platform_sites, site office, network all: 192.168.10.1/24 has host bits set; write 192.168.10.0/24.",
    ),
    "overlapping supernets": (
        {"supernets": [{"cidr": "10.64.0.0/21", "first_slot": 0}, {"cidr": "10.64.4.0/22", "first_slot": 4}]},
        "supernet 10.64.0.0/21 overlaps supernet 10.64.4.0/22",
    ),
    "supernet too small": (
        {"supernets": [{"cidr": "10.64.0.0/24", "first_slot": 0}]},
        "platform_supernets: 10.64.0.0/24 has 256 addresses, too few for one environment of /23 (512 addresses). Use /23 or wider",
    ),
    "slot beyond the supernets": (
        {"environments": [{"name": "dev", "slot": 0}, {"name": "test", "slot": 4}]},
        "platform_environments, environment test: slot 4 is none of platform_supernets, which hold slots 0-3. The next free slot is 1",
    ),
    "a name server by name": (
        {"dhcp_options": {"domain_name_servers": ["AmazonProvidedDNS", "ns1.acme.example"]}},
        "network_dhcp_options: 'ns1.acme.example' is no IPv4 address. Name servers and time servers are given by address.",
    ),
    "a policy where none is taken": (
        {"interface_endpoints": ["eks-auth"], "full_access_endpoints": []},
        "network_endpoint_policy: eks-auth takes no policy. List it in network_full_access_endpoints.",
    ),
    "site inside the supernet": (
        site("10.64.0.0/24"),
        "platform_supernets: supernet 10.64.0.0/21 (with environment dev 10.64.0.0/23) overlaps site office, network all 10.64.0.0/24.",
    ),
    "service CIDR over the supernet": (
        {"service_cidr": "10.64.0.0/20"},
        "platform_service_cidr: the clusters' service CIDR 10.64.0.0/20 overlaps supernet 10.64.0.0/21.",
    ),
    "environment twice": (
        {"environments": [{"name": "dev", "slot": 0}, {"name": "dev", "slot": 1}]},
        "platform_environments: name 'dev' is used 2 times.",
    ),
    "unknown environment": (
        {"environment": "develop"},
        "Environment 'develop' is not declared in platform_environments (dev, test). Did you mean 'dev'?",
    ),
    "one zone": (
        {"zones": ZONES[:1]},
        "platform_zones has 1 zones, but a cluster and a load balancer need 2. Declare another one.",
    ),
    "unknown zone": (
        {"zones": [*ZONES, {"name": "c", "slot": 2, "az_id": "euc1-az9"}]},
        "platform_zones: subnet.workload-c wants euc1-az9, which is none of the zones of eu-central-1: euc1-az1, euc1-az2, euc1-az3.",
    ),
    "zone by its letter": (
        {"zones": [{"name": "a", "slot": 0, "az_id": "eu-central-1a"}, ZONES[1]]},
        "az_id is 'eu-central-1a', which is no AZ ID.",
    ),
    "region that lacks a zone": (
        {"zones": unbound("a", "b", "c"), "region": "us-west-1"},
        "platform_zones: subnet.workload-c has zone slot 2, but us-west-1 has only 2 zones: usw1-az1, usw1-az3.",
    ),
    "zones of another region": (
        {"region": "us-west-1"},
        "subnet.edge-a wants euc1-az1, which is none of the zones of us-west-1",
    ),
    "credentials for another account": (
        {"account": "210987654321"},
        "The credentials are for account 210987654321 (",
    ),
    "no credentials": (
        {"account": None},
        "The AWS credentials cannot be used: Unable to locate credentials. Set a profile, access keys or a role as for any amazon.aws module.",
    ),
    "role name too long": (
        {
            "platform": LONGEST,
            "environment": LONGEST,
            "environments": [{"name": LONGEST, "slot": 0}],
            "region": "ap-northeast-1",
            "zones": unbound("a", "b"),
        },
        f"The IAM role name {LONGEST}-{LONGEST}-ap-northeast-1-flow-logs has 66 characters, but AWS takes 64. Shorten platform_name",
    ),
    "tags beyond limits": (
        {"tags": {"aws:team": "core", "Name": "mine"}},
        "platform_tags: 'aws:team' begins with aws:, which AWS keeps for itself.\nplatform_tags: 'Name' is written by the platform itself.",
    ),
    "unknown endpoint": (
        {"interface_endpoints": ["ecr.ap"]},
        "network_interface_endpoints: eu-central-1 offers no service ecr.ap. Did you mean ecr.api?",
    ),
    "endpoint twice": (
        {"interface_endpoints": ["sts", "sts"]},
        "vpc_endpoint.sts is declared twice.",
    ),
    "too many rules of a group": (
        {"rules": [to_search(ports=str(port)) for port in range(1, 61)]},
        "Security group edge would have 61 egress rules (a prefix list counts all its entries), but AWS allows 60. Join ports into ranges",
    ),
    "too many entries of a network ACL": (
        {"rules": [to_search(peer=f"198.51.{number}.0/24") for number in range(17)]},
        "The network ACL workload would have 20 ",
    ),
    "unknown peer": (
        {"rules": [to_search(peer="ofice.developers")]},
        "Did you mean office.developers?",
    ),
    "ports by name": (
        {"rules": [to_search(ports="https")]},
        "network_rules: ports 'https' is neither a port (443) nor a range (8000-8100) within 1-65535.",
    ),
    "more nodes than addresses": (
        {"capacity": {"nodes_per_zone": 200}},
        "workload-a 10.64.0.0/25",
    ),
    "protected from deletion": (
        {"state": "absent", "deletion_protection": True},
        "dev is protected from deletion (platform_deletion_protection). To take it down, name it: -e platform_lift_deletion_protection=dev",
    ),
}
REFUSED_WHILE_LIVE: dict[str, tuple[dict[str, Any], str]] = {  # VPC: the id of dev's
    "slot moved": (
        {"environments": [{"name": "dev", "slot": 2}]},
        "Environment dev: its VPC VPC has 10.64.0.0/23, but slot 2 is now 10.64.4.0/23.",
    ),
    "live environment removed": (
        {"environments": [{"name": "test", "slot": 1}], "environment": "test"},
        "Environment dev is not in platform_environments, but its VPC VPC (10.64.0.0/23) is live. Restore it in platform_environments",
    ),
    "pods moved": (
        {"pod_supernet": "100.96.0.0/11"},
        "Environment dev: its VPC VPC has the pod range 100.64.0.0/20, but slot 0 is now 100.96.0.0/20.",
    ),
    "zone slots swapped": (
        {"zones": [{**ZONES[0], "slot": 1}, {**ZONES[1], "slot": 0}]},
        "Environment dev: its subnet workload-a has 10.64.0.0/25, but is planned as 10.64.0.128/25.",
    ),
    "zone bound elsewhere": (
        {"zones": [{**ZONES[0], "az_id": "euc1-az3"}, ZONES[1]]},
        "Cannot change subnet.workload-a: its zone is euc1-az1 and cannot become euc1-az3 while it lives.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_before_there_is_anything(network: Declare, case: str) -> None:
    options, message = REFUSED[case]
    for check in (True, False):
        assert message in refused(network(), check=check, **options)


@pytest.fixture(scope="module")
def live(used_cloud: Cloud) -> Network:
    """Environment dev, which no refused run changes."""
    used_cloud.control.reset()
    found = Network(used_cloud)
    found.run()
    return found


@pytest.mark.parametrize("case", REFUSED_WHILE_LIVE)
def test_over_a_live_network(live: Network, case: str) -> None:
    options, message = REFUSED_WHILE_LIVE[case]
    expected = message.replace("VPC VPC", f"VPC {live.cloud.ids()['vpc.main']}")
    for check in (True, False):
        assert expected in refused(live, check=check, **options)
    assert live.run()["changes"] == []


def twin(cloud: Cloud) -> str:
    """A second VPC with the tags of the first, as an SDK's second attempt would make it."""
    [first] = [each for each in cloud.all("vpc") if not each["IsDefault"]]
    specification = {"ResourceType": "vpc", "Tags": first["Tags"]}
    made: str = cloud.ec2.create_vpc(CidrBlock=first["CidrBlock"], TagSpecifications=[specification])["Vpc"]["VpcId"]
    return made


def test_two_vpcs_in_use_for_one_name_are_refused(built: Declare) -> None:
    network = built()
    first, second = network.cloud.ids()["vpc.main"], twin(network.cloud)
    network.cloud.ec2.create_subnet(VpcId=second, CidrBlock="10.64.0.0/25")
    message = refused(network)
    assert (
        f"2 live objects in use claim to be vpc.main of acme/dev/network: {', '.join(sorted([first, second]))}. Decide which one is right" in message
    )


def test_of_two_vpcs_for_one_name_the_empty_one_goes(built: Declare) -> None:
    network = built()
    before, spare = network.cloud.snapshot(), twin(network.cloud)
    outcome = network.run()
    assert [(change["action"], change["id"]) for change in outcome["changes"]] == [("delete", spare)]
    assert attributed(outcome) == ([], [])
    assert network.cloud.snapshot() == before


def test_protection_is_lifted_by_the_environments_name(built: Declare) -> None:
    network = built(deletion_protection=True)
    assert "is protected" in refused(network, state="absent", lift_deletion_protection="test")
    network.take_down(lift_deletion_protection="dev")
    assert network.cloud.ids() == {}
