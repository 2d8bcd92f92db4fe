# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of a running rehearsal's control interface, for tests, benchmarks and the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

ACCESS_KEY = "AKIAREHEARSAL0000000"  # acts in account 123456789012; a key that is an account's id acts in that one
SECRET = "rehearsal"  # of these keys


class RehearsalError(RuntimeError):
    """The rehearsal refused a control request, or is not there."""


@dataclass(frozen=True)
class Calls:
    """Calls since a marker. `counts` by `service:action`; `log` in order, entries as in `calls.Entry`."""

    marker: int
    total: int
    mutating: int
    counts: dict[str, int]
    log: list[dict[str, Any]]

    def named(self, pattern: str) -> list[dict[str, Any]]:
        """The entries of one `service:action`."""
        return [entry for entry in self.log if f"{entry['service']}:{entry['action']}" == pattern]


class Rehearsal:
    """Controls the rehearsal at `url`. Every method raises RehearsalError if it is refused or nothing answers."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout

    def health(self) -> dict[str, Any]:
        return self._ask("GET", "health")

    def calls(self, since: int = 0, log: bool = True) -> Calls:
        """What was called after the marker that an earlier answer gave; `log=False` for the counts alone."""
        found = self._ask("GET", "calls?" + urlencode({"since": since, "log": str(log).lower()}))
        return Calls(found["marker"], found["total"], found["mutating"], found["counts"], found.get("calls", []))

    def marker(self) -> int:
        """The sequence number of the latest call, to ask for the calls after it."""
        return self.calls(log=False).marker

    def reset(self) -> None:
        """An empty AWS: no resources, tokens, faults, latency, pace or log."""
        self._ask("POST", "reset")

    def fault(self, kind: str, **selection: Any) -> None:
        """Add a fault; the keywords are the fields of `faults.Fault`."""
        self._ask("POST", "faults", {"kind": kind, **selection})

    def faults(self) -> dict[str, Any]:
        return self._ask("GET", "faults")

    def clear_faults(self) -> None:
        """Remove all faults and answer again after a kill."""
        self._ask("DELETE", "faults")

    def latency(self, milliseconds: float) -> None:
        """Add so much to every call from now on."""
        self._ask("POST", "latency", {"milliseconds": milliseconds})

    def pace(self, **seconds: float) -> None:
        """How long transitions last, by subject: `pace(default=0, nat_gateway=1.5)`."""
        self._ask("POST", "pace", seconds)

    def tunnels(self, up: bool, address: str | None = None, prefixes: list[str] | None = None) -> list[str]:
        """The far side of a VPN tunnel, named by its outside address, or of all of them, goes up or down; `prefixes` are what BGP
        learns from it. Answers the addresses of what changed."""
        changed: list[str] = self._ask("POST", "tunnels", {"up": up, "address": address, "prefixes": prefixes or []})["tunnels"]
        return changed

    def images(self, images: list[dict[str, str]], account: str = "123456789012", region: str = "eu-central-1") -> None:
        """Have images (`repository`, `tag`, `digest`) in a registry, from when on their repositories are there."""
        self._ask("POST", "images", {"account": account, "region": region, "images": images})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=self._timeout)
        try:
            connection.request(method, f"/_rehearsal/{path}", json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            content = json.loads(response.read())
        except (OSError, ValueError) as problem:
            raise RehearsalError(f"No rehearsal answers at {self.url}: {problem}") from problem
        finally:
            connection.close()
        if response.status != 200:
            raise RehearsalError(content["error"])
        return content
