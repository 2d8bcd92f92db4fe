# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What names may be: every one becomes part of tags, of names in AWS or of ``site.network`` in the access matrix."""

from __future__ import annotations

import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .topology import Topology


class NameRule(NamedTuple):
    shortest: int
    longest: int
    separator: str

    def allows(self, name: str) -> bool:
        pattern = rf"[a-z][a-z0-9{self.separator}]{{{self.shortest - 1},{self.longest - 1}}}"
        return re.fullmatch(pattern, name) is not None

    def corrected(self, name: str) -> str:
        """The nearest name that is allowed."""
        plain = re.sub(r"[^a-z0-9]+", self.separator, name.lower())
        plain = re.sub(r"^[^a-z]+", "", plain)[: self.longest].rstrip("-_") or "x"
        return plain.ljust(self.shortest, "x")

    def __str__(self) -> str:
        also = {"-": ", digits and hyphens", "_": ", digits and underscores"}.get(self.separator, " and digits")
        return f"{self.shortest} to {self.longest} lower-case letters{also}, beginning with a letter"


# A platform's and an environment's name are both part of an OpenSearch domain's, an IAM role's and a bucket's name (64 characters
# and fewer), a zone's name ends a subnet's.
PLATFORM = NameRule(2, 20, "-")
ZONE = NameRule(1, 8, "")
SITE = NameRule(1, 32, "_")

# Owned objects carry the environment's name as their scope; these scopes are not environments.
RESERVED_NAMES = {"hub": "the hub's own host and scope", "account": "the scope of what exists once in an account"}


def nearest(name: str, valid: Iterable[str]) -> str:
    """`` Did you mean 'production'?`` or nothing: the end of an error about an unknown name."""
    close = get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def name_problems(topology: Topology) -> Iterator[str]:
    """Every name that is not allowed, reserved or used twice where it must be unique."""
    environments = [environment.name for environment in topology.environments]
    sites = [site.name for site in topology.sites]
    yield from _check("platform_name", [topology.name], PLATFORM)
    yield from _check("platform_environments", environments, PLATFORM)
    yield from _check("platform_zones", [zone.name for zone in topology.zones], ZONE)
    yield from _check("platform_sites", sites, SITE)
    yield from _check("platform_reserved_ranges", [reserved.name for reserved in topology.reserved_ranges], SITE)
    yield from _check("platform_developer_roles", [role.name for role in topology.developer_roles], SITE)
    for site in topology.sites:
        yield from _check(f"platform_sites, site {site.name}", [network.name for network in site.networks], SITE)
    for name in sorted(RESERVED_NAMES.keys() & environments):
        yield f"platform_environments: '{name}' is {RESERVED_NAMES[name]}. Give the environment another name, such as '{name}-1'."
    for name in sorted(set(sites) & set(environments)):
        yield (
            f"platform_sites: '{name}' is an environment's name too, and the access matrix could not tell '{name}.x' of the one"
            f" from the other's. Rename the site, for example to '{name}_site'."
        )


def _check(variable: str, names: list[str], rule: NameRule) -> Iterator[str]:
    for name, times in Counter(names).items():
        if not rule.allows(name):
            yield f"{variable}: '{name}' is not a valid name: {rule}. Use for example '{rule.corrected(name)}'."
        if times > 1:
            yield f"{variable}: name '{name}' is used {times} times. Names are unique here: rename all but one, for example to '{_free_name(name, names)}'."


def _free_name(name: str, names: list[str]) -> str:
    return next(candidate for number in range(2, len(names) + 2) if (candidate := f"{name}{number}") not in names)
