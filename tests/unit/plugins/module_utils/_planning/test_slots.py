# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slot that is taken or that nothing holds is refused with the next free one, or with how much is missing."""

from __future__ import annotations

from typing import Any

import pytest


def environments(*slots: int) -> list[dict]:
    return [{"name": f"env-{index}", "slot": slot} for index, slot in enumerate(slots)]


SLOTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "taken": (
        {"environments": environments(0, 2, 0)},
        ["platform_environments, environment env-2: slot 0 is taken by environment env-0. The next free slot is 1 (10.64.2.0/23)."],
    ),
    "beyond": (
        {"environments": environments(0, 7)},
        [
            (
                "platform_environments, environment env-1: slot 7 is none of platform_supernets, which hold slots 0-3."
                " The next free slot is 1 (10.64.2.0/23)."
            )
        ],
    ),
    "negative": (
        {"environments": environments(-1)},
        [
            (
                "platform_environments, environment env-0: slot -1 is none of platform_supernets, which hold slots 0-3."
                " The next free slot is 0 (10.64.0.0/23)."
            )
        ],
    ),
    "in a gap": (
        {
            "supernets": [{"cidr": "10.65.0.0/22", "first_slot": 8}, {"cidr": "10.64.0.0/22", "first_slot": 0}],
            "environments": environments(0, 1, 5, 8, 8),
        },
        [
            (
                "platform_environments, environment env-2: slot 5 is none of platform_supernets, which hold slots 0-1, 8-9."
                " The next free slot is 9 (10.65.2.0/23)."
            ),
            "platform_environments, environment env-4: slot 8 is taken by environment env-3. No slot is free.",
            (
                "platform_supernets hold 4 environments of /23, 5 are declared: 512 more supernet addresses are needed for 1 more:"
                " for example add {cidr: 10.65.4.0/23, first_slot: 10}."
            ),
        ],
    ),
    "exhausted": (
        {"environments": environments(0, 1, 2, 3, 4, 5, 6)},
        [
            *(
                f"platform_environments, environment env-{slot}: slot {slot} is none of platform_supernets, which hold slots 0-3. No slot is free."
                for slot in (4, 5, 6)
            ),
            (
                "platform_supernets hold 4 environments of /23, 7 are declared: 1536 more supernet addresses are needed for 3 more:"
                " for example add {cidr: 10.64.8.0/21, first_slot: 4}."
            ),
        ],
    ),
    "beyond the pods' supernet": (
        {"pod_supernet": "100.64.0.0/19", "environments": environments(0, 3)},
        [
            (
                "platform_environments, environment env-1: slot 3 lies beyond platform_pod_supernet 100.64.0.0/19, which holds pod ranges"
                " of /20 for slots 0-1. The next free slot is 1 (10.64.2.0/23)."
            )
        ],
    ),
    "exhausted pods' supernet": (
        {"pod_supernet": "100.64.0.0/19", "environments": environments(0, 1, 2)},
        [
            (
                "platform_environments, environment env-2: slot 2 lies beyond platform_pod_supernet 100.64.0.0/19, which holds pod ranges"
                " of /20 for slots 0-1. No slot is free."
            ),
            (
                "platform_pod_supernet 100.64.0.0/19 holds 2 pod ranges of /20: too few by 1, 4096 addresses."
                " Widen it, or use smaller ones (platform_prefixes.pod_environment)."
            ),
        ],
    ),
    "of two supernets": (
        {
            "supernets": [
                {"cidr": "10.64.0.0/20", "first_slot": 0},
                {"cidr": "10.66.0.0/22", "first_slot": 2},
                {"cidr": "10.65.0.0/22", "first_slot": 6},
            ]
        },
        [
            (
                "platform_supernets: 10.64.0.0/20 holds slots 0-7 and 10.66.0.0/22 slots 2-3, but a slot belongs to one supernet."
                " Use first_slot 8 for 10.66.0.0/22."
            ),
            (
                "platform_supernets: 10.64.0.0/20 holds slots 0-7 and 10.65.0.0/22 slots 6-7, but a slot belongs to one supernet."
                " Use first_slot 10 for 10.65.0.0/22."
            ),
        ],
    ),
    "below zero": (
        {"supernets": [{"cidr": "10.64.0.0/21", "first_slot": -1}], "environments": environments(0)},
        ["platform_supernets: 10.64.0.0/21 has first_slot -1, but slots count from 0. Use first_slot 3."],
    ),
}


@pytest.mark.parametrize("case", SLOTS)
def test_a_slot_that_cannot_be_used_says_which_can(problems, case):
    options, expected = SLOTS[case]
    assert problems(**options) == expected
