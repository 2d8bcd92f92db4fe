# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection says to its far side, before any vendor's words."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import PlanError
from ansible_collections.fintech.platform.plugins.module_utils._planning import customer_gateway
from ansible_collections.fintech.platform.plugins.module_utils._planning import customer_gateway_words as spoken
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway import Connection
from ansible_collections.fintech.platform.plugins.module_utils._planning.customer_gateway_devices import secret_command, view, with_keys
from ansible_collections.fintech.platform.plugins.module_utils._planning.tunnels import ENCRYPTION, INTEGRITY

DOCUMENTED = yaml.safe_load((Path(customer_gateway.__file__).parents[2] / "filter/customer_gateway_configuration.yml").read_text(encoding="utf-8"))


@pytest.fixture
def mapping() -> dict[str, Any]:
    connection = yaml.safe_load(DOCUMENTED["EXAMPLES"])[0]["vars"]["connection"]
    return copy.deepcopy(connection)


def with_esp(mapping: dict[str, Any], **changed: Any) -> Connection:
    for tunnel in mapping["tunnels"]:
        tunnel["esp"] = {**tunnel["esp"], **changed}
    return Connection.from_mapping(mapping)


@pytest.mark.parametrize(
    ("encryption", "integrity", "mtu"),
    [
        # The rows with NAT traversal of the Site-to-Site VPN guide's table.
        (["AES256-GCM-16"], ["SHA2-512"], 1438),
        (["AES256"], ["SHA1"], 1422),
        (["AES256"], ["SHA2-256"], 1422),
        (["AES256"], ["SHA2-384"], 1422),
        (["AES256"], ["SHA2-512"], 1406),
        # What may be agreed on decides, not what is preferred.
        (["AES256-GCM-16", "AES128"], ["SHA2-384", "SHA2-512"], 1406),
    ],
)
def test_packets_fit_whatever_is_agreed_on(encryption, integrity, mtu, mapping):
    connection = with_esp(mapping, encryption=encryption, integrity=integrity)
    assert (connection.mtu, connection.mss) == (mtu, mtu - 40)


@pytest.mark.parametrize(("cidr", "number"), [("169.254.0.0/30", 1), ("169.254.64.4/30", 4098), ("169.254.255.252/30", 16384)])
def test_numbers_are_those_of_inside_networks(cidr, number, mapping):
    mapping["tunnels"][0]["inside_cidr"] = cidr
    assert Connection.from_mapping(mapping).tunnels[0].number == number


def test_keys_are_replaced_before_they_expire(mapping):
    tunnel = Connection.from_mapping(mapping).tunnels[0]
    assert (tunnel.ike.rekey_seconds, tunnel.esp.rekey_seconds) == (25920, 3240)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("device", "fortygate", "device is 'fortygate', but it is one of .*generic. Did you mean 'fortigate'?"),
        ("gateway_address", "203.0.113.256", "gateway_address is '203.0.113.256', but it is an IPv4 address."),
        ("gateway_address", None, "gateway_address is missing: without an address a gateway needs a certificate."),
        ("platform_networks", ["10.64.0.1/23"], "platform_networks is .*, but it is a list of IPv4 networks, and not empty."),
        ("platform_networks", [], r"platform_networks is \[\], but it is a list of IPv4 networks, and not empty."),
        ("tunnels", [], "tunnels has 0 of them, but a connection has two."),
        ("routing", "ospf", "routing is 'ospf', but it is one of static, bgp."),
        ("platform", "acme\nno shutdown", "platform is .*, but it is 2 to 20 lower-case letters"),
        ("vpn_connection_id", "vpn-1; reload", "vpn_connection_id is 'vpn-1; reload', but it is the id of a VPN connection."),
        ("bgp", None, "bgp is None, but it is a mapping."),
    ],
)
def test_what_is_wrong_is_named(key, value, said, mapping):
    with pytest.raises(PlanError, match=f"The connection of site kyiv_office: {said}"):
        Connection.from_mapping({**mapping, key: value})


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("ike", "encryption"), ["3DES"], r"tunnels\[0\].ike.encryption is \['3DES'\], but it lists some of AES256-GCM-16"),
        (("esp", "integrity"), [], r"tunnels\[0\].esp.integrity is \[\], but it lists some of SHA2-512"),
        (("esp", "dh_groups"), [1], r"tunnels\[0\].esp.dh_groups is \[1\], but it lists some of 20, 21"),
        (("ike", "lifetime_seconds"), 60, r"tunnels\[0\].ike.lifetime_seconds is 60, but it is a number from 900 to 28800"),
        (("dpd", "timeout_seconds"), 5, r"tunnels\[0\].dpd.timeout_seconds is 5, but it is a number from 30 to 3600"),
    ],
)
def test_what_is_wrong_with_a_tunnel_is_named(path, value, said, mapping):
    mapping["tunnels"][0][path[0]] = {**mapping["tunnels"][0][path[0]], path[1]: value}
    with pytest.raises(PlanError, match=said):
        Connection.from_mapping(mapping)


