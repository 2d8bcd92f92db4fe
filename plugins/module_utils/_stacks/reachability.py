# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the live network of an environment allows exactly what its inventory declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any

from .._aws.ec2.fabric_reader import read_fabric
from .._planning.access import AccessMatrix, compile_access
from .._planning.addresses import environment_plan, plan_addresses
from .._planning.described import fabric_from
from .._planning.expected import Expectation, expected_flows
from .._planning.flows import Possible
from .._planning.intervals import Spans, join
from .._planning.matrix_picture import matrix_picture
from .._planning.packets import addresses
from .._planning.parties import Parties
from .._planning.proofs import proofs
from .._planning.reachability import judge
from .._planning.topology import Topology
from .network_access import GROUPS, TIERS, Flow, matrix_flows
from .network_filters import Filters
from .network_foundation import Foundation
from .network_spec import NETWORK_SPEC

FAILS = ["excess", "difference", "never"]
DECIDES = ("internet_egress", "internet_ingress", "pod_addressing", "gateway_endpoints", "resolver", "rules")
REACHABILITY_SPEC: dict[str, Any] = {
    **{name: NETWORK_SPEC[name] for name in DECIDES},  # what of the network's options decides who may reach what
    "fail_on": {"type": "str", "choices": FAILS, "default": "excess"},
    "picture": {"type": "path"},
}


def prove(parameters: Mapping[str, Any], region: str, place: Any) -> dict[str, Any]:
    """Read what is live, compute what is possible, compare it with what is declared. ``svg`` of the answer is the picture, where asked for.

    Raises ``PlanError`` for bad input, before any call.
    """
    today = datetime.now(tz=UTC).date()
    topology = Topology.from_mapping(parameters)
    matrix = compile_access(topology, today)
    environment = parameters["environment"]
    expected = expected_flows({environment: declared_flows(parameters, region, topology, matrix)}, [*TIERS, *GROUPS])
    fabric = fabric_from(read_fabric(place, topology.name), topology.name)
    sites = _sites(topology)
    parties = Parties(fabric, sites)
    networks = {f"{site}.{name}": found for site, each in sites.items() for name, found in each.items()}
    services = {f"aws.{name}": fabric.services.get(name, ()) for name in parameters["gateway_endpoints"]}
    judgement = judge(Possible(fabric, parties, frozenset({environment})), Expectation(expected, TIERS, {**networks, **services}))
    found = [proof.to_dict() for proof in proofs(judgement, sites)]
    rows = judgement.rows()
    return {
        "changed": False,
        "flows": rows,
        "equal": [row for row in rows if row["status"] == "equal"],
        "missing": judgement.rows_missing,
        "excess": judgement.rows_excess,
        "proofs": found,
        "assumed_open": parties.assumed_open,
        "expired": [asdict(entry) for entry in matrix.expired],
        "svg": _picture(parameters, rows, found, today) if parameters["picture"] else None,
        "api_calls": dict(place.calls),
    }


def declared_flows(parameters: Mapping[str, Any], region: str, topology: Topology, matrix: AccessMatrix) -> list[Flow]:
    """What the network opens. Another environment's tiers, which it knows as addresses only, have their names here."""
    environment, plan = parameters["environment"], plan_addresses(topology)
    base = Foundation({"tags": {}, **parameters}, region, topology, environment_plan(plan, environment))
    abroad = [flow for flow in matrix.of(environment) if not (flow.source.is_site or flow.target.is_site) and len(flow.owners) > 1]
    by_address = set(matrix_flows(replace(matrix, flows=tuple(abroad)), plan, environment))
    named = [Flow(_end(flow.source, environment), _end(flow.target, environment), flow.protocol, flow.ports, flow.reason, False) for flow in abroad]
    return [flow for flow in Filters(base, matrix, plan).flows if flow not in by_address] + named


def _end(end: Any, environment: str) -> str:
    return str(end.part) if end.owner == environment else str(end)


def _sites(topology: Topology) -> dict[str, dict[str, Spans]]:
    return {site.name: {network.name: join(*map(addresses, network.cidrs)) for network in site.networks} for site in topology.sites}


def _picture(parameters: Mapping[str, Any], rows: list[dict[str, Any]], found: list[dict[str, Any]], today: date) -> str:
    title = f"Who reaches what in {parameters['platform']} {parameters['environment']}"
    return matrix_picture(rows, title=title, day=today.isoformat(), proofs=found)


def verdict(result: Mapping[str, Any], fail_on: str) -> str | None:
    """What is wrong, in words; None where nothing is that ``fail_on`` asks for."""
    broken = [f"{proof['name']}: {', '.join(proof['violations'])}" for proof in result["proofs"] if not proof["holds"]]
    problems = [f"not declared, but possible: {_shown(row)}" for row in result["excess"]] + [f"broken: {each}" for each in broken]
    if fail_on == "difference":
        problems += [f"declared, but not possible: {_shown(row)}" for row in result["missing"]]
    return "\n".join(["The live network is not what is declared.", *problems]) if problems and fail_on != "never" else None


def _shown(row: Mapping[str, Any]) -> str:
    return f"{row['from']} -> {row['to']} {row['protocol']} {row['ports']} ({row['path'][-1]})"
