# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network engineer would look for in what is rendered, device by device."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.fintech.platform.plugins.filter import customer_gateway_configuration as plugin

DOCUMENTED = yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
DEVICES = ["strongswan", "cisco_ios_xe", "fortigate", "juniper_srx", "generic"]

render = plugin.FilterModule().filters()["customer_gateway_configuration"]
files = plugin.FilterModule().filters()["customer_gateway_files"]
gateway_files = plugin.FilterModule().filters()["strongswan_gateway_files"]


@pytest.fixture
def bgp() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load(DOCUMENTED["EXAMPLES"])[0]["vars"]["connection"])


@pytest.fixture
def static(bgp) -> dict[str, Any]:
    return {**bgp, "routing": "static", "bgp": None}


@pytest.fixture
def waived(static) -> dict[str, Any]:
    """A site whose gateway needs weaker algorithms too."""
    for tunnel in static["tunnels"]:
        for phase in ("ike", "esp"):
            tunnel[phase] = {**tunnel[phase], "encryption": ["AES256-GCM-16", "AES128"], "integrity": ["SHA2-384", "SHA2-256"], "dh_groups": [20, 14]}
    return static


def in_order(text: str, *parts: str) -> bool:
    return re.search(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("routing", ["static", "bgp"])
def test_every_parameter_of_both_tunnels_is_there(routing, device, request):
    connection = request.getfixturevalue(routing)
    text = render(connection, device)
    for tunnel in connection["tunnels"]:
        for key in ("outside_address", "gateway_address_inside", "platform_address", "pre_shared_key_arn"):
            # strongSwan's VTI needs no address of the other end where no session goes to it.
            if key != "platform_address" or routing == "bgp" or device != "strongswan":
                assert tunnel[key] in text, key
    for parameter in ("vpn-0a1b2c3d4e5f60718", "203.0.113.10", "1438", "1398", "28800" if device != "strongswan" else "25920s", "3600"):
        assert parameter in text
    for network in ("10.64.0.0", "10.64.6.0"):
        assert network in text
    assert {index: text.count(f"@PRE_SHARED_KEY_{index}@") for index in (1, 2)} == {1: 1, 2: 1}


@pytest.mark.parametrize("device", DEVICES)
def test_it_stays_the_same(device, bgp):
    assert render(bgp, device) == render(copy.deepcopy(bgp), device)


@pytest.mark.parametrize("device", DEVICES)
def test_nothing_undefined_is_printed(device, bgp, static):
    for connection in (bgp, static, {**static, "certificate": True, "gateway_address": None}):
        text = render(connection, device)
        assert not re.search(r"\bNone\b|\{\{|\{%|\[\]", text)
        assert text.endswith("\n")


@pytest.mark.parametrize("device", DEVICES)
def test_certificate_takes_the_place_of_keys(device, bgp):
    text = render({**bgp, "certificate": True, "gateway_address": None}, device)
    assert "certificate" in text.lower()
    assert "PRE_SHARED_KEY" not in text
    assert "secretsmanager" not in text


@pytest.mark.parametrize("device", DEVICES)
def test_only_what_is_routed_by_bgp_has_sessions(device, bgp, static):
    assert "65010" in render(bgp, device)
    assert "64512" in render(bgp, device)
    assert "64512" not in render(static, device)


class TestStrongswan:
    def test_algorithms_are_in_order(self, static, waived):
        assert "proposals = aes256gcm16-prfsha384-prfsha256-ecp384-modp2048,aes128-sha384-sha256-ecp384-modp2048\n" in render(waived, "strongswan")
        assert "esp_proposals = aes256gcm16-ecp384-modp2048,aes128-sha384-sha256-ecp384-modp2048\n" in render(waived, "strongswan")

    def test_one_pair_of_associations_for_everything(self, static):
        assert re.findall(r"(?:local|remote)_ts = (.*)", render(static, "strongswan")) == ["0.0.0.0/0"] * 4

    def test_secrets_are_alone_in_a_file_of_mode_0600(self, static):
        found = {file["path"]: file for file in gateway_files(static, ["Key.of_one", "Key.of_two"])}
        having = [path for path, file in found.items() if "Key.of_" in file["content"]]
        assert having == ["/etc/swanctl/conf.d/acme-secrets.conf"]
        assert found[having[0]]["mode"] == "0600"
        assert in_order(found[having[0]]["content"], "id = 198.51.100.1", "Key.of_one", "id = 198.51.100.2", "Key.of_two")

    def test_dead_peer_is_given_up_in_time(self, static):
        text = render(static, "strongswan")
        (interval,), (first,), (tries,) = (
            set(re.findall(rf"{name} = ([\d.]+)", text)) for name in ("dpd_delay", "retransmit_timeout", "retransmit_tries")
        )
        assert int(interval) + float(first) * sum(1.8**attempt for attempt in range(int(tries) + 1)) == pytest.approx(30, abs=0.5)

    def test_only_the_second_tunnel_is_made_less_attractive(self, bgp):
        text = next(file["content"] for file in gateway_files(bgp) if file["path"] == "/etc/frr/frr.conf")
        assert in_order(text, "route-map acme-2-in permit 10", "set metric +50", "route-map acme-2-out permit 10", "set as-path prepend 65010 65010")
        assert text.count("set metric") == text.count("prepend") == 1
        assert "local-preference" not in text

    def test_frr_is_there_for_bgp_alone(self, bgp, static):
        assert "/etc/frr/frr.conf" in [file["path"] for file in gateway_files(bgp)]
        assert "frr" not in render(static, "strongswan")


class TestCiscoIosXe:
    def test_algorithms_are_in_order(self, waived):
        text = render(waived, "cisco_ios_xe")
        assert in_order(
            text,
            "crypto ikev2 proposal acme-1-1\n encryption aes-gcm-256\n prf sha384 sha256\n group 20 14\n",
            "crypto ikev2 proposal acme-1-2\n encryption aes-cbc-128\n integrity sha384 sha256\n group 20 14\n",
            "crypto ikev2 policy acme-1\n match address local 203.0.113.10\n proposal acme-1-1\n proposal acme-1-2\n",
            "set transform-set acme-1-1 acme-1-2 acme-1-3\n set pfs group20\n",
        )
        assert in_order(text, "acme-1-1 esp-gcm 256\n", "acme-1-2 esp-aes esp-sha384-hmac\n", "acme-1-3 esp-aes esp-sha256-hmac\n")

    def test_static_routes_follow_what_is_tracked(self, static):
        text = render(static, "cisco_ios_xe")
        assert "ip route 10.64.0.0 255.255.254.0 Tunnel4097 10 track 98\n" in text
        assert "ip route 10.64.0.0 255.255.254.0 Tunnel4098 20 track 99\n" in text
        assert "ip route 10.64.0.0 255.255.254.0 Null0 254\n" in text
        assert "icmp-echo 169.254.64.1 source-interface Tunnel4097\n" in text

    def test_bgp_filters_both_ways(self, bgp):
        text = render(bgp, "cisco_ios_xe")
        for index, peer in ((1, "169.254.64.1"), (2, "169.254.64.5")):
            assert f"neighbor {peer} route-map acme-{index}-in in\n" in text
            assert f"neighbor {peer} route-map acme-{index}-out out\n" in text
        assert "network 192.168.20.0 mask 255.255.255.0\n" in text


class TestFortigate:
    def test_algorithms_are_in_order(self, waived):
        text = render(waived, "fortigate")
        assert "set proposal aes256gcm-prfsha384 aes256gcm-prfsha256 aes128-sha384 aes128-sha256\n" in text
        assert "set proposal aes256gcm aes128-sha384 aes128-sha256\n" in text
        assert text.count("set dhgrp 20 14\n") == 4

    def test_names_fit(self, static):
        static["platform"] = "a-very-long-platform"
        names = re.findall(r'set phase1name "(.*)"', render(static, "fortigate"))
        assert names == ["a-very-lo-4097", "a-very-lo-4098"]
        assert max(map(len, names)) <= 15

    def test_second_tunnel_is_second_in_priority(self, static):
        text = render(static, "fortigate")
        assert in_order(text, 'set device "acme-4097"', "set priority 10", 'set device "acme-4098"', "set priority 20")
        assert text.count("set update-static-route enable") == 2

    def test_blocks_are_closed(self, static, bgp):
        for connection in (static, bgp):
            words = [line.split()[0] for line in render(connection, "fortigate").splitlines() if line.strip() and not line.startswith("#")]
            assert words.count("config") == words.count("end")
            assert words.count("edit") == words.count("next")


class TestJuniperSrx:
    def test_algorithms_are_in_order(self, waived):
        text = render(waived, "juniper_srx")
        proposals = re.findall(r"ike proposal acme-1-(\d) (?:dh-group|encryption-algorithm|authentication-algorithm) (\S+)", text)
        assert [[word for number, word in proposals if number == str(wanted)] for wanted in range(1, 7)] == [
            ["group20", "aes-256-gcm"],
            ["group14", "aes-256-gcm"],
            ["group20", "aes-128-cbc", "sha-384"],
            ["group14", "aes-128-cbc", "sha-384"],
            ["group20", "aes-128-cbc", "sha-256"],
            ["group14", "aes-128-cbc", "sha-256"],
        ]
        assert re.findall(r"ike policy acme-1 proposals acme-1-(\d)", text) == list("123456")
        assert "ipsec policy acme-1 perfect-forward-secrecy keys group20\n" in text

    def test_every_statement_sets(self, static, bgp):
        for connection in (static, bgp):
            lines = [line for line in render(connection, "juniper_srx").splitlines() if line and not line.startswith("#")]
            assert {line.split()[0] for line in lines} == {"set"}

    def test_second_tunnel_is_second_in_preference(self, static):
        text = render(static, "juniper_srx")
        assert in_order(text, "10.64.0.0/23 qualified-next-hop st0.4097 preference 5\n", "10.64.0.0/23 qualified-next-hop st0.4098 preference 10\n")


def test_pack_has_each_sites_own_device_or_those_asked_for(bgp):
    assert [file["name"] for file in files([bgp, {**bgp, "site": "market_data", "device": "generic"}])] == [
        "kyiv_office-strongswan.sh",
        "market_data-generic.md",
    ]
    assert [file["device"] for file in files([bgp], ["generic", "fortigate"])] == ["generic", "fortigate"]


def test_pack_knows_where_keys_are(bgp):
    (file,) = files([bgp])
    assert [key["outside_address"] for key in file["pre_shared_keys"]] == ["198.51.100.1", "198.51.100.2"]
    (file,) = files([{**bgp, "certificate": True}])
    assert file["pre_shared_keys"] == []


def test_what_is_only_planned_shows_so(bgp):
    for tunnel in bgp["tunnels"]:
        tunnel |= {"outside_address": None, "pre_shared_key_arn": "vpn_connection.kyiv_office (known after apply)"}
    assert "remote_addrs = (known after apply)\n" in render(bgp)


def test_unknown_device_is_refused(bgp):
    with pytest.raises(AnsibleFilterError, match=r"device 'fortinet' is not known.* Did you mean 'fortigate'\?"):
        render(bgp, "fortinet")


def test_every_filter_is_documented():
    folder = Path(plugin.__file__).parent
    for name in plugin.FilterModule().filters():
        documented = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        assert documented["DOCUMENTATION"]["name"] == name
