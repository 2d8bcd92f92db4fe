# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan shows: as text for people, as plain data for programs, secrets in neither."""

from __future__ import annotations

import json
from textwrap import dedent

from ansible_collections.fintech.platform.plugins.module_utils._engine.plan import Plan, shown_value
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Mark, Resource, Secret, Unknown
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_cloud import Cloud
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.fake_kinds import (
    Address,
    Guard,
    Net,
    Relay,
    Route,
    Rule,
    Table,
    Vault,
    Zone,
)
from ansible_collections.fintech.platform.tests.unit.plugins.module_utils._engine.runs import converge, planned


def declared(*, size: int = 1, version: str = "1", dns: bool = False) -> list[Resource]:
    net = Net(name="main", cidr="range", dns=dns, tags={"owner": "ops", "cost": "7"})
    zone, address = Zone(name="a", net=net, cidr="range a"), Address(name="p", size=size)
    relay = Relay(name="p", net=net, zone=zone, address=address)
    guard = Guard(name="g", net=net, rules=frozenset({Rule(443, "any"), Rule(22, "any")}))
    table = Table(name="s", net=net, zones=frozenset({zone}), routes=frozenset({Route("all", relay)}))
    return [net, zone, address, relay, guard, table, Vault(name="u", key=Secret("hunter2", version))]


def sides(plan: Plan) -> tuple[str, str]:
    diff = plan.diff()
    assert (diff["before_header"], diff["after_header"]) == ("live", "planned")
    return diff["before"], diff["after"]


def test_creation_from_nothing() -> None:
    before, after = sides(planned(Cloud(), declared()))
    assert before == ""
    assert after == dedent("""\
        net.main:
          cidr: range
          dns: False
          tags:
            cost: 7
            owner: ops
        address.p:
          size: 1
        vault.u:
          key: (secret, version 1)
          size: 1
          region: here
        zone.a:
          net: net.main (known after apply)
          cidr: range a
          public: False
        guard.g:
          net: net.main (known after apply)
          rules:
            - 22 from any
            - 443 from any
        relay.p:
          net: net.main (known after apply)
          zone: zone.a (known after apply)
          address: address.p (known after apply)
        table.s:
          net: net.main (known after apply)
          zones:
            - zone.a (known after apply)
          routes:
            - all via relay.p (known after apply)
        """)


def test_update_replacement_deletion_and_what_follows_from_them() -> None:
    cloud = Cloud()
    converge(cloud, declared())
    changed = declared(size=2, version="2", dns=True)
    del changed[4]
    before, after = sides(planned(cloud, changed, purge=True))
    assert before == dedent("""\
        net.main:
          dns: False
        vault.u:
          key: (secret, version 1)
        guard.g:  # no longer declared
          id: guard-0002
          net: net-0001
          rules:
            - 22 from any
            - 443 from any
          tags:
            environment: dev
            name: g
            platform: acme
            stack: net
        address.p:
          id: address-0001
          size: 1
        relay.p:
          id: relay-0001
          address: address-0001
        table.s:
          routes:
            - all via relay-0001
        """)
    assert after == dedent("""\
        net.main:
          dns: True
        vault.u:
          key: (secret, version 2)
        address.p:
          id: address.p (known after apply)
          size: 2
        relay.p:
          id: relay.p (known after apply)
          address: address.p (known after apply)
        table.s:
          routes:
            - all via relay.p (known after apply)
        """)


def test_changes_as_plain_data() -> None:
    cloud = Cloud()
    converge(cloud, declared())
    plan = planned(cloud, declared(size=2, version="2"))
    assert json.loads(json.dumps([each.to_dict() for each in plan.changes])) == [
        {
            "action": "update",
            "kind": "vault",
            "name": "u",
            "id": "vault/u",
            "fields": {"key": {"before": "(secret, version 1)", "after": "(secret, version 2)"}},
            "reason": "",
        },
        {
            "action": "replace",
            "kind": "address",
            "name": "p",
            "id": "address-0001",
            "fields": {"size": {"before": 1, "after": 2}},
            "reason": "",
        },
        {
            "action": "replace",
            "kind": "relay",
            "name": "p",
            "id": "relay-0001",
            "fields": {"address": {"before": "address-0001", "after": "address.p (known after apply)"}},
            "reason": "",
        },
        {
            "action": "update",
            "kind": "table",
            "name": "s",
            "id": "table-0001",
            "fields": {"routes": {"before": ["all via relay-0001"], "after": ["all via relay.p (known after apply)"]}},
            "reason": "",
        },
    ]
    assert plan.counts() == {"created": 0, "updated": 2, "replaced": 2, "deleted": 0, "unchanged": 3}
    assert "hunter2" not in repr(plan) + str(plan.diff())


def test_nested_data_is_shown_as_yaml() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": ["a", "b"]}, {"Effect": "Deny", "Action": []}], "Version": "1"}
    net = Net(name="main", cidr="range", tags={"policy": policy, "empty": {}})  # type: ignore[dict-item]  # any data will do
    assert planned(Cloud(), [net]).diff()["after"] == dedent("""\
        net.main:
          cidr: range
          dns: False
          tags:
            empty: {}
            policy:
              Statement:
                - Action:
                    - a
                    - b
                  Effect: Allow
                - Action: []
                  Effect: Deny
              Version: 1
        """)


def test_shown_values_are_plain_and_sorted() -> None:
    assert shown_value({"b": frozenset({3, 1}), "a": (Unknown("net.main"), None)}) == {"a": ["net.main (known after apply)", None], "b": [1, 3]}
    assert shown_value(frozenset("hgfedcba")) == list("abcdefgh")
    assert shown_value("7", Mark.SECRET) == "(secret, version 7)"
    assert shown_value(None, Mark.SECRET) is None
    assert shown_value({"inner": Secret("hunter2", "7")}) == {"inner": "(secret, version 7)"}
