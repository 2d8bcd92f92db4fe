# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that AWS or the access matrix could not take are refused with one that they can."""

from __future__ import annotations

from typing import Any

import pytest


def site(*cidrs: str, name: str = "kyiv_office") -> dict:
    return {"name": name, "type": "office", "networks": [{"name": "developers", "cidrs": list(cidrs)}]}


NAMES: dict[str, tuple[dict[str, Any], str]] = {
    "capitals and blanks": (
        {"platform": "Acme Corp"},
        (
            "platform_name: 'Acme Corp' is not a valid name: 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
            " Use for example 'acme-corp'."
        ),
    ),
    "too long": (
        {"environments": [{"name": "pre-production-of-payments", "slot": 0}]},
        (
            "platform_environments: 'pre-production-of-payments' is not a valid name: 2 to 20 lower-case letters, digits and hyphens,"
            " beginning with a letter. Use for example 'pre-production-of-pa'."
        ),
    ),
    "a hyphen in a site": (
        {"sites": [site("192.168.1.0/24", name="kyiv-office")]},
        (
            "platform_sites: 'kyiv-office' is not a valid name: 1 to 32 lower-case letters, digits and underscores, beginning with a letter."
            " Use for example 'kyiv_office'."
        ),
    ),
    "a zone that begins with a digit": (
        {"zones": [{"name": "1a", "slot": 0}, {"name": "b", "slot": 1}]},
        "platform_zones: '1a' is not a valid name: 1 to 8 lower-case letters and digits, beginning with a letter. Use for example 'a'.",
    ),
    "an environment twice": (
        {"environments": [{"name": "dev", "slot": 0}, {"name": "dev", "slot": 1}]},
        "platform_environments: name 'dev' is used 2 times. Names are unique here: rename all but one, for example to 'dev2'.",
    ),
    "a zone twice": (
        {"zones": [{"name": "a", "slot": 0}, {"name": "a", "slot": 1}]},
        "platform_zones: name 'a' is used 2 times. Names are unique here: rename all but one, for example to 'a2'.",
    ),
    "a site twice": (
        {"sites": [site("192.168.1.0/24"), site("192.168.2.0/24")]},
        "platform_sites: name 'kyiv_office' is used 2 times. Names are unique here: rename all but one, for example to 'kyiv_office2'.",
    ),
    "a network twice": (
        {
            "sites": [
                {
                    "name": "lviv",
                    "type": "office",
                    "networks": [{"name": "all", "cidrs": ["192.168.1.0/24"]}, {"name": "all", "cidrs": ["192.168.2.0/24"]}],
                }
            ]
        },
        "platform_sites, site lviv: name 'all' is used 2 times. Names are unique here: rename all but one, for example to 'all2'.",
    ),
    "the hub's": (
        {"environments": [{"name": "hub", "slot": 0}]},
        "platform_environments: 'hub' is the hub's own host and scope. Give the environment another name, such as 'hub-1'.",
    ),
    "of a site and an environment": (
        {"sites": [site("192.168.1.0/24", name="dev")]},
        (
            "platform_sites: 'dev' is an environment's name too, and the access matrix could not tell 'dev.x' of the one from the other's."
            " Rename the site, for example to 'dev_site'."
        ),
    ),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_that_cannot_be_used_says_which_can(problems, case):
    options, expected = NAMES[case]
    assert problems(**options) == [expected]
