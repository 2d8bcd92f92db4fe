# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface of the front: JSON below `/_rehearsal/`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from moto.ec2.models import ec2_backends

from .answers import Answer, Environ
from .calls import count
from .ec2.vpn_connections import set_tunnels
from .ecr import seeds
from .eks import tokens
from .faults import Fault
from .pace import PACE

if TYPE_CHECKING:
    from .front import Front

PREFIX = "/_rehearsal/"
Query = dict[str, str]


def answer(front: Front, environ: Environ) -> Answer:
    """Carry out a control request; what it does not understand is answered with 400 or 404 and an `error`."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX)
    route = _ROUTES.get((method, path)) or _token_route(method, path, environ)
    if route is None:
        known = ", ".join(f"{verb} {name}" for verb, name in _ROUTES)
        return _json(404, {"error": f"{method} {path} is unknown; known are {known}"})
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    try:
        return _json(200, route(front, query, json.loads(text) if text else None))
    except (ValueError, TypeError, AttributeError) as problem:
        return _json(400, {"error": str(problem)})


def _json(status: int, content: Any) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(content).encode())


def _health(front: Front, query: Query, body: Any) -> Any:
    return {"healthy": True, "dead": front.faults.killed()}


def _calls(front: Front, query: Query, body: Any) -> Any:
    """Query: since (a sequence number; 0), log (true | false: counts alone)."""
    marker = int(query.get("since", 0))
    entries = front.log.since(marker)
    found: dict[str, Any] = {
        "marker": entries[-1].sequence if entries else marker,
        "total": len(entries),
        "mutating": sum(entry.mutating for entry in entries),
        "counts": count(entries),
    }
    if query.get("log", "true") != "false":
        found["calls"] = [entry.to_dict() for entry in entries]
    return found


def _reset(front: Front, query: Query, body: Any) -> Any:
    front.reset()
    return {}


def _faults(front: Front, query: Query, body: Any) -> Any:
    return {"faults": front.faults.listed(), "dead": front.faults.killed()}


def _add_faults(front: Front, query: Query, body: Any) -> Any:
    """Body: one fault or a list of them, as `faults.Fault` describes."""
    front.faults.add([Fault.from_mapping(fault) for fault in (body if isinstance(body, list) else [body])])
    return _faults(front, query, body)


def _clear_faults(front: Front, query: Query, body: Any) -> Any:
    front.faults.clear()
    return _faults(front, query, body)


def _latency(front: Front, query: Query, body: Any) -> Any:
    """Body: {"milliseconds": 50}, added to every call."""
    milliseconds = float(body["milliseconds"])
    if milliseconds < 0:
        raise ValueError("milliseconds: less than nothing")
    front.latency = milliseconds / 1000
    return {"milliseconds": milliseconds}


def _pace(front: Front, query: Query, body: Any) -> Any:
    """Body: seconds by subject, as in {"default": 0, "nat_gateway": 1.5}."""
    PACE.set(body)
    return PACE.to_dict()


def _tunnels(front: Front, query: Query, body: Any) -> Any:
    """Body: {"up": true, "address": outside address (all tunnels without it), "prefixes": those that BGP learns there}."""
    regions = (backend for account in ec2_backends.values() for backend in account.values())
    found = [set_tunnels(backend, body.get("address"), bool(body["up"]), body.get("prefixes", ())) for backend in regions]
    changed = [address for addresses in found for address in addresses]
    if body.get("address") and not changed:
        raise ValueError(f"address: no tunnel is at {body['address']}")
    return {"tunnels": changed}


def _images(front: Front, query: Query, body: Any) -> Any:
    """Body: {"account": id, "region": name, "images": [{"repository": name, "tag": tag, "digest": "sha256:..."}]}."""
    return {"images": seeds.add(**body)}


def _token_route(method: str, path: str, environ: Environ) -> Callable[[Any, Query, Any], Any] | None:
    """POST eks/<cluster>/token or eks/<account>/<region>/<cluster>/token. Body: the TokenReview of a cluster's API server."""
    found = re.fullmatch(r"eks/(?:(\d{12})/([\w-]+)/)?([\w-]+)/token", path)
    if found is None or method != "POST":
        return None
    account, region, name = found.groups()
    hosts = {environ.get("HTTP_HOST", ""), *(f"{host}:{environ['SERVER_PORT']}" for host in ("127.0.0.1", "localhost"))}
    return lambda front, query, body: tokens.review(account, region, name, hosts, body)


_ROUTES: dict[tuple[str, str], Callable[[Any, Query, Any], Any]] = {
    ("GET", "health"): _health,
    ("GET", "calls"): _calls,
    ("POST", "reset"): _reset,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "latency"): _latency,
    ("POST", "pace"): _pace,
    ("POST", "tunnels"): _tunnels,
    ("POST", "images"): _images,
}
