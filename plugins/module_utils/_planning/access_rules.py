# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the access matrix and developer roles may say; every problem names the entry, what is wrong with it and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .naming import nearest
from .tunnels import read_day

if TYPE_CHECKING:
    from .access import End
    from .topology import AccessEntry, DeveloperRole

PORTLESS = ("icmp", "all")
LAST_PORT = 65535
PRINCIPAL = r"arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[\w+=,.@/-]+"
# A permission set appears in an account as a role whose name ends in a suffix that changes when it is assigned anew, which is why
# AWS writes it with a wildcard: IAM Identity Center guide, "Referencing permission sets in resource policies, Amazon EKS Cluster
# config maps, and AWS KMS key policies".
RESERVED_ROLE = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/aws-reserved/sso\.amazonaws\.com(\*|/\*|/[a-z0-9-]+)?/AWSReservedSSO_[\w+=,.@-]+_\*"
PERMISSION_SET = r"arn:aws[a-z-]*:sso:::permissionSet/.+"

Ports = tuple[int, int]


def port_ranges(texts: Sequence[str]) -> tuple[list[Ports], list[str]]:
    """``443`` and ``8000-8100`` as ranges, sorted and joined where they touch; and the texts that are none."""
    found: list[Ports] = []
    unread: list[str] = []
    for text in texts:
        read = re.fullmatch("([0-9]{1,5})(?:-([0-9]{1,5}))?", text)
        first, last = (int(read[1]), int(read[2] or read[1])) if read else (0, 0)
        if 0 < first <= last <= LAST_PORT:
            found.append((first, last))
        else:
            unread.append(text)
    joined: list[Ports] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined, unread


def entry_problems(number: int, entry: AccessEntry, ends: Mapping[str, End], roles: Mapping[str, DeveloperRole]) -> Iterator[str]:
    """What is wrong with one entry. ``number`` counts from 1, as people do."""
    for problem in (
        *_name_problems(entry, ends, roles),
        *_direction_problems(entry, ends, roles),
        *_port_problems(entry),
        *_statement_problems(entry, ends),
    ):
        yield f"{_label(number, entry)}: {problem}"


def _label(number: int, entry: AccessEntry) -> str:
    return f"platform_access, entry {number} (from {entry.source} to {entry.target})"


def duplicate_problems(entries: Sequence[tuple[int, AccessEntry]]) -> Iterator[str]:
    """Entries that open the same: the reason and the expiry of one of them would be a lie."""
    first: dict[object, int] = {}
    for number, entry in entries:
        key = (entry.source, entry.target, entry.protocol, *sorted(port_ranges(entry.ports)[0]))
        if key in first:
            yield f"{_label(number, entry)}: entry {first[key]} opens the same already. Remove one of them, or join their reasons in one."
        first.setdefault(key, number)


def _name_problems(entry: AccessEntry, ends: Mapping[str, End], roles: Mapping[str, DeveloperRole]) -> Iterator[str]:
    if entry.source not in ends and entry.source not in roles:
        yield f"from '{entry.source}' {_unknown(entry.source, ends, [*ends, *roles])}"
    if entry.target in roles:
        yield f"a developer role such as '{entry.target}' can only be a source. Name what is reached, such as {next(iter(ends), 'dev.workload')}."
    elif entry.target not in ends:
        yield f"to '{entry.target}' {_unknown(entry.target, ends, ends)}"


def _unknown(name: str, ends: Mapping[str, End], valid: Mapping[str, End] | Sequence[str]) -> str:
    owner, _dot, part = name.partition(".")
    parts = [end.part for end in ends.values() if end.owner == owner]
    if "*" in name:
        return "has a wildcard, but every entry names what it opens, so that whoever audits it can read it. Write one entry for each."
    if not parts:
        return f"is no site.network, environment.tier or developer role that the topology declares.{nearest(name, valid)}"
    has = f"{owner} has {', '.join(parts)}"
    if not part:
        return f"names all of {owner}, but an entry names a part of it: {has}."
    return f"names a part that is not there: {has}.{nearest(name, [f'{owner}.{each}' for each in parts])}"


def _direction_problems(entry: AccessEntry, ends: Mapping[str, End], roles: Mapping[str, DeveloperRole]) -> Iterator[str]:
    source, target = ends.get(entry.source), ends.get(entry.target)
    from_site = source.is_site if source else entry.source in roles
    if target is None or not (source or from_site):
        return
    if from_site and target.is_site:
        yield "no site reaches another through the platform. Connect the sites with each other, or let a service of an environment stand between."
    between = source is not None and not from_site and not target.is_site and source.owner != target.owner
    if between and not entry.cross_environment:
        yield (
            "environments never reach each other unless an entry says so. If this one is really meant to, set cross_environment: true;"
            f" else name a part of the same environment, such as {entry.source.partition('.')[0]}.{target.part}."
        )
    if entry.cross_environment and not between:
        yield "cross_environment is true, but the entry is not from one environment to another. Leave it out."


def _port_problems(entry: AccessEntry) -> Iterator[str]:
    if entry.protocol in PORTLESS:
        if entry.ports:
            yield f"protocol {entry.protocol} has no ports, but ports is {', '.join(entry.ports)}. Leave ports out, or say tcp or udp."
        return
    if not entry.ports:
        yield f"protocol {entry.protocol} needs ports. Name them, such as 443 or 8000-8100; 1-{LAST_PORT} if all are meant."
    for text in port_ranges(entry.ports)[1]:
        yield f"ports has '{text}', which is neither a port (443) nor a range (8000-8100) within 1-{LAST_PORT}. Write one of these."


def _statement_problems(entry: AccessEntry, ends: Mapping[str, End]) -> Iterator[str]:
    source = ends.get(entry.source)
    if entry.source_addresses == "pod" and (source is None or source.is_site or source.part != "workload"):
        yield "source_addresses is pod, but only what comes from an environment's workload comes from pods. Leave it out."
    if entry.expires and read_day(entry.expires) is None:
        yield f"expires is '{entry.expires}', which is no day. Write its last day as year-month-day, such as 2030-12-31."
    if not entry.reason.strip():
        yield "reason is empty, but an auditor will ask why this is open. Say it."


def role_problems(roles: Sequence[DeveloperRole], ends: Mapping[str, End]) -> Iterator[str]:
    """Developer roles with unknown networks, or with principals that no trust policy can name."""
    networks = [name for name, end in ends.items() if end.is_site]
    for role in roles:
        label = f"platform_developer_roles, role {role.name}"
        for name in role.networks:
            if name not in networks:
                yield f"{label}: network '{name}' is no site.network of platform_sites.{nearest(name, networks)}"
        for repeated in sorted({name for name in role.networks if role.networks.count(name) > 1}):
            yield f"{label}: network '{repeated}' is listed twice. List it once."
        yield from (f"{label}: {problem}" for principal in role.principals if (problem := _principal_problem(principal)))
        if not role.networks or not role.principals:
            yield f"{label}: it has no {'networks' if not role.networks else 'principals'}, so nobody could take it. Name one at least."


def _principal_problem(principal: str) -> str | None:
    if re.fullmatch(f"{PRINCIPAL}|{RESERVED_ROLE}", principal):
        return None
    if re.fullmatch(PERMISSION_SET, principal):
        return (
            f"principal '{principal}' is a permission set, which IAM does not know. Name the role that stands for it in the environment's account, such as"
            " arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Backend_*."
        )
    return (
        f"principal '{principal}' is no ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/backend; whole accounts and"
        " wildcards are not taken, but for the last part of a permission set's role (AWSReservedSSO_Backend_*)."
    )
