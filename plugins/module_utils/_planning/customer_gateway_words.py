# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What vendors call the algorithms of a connection, and which of them their devices have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.errors import PlanError

# swanctl.conf(5) and "Proposal keywords" of the strongSwan documentation.
STRONGSWAN_CIPHERS = {"AES256-GCM-16": "aes256gcm16", "AES128-GCM-16": "aes128gcm16", "AES256": "aes256", "AES128": "aes128"}
STRONGSWAN_GROUPS = {
    2: "modp1024", 14: "modp2048", 15: "modp3072", 16: "modp4096", 17: "modp6144", 18: "modp8192", 19: "ecp256", 20: "ecp384", 21: "ecp521",
    22: "modp1024s160", 23: "modp2048s224", 24: "modp2048s256",
}  # fmt: skip
# Cisco IOS XE, "crypto ikev2 proposal" and "crypto ipsec transform-set" of the Security Command Reference.
CISCO_IKE_CIPHERS = {"AES256-GCM-16": "aes-gcm-256", "AES128-GCM-16": "aes-gcm-128", "AES256": "aes-cbc-256", "AES128": "aes-cbc-128"}
CISCO_ESP_CIPHERS = {"AES256-GCM-16": "esp-gcm 256", "AES128-GCM-16": "esp-gcm 128", "AES256": "esp-aes 256", "AES128": "esp-aes"}
CISCO_ESP_HASHES = {"SHA1": "esp-sha-hmac", "SHA2-256": "esp-sha256-hmac", "SHA2-384": "esp-sha384-hmac", "SHA2-512": "esp-sha512-hmac"}
CISCO_GROUPS = {group: str(group) for group in (2, 14, 15, 16, 19, 20, 21, 24)}
# FortiOS CLI reference, "config vpn ipsec phase1-interface" and "phase2-interface": proposal, dhgrp.
FORTIGATE_CIPHERS = {"AES256-GCM-16": "aes256gcm", "AES128-GCM-16": "aes128gcm", "AES256": "aes256", "AES128": "aes128"}
FORTIGATE_GROUPS = {group: str(group) for group in (2, 14, 15, 16, 17, 18, 19, 20, 21)}
# Junos CLI reference, "proposal (Security IKE)" and "proposal (Security IPsec)".
JUNIPER_CIPHERS = {"AES256-GCM-16": "aes-256-gcm", "AES128-GCM-16": "aes-128-gcm", "AES256": "aes-256-cbc", "AES128": "aes-128-cbc"}
JUNIPER_IKE_HASHES = {"SHA1": "sha1", "SHA2-256": "sha-256", "SHA2-384": "sha-384", "SHA2-512": "sha-512"}
JUNIPER_ESP_HASHES = {"SHA1": "hmac-sha1-96", "SHA2-256": "hmac-sha-256-128", "SHA2-384": "hmac-sha-384", "SHA2-512": "hmac-sha-512"}
JUNIPER_GROUPS = {group: f"group{group}" for group in (2, 14, 15, 16, 19, 20, 21, 24)}
# Junos CLI reference, "prf-algorithm": a GCM cipher brings its pseudorandom function along, and another one is refused.
JUNIPER_PRF = {"AES256-GCM-16": "SHA2-384", "AES128-GCM-16": "SHA2-256"}
# Elsewhere a word of the hash itself.
HASHES = {"SHA1": "sha1", "SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512"}


def combined(cipher: str) -> bool:
    """Whether the cipher checks integrity itself; in IKE a hash is then the pseudorandom function alone (RFC 5282)."""
    return "GCM" in cipher


def words(names: tuple[Any, ...], known: Mapping[Any, str], what: str) -> list[str]:
    """What a device calls ``names``, in their order, without those it lacks. Raises PlanError where it lacks all."""
    found = [known[name] for name in names if name in known]
    if not found:
        raise PlanError(f"The device has none of the connection's {what} ({', '.join(map(str, names))}), only {', '.join(map(str, known))}.")
    return found
