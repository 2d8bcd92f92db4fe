# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal.aws start | stop | status | reset | env | run`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from .client import ACCESS_KEY, SECRET, Rehearsal, RehearsalError
from .process import BackgroundRehearsal, ProcessError

_NOT_RUNNING = 3  # what init scripts answer for `status`


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 on a failure, 3 if nothing runs where something should."""
    options = _parser().parse_args(arguments)
    directory = options.state or Path("build") / "rehearsal" / options.name
    commands: dict[str, Callable[[BackgroundRehearsal, argparse.Namespace], int]] = {
        "start": _start, "stop": _stop, "status": _status, "reset": _reset, "env": _env, "run": _run
    }  # fmt: skip
    try:
        return commands[options.command](BackgroundRehearsal(directory), options)
    except (ProcessError, RehearsalError) as failure:
        print(failure, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.aws", description="An emulated AWS in the background.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in {
        "start": "start it, wait until it answers and say where",
        "stop": "end it and remove its state files",
        "status": "say where it answers and what was called",
        "reset": "empty it: no resources, faults or counts",
        "env": "print the shell commands that point AWS clients at it",
        "run": "run it in the foreground",
    }.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--name", default=os.environ.get("ENV") or "default", help="which one (default: $ENV, or `default`)")
        command.add_argument("--state", type=Path, metavar="DIR", help="state directory (default: build/rehearsal/NAME)")
        if name in ("start", "run"):
            command.add_argument("--clusters", choices=("real", "none"), default="none", help="control planes of EKS clusters (%(default)s)")
        if name == "env":
            command.add_argument("--account", help="id of the account to act in (default: 123456789012)")
            command.add_argument("--region", default="eu-central-1", help="default region (%(default)s)")
    return parser


def _start(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    started = rehearsal.start(options.clusters)
    print(f"AWS rehearsal {'started' if started else 'runs already'} at {rehearsal.url()} (pid {rehearsal.pid()}, state in {rehearsal.directory})")
    return 0


def _stop(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    print(f"AWS rehearsal in {rehearsal.directory} " + ("stopped" if rehearsal.stop() else "was not running"))
    return 0


def _status(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    url = rehearsal.url()
    if url is None:
        return _absent(rehearsal)
    calls = Rehearsal(url).calls(log=False)
    print(f"AWS rehearsal runs at {url} (pid {rehearsal.pid()}): {calls.total} calls since the last reset, {calls.mutating} of them changes")
    return 0


def _reset(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    url = rehearsal.url()
    if url is None:
        return _absent(rehearsal)
    Rehearsal(url).reset()
    print(f"AWS rehearsal at {url} is empty")
    return 0


def _env(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    url = rehearsal.url()
    if url is None:
        return _absent(rehearsal)
    print("unset AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in environment(url, options.region, options.account).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _run(rehearsal: BackgroundRehearsal, options: argparse.Namespace) -> int:
    rehearsal.run(options.clusters)
    return 0


def _absent(rehearsal: BackgroundRehearsal) -> int:
    print(f"no AWS rehearsal runs in {rehearsal.directory}; start one with `start`", file=sys.stderr)
    return _NOT_RUNNING


def environment(url: str, region: str, account: str | None) -> dict[str, str]:
    """What makes every AWS client talk to the rehearsal, and keeps the user's own profiles out of it."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account or ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


if __name__ == "__main__":
    sys.exit(main())