def test_everything_is_told_at_once(mapping):
    del mapping["platform"], mapping["tunnels"][1]["inside_cidr"], mapping["tunnels"][1]["esp"]
    with pytest.raises(PlanError) as refused:
        Connection.from_mapping(mapping)
    told = [problem.partition(": ")[2] for problem in refused.value.details["problems"]]
    assert told == ["platform is missing.", "tunnels[1].inside_cidr is missing.", "tunnels[1].esp is missing."]


def test_secret_that_would_end_its_quotes_is_refused(mapping):
    mapping["tunnels"][0]["pre_shared_key_arn"] = "x'; rm -rf /"
    with pytest.raises(PlanError, match="it is the ARN or the name of a secret"):
        Connection.from_mapping(mapping)


def test_command_names_the_region_that_the_arn_has():
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:one-AbCdEf"
    assert secret_command(arn) == f"aws secretsmanager get-secret-value --region eu-central-1 --secret-id '{arn}' --query SecretString --output text"
    assert "--region" not in secret_command("sites/kyiv_office/1")


def test_keys_take_the_places_of_their_markers():
    assert with_keys("a @PRE_SHARED_KEY_2@ b @PRE_SHARED_KEY_1@", ["one", "two"]) == "a two b one"


@pytest.mark.parametrize("name", ["STRONGSWAN_CIPHERS", "CISCO_IKE_CIPHERS", "CISCO_ESP_CIPHERS", "FORTIGATE_CIPHERS", "JUNIPER_CIPHERS"])
def test_every_cipher_of_aws_has_a_word(name):
    assert set(getattr(spoken, name)) == set(ENCRYPTION)


@pytest.mark.parametrize("name", ["HASHES", "CISCO_ESP_HASHES", "JUNIPER_IKE_HASHES", "JUNIPER_ESP_HASHES"])
def test_every_hash_of_aws_has_a_word(name):
    assert set(getattr(spoken, name)) == set(INTEGRITY)


def test_groups_that_a_device_lacks_are_left_out(mapping):
    connection = with_esp(mapping, dh_groups=[20, 18, 21])
    assert view(connection, "cisco_ios_xe")["tunnels"][0][1]["pfs"] == "20"
    assert view(connection, "fortigate")["tunnels"][0][1]["esp_groups"] == "20 18 21"
    with pytest.raises(PlanError, match=r"site kyiv_office cannot be configured on juniper_srx: .* DH groups \(18\), only 2, 14, 15"):
        view(with_esp(mapping, dh_groups=[18]), "juniper_srx")


def test_junos_needs_the_function_that_its_cipher_brings(mapping):
    for tunnel in mapping["tunnels"]:
        tunnel["ike"] = {**tunnel["ike"], "integrity": ["SHA2-512"]}
    with pytest.raises(PlanError, match="takes no pseudorandom function in IKE but SHA2-384 with AES256-GCM-16"):
        view(Connection.from_mapping(mapping), "juniper_srx")
