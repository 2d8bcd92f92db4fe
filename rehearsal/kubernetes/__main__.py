# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal.kubernetes build | start | stop | status | kubectl`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .binary import binary
from .control_plane import ControlPlane, ControlPlaneError
from .nodes import Capacity, NodeGroup
from .toolchain import BuildError

_NOT_RUNNING = 3  # what init scripts answer for `status`
_ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
_GENERAL = NodeGroup(name="general", zones=_ZONES, instance_type="m7i.large", capacity=Capacity(cpu=2, memory=8192, pods=29))


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 on a failure, 3 if nothing runs where something should."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "build": _build, "start": _start, "stop": _stop, "status": _status, "kubectl": _kubectl
    }  # fmt: skip
    try:
        return commands[options.command](options)
    except (BuildError, ControlPlaneError) as failure:
        print(failure, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.kubernetes", description="Real Kubernetes control planes with simulated nodes.")
    commands = parser.add_subparsers(dest="command", required=True)
    added = {
        name: commands.add_parser(name, help=text, description=text)
        for name, text in {
            "build": "build the binary, unless it is cached, and print its path",
            "start": "start a control plane in the background and print its kubeconfig's path",
            "stop": "end it and remove its files",
            "status": "say which run, where, and what their processes take",
            "kubectl": "run kubectl on it, as the administrator",
        }.items()
    }
    default = Path("build") / "rehearsal" / (os.environ.get("ENV") or "default") / "clusters"
    for name in ("start", "stop", "status", "kubectl"):
        added[name].add_argument("--state", type=Path, metavar="DIR", default=default, help="directory of the control planes (default: %(default)s)")
    for name in ("start", "stop"):
        added[name].add_argument("name", metavar="NAME")
    added["start"].add_argument("--nodes", type=int, default=3, metavar="N", help="how many simulated nodes it gets (default: %(default)s)")
    added["kubectl"].add_argument("--name", help="which one, where several run")
    added["kubectl"].add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENTS", help="kubectl's own")
    return parser


def _build(options: argparse.Namespace) -> int:
    print(binary())
    return 0


def _start(options: argparse.Namespace) -> int:
    binary()  # so that what is told is the time without building it
    plane, begun = ControlPlane(options.name, options.state / options.name), time.monotonic()
    endpoint = plane.start(attached=False)
    plane.scale(_GENERAL, options.nodes)
    print(f"Kubernetes {options.name} answers at {endpoint.url} with {options.nodes} nodes after {time.monotonic() - begun:.1f} s", file=sys.stderr)
    print(endpoint.kubeconfig)
    return 0


def _stop(options: argparse.Namespace) -> int:
    stopped = ControlPlane(options.name, options.state / options.name).stop()
    print(f"Kubernetes {options.name} " + ("stopped" if stopped else "was not running"))
    return 0


def _status(options: argparse.Namespace) -> int:
    planes = _planes(options.state)
    for plane in planes:
        endpoint = plane.endpoint()
        if endpoint is None:
            print(f"Kubernetes {plane.name} does not run; its logs are in {options.state / plane.name / 'log'}")
            continue
        sizes = plane.memory()
        state = "ready" if plane.ready() else "not ready"
        print(f"Kubernetes {plane.name} at {endpoint.url} is {state}: {sum(sizes.values())} MiB in {len(sizes)} processes")
        print("".join(f"  {size:4d} MiB {name}\n" for name, size in sizes.items()), end="")
    if not planes:
        return _absent(options.state)
    return 0 if any(plane.endpoint() for plane in planes) else _NOT_RUNNING


def _kubectl(options: argparse.Namespace) -> int:
    planes = [plane for plane in _planes(options.state) if options.name in (None, plane.name) and plane.endpoint()]
    if len(planes) > 1:
        raise ControlPlaneError(f"Several run in {options.state}: {', '.join(plane.name for plane in planes)}; say which by --name")
    endpoint = planes[0].endpoint() if planes else None
    if endpoint is None:
        return _absent(options.state)
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    return subprocess.call([binary(), "kubectl", *arguments], env={**os.environ, "KUBECONFIG": str(endpoint.kubeconfig)})


def _planes(state: Path) -> list[ControlPlane]:
    return [ControlPlane(directory.name, directory) for directory in sorted(state.glob("*/"))]


def _absent(state: Path) -> int:
    print(f"no Kubernetes runs in {state}; start one with `start NAME`", file=sys.stderr)
    return _NOT_RUNNING


if __name__ == "__main__":
    sys.exit(main())
