# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal.aws`: its life from start to stop, and what it leaves behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rehearsal.aws.__main__ import main
from rehearsal.aws.client import Rehearsal, RehearsalError
from rehearsal.aws.process import BackgroundRehearsal, ProcessError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory of its own; what runs there is stopped at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENV", raising=False)
    yield tmp_path
    for directory in (tmp_path / "build" / "rehearsal").glob("*"):
        BackgroundRehearsal(directory).stop()


def alive(pid: int) -> bool:
    """Whether the process runs. One that ended but that a container's first process never collected has no command line."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    command = Path(f"/proc/{pid}/cmdline")
    return not command.exists() or bool(command.read_bytes())


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rehearsal.aws", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_life_of_a_rehearsal(place, capsys) -> None:
    assert run("start", ENV="dev").returncode == 0
    directory = place / "build" / "rehearsal" / "dev"
    background = BackgroundRehearsal(directory)
    url, pid = background.url(), background.pid()
    assert url
    assert pid
    assert {path.name for path in directory.iterdir()} == {"pid", "url", "log"}

    again = run("start", "--name", "dev")
    assert again.returncode == 0
    assert f"runs already at {url} (pid {pid}" in again.stdout

    printed = run("env", "--name", "dev", "--account", "210987654321")
    script = 'set -eu; AWS_PROFILE=mine; eval "$0"; echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_DEFAULT_REGION ${AWS_PROFILE-none}"'
    shell = subprocess.run(["sh", "-c", script, printed.stdout], capture_output=True, text=True, check=True)
    assert shell.stdout.split() == [url, "210987654321", "eu-central-1", "none"]

    Rehearsal(url).latency(1)
    assert main(["status", "--name", "dev"]) == 0
    assert "0 calls since the last reset" in capsys.readouterr().out
    assert main(["reset", "--name", "dev"]) == 0

    assert main(["stop", "--name", "dev"]) == 0
    assert not directory.exists()
    with pytest.raises(RehearsalError):
        Rehearsal(url).health()
    assert not alive(pid)
    assert main(["stop", "--name", "dev"]) == 0
    assert "was not running" in capsys.readouterr().out


def test_several_run_side_by_side_with_their_own_state(place) -> None:
    urls: list[str] = []
    for name in ("one", "two"):
        background = BackgroundRehearsal(place / "build" / "rehearsal" / name)
        assert background.start() is True
        urls.append(background.url() or "")
    assert len({urlsplit(url).port for url in urls}) == 2
    Rehearsal(urls[0]).fault("error", times=None)
    assert Rehearsal(urls[1]).faults()["faults"] == []
    BackgroundRehearsal(place / "build" / "rehearsal" / "one").stop()
    assert Rehearsal(urls[1]).health()["healthy"]


def test_a_killed_rehearsal_is_started_anew(place) -> None:
    background = BackgroundRehearsal(place / "build" / "rehearsal" / "default")
    background.start()
    killed = background.pid() or 0
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert (background.directory / "pid").read_text() == str(killed)
    assert background.pid() is None
    assert background.start() is True
    assert background.pid() not in (None, killed)


def test_a_stale_pid_of_a_stranger_is_not_taken_for_it_nor_ended(place) -> None:
    directory = place / "build" / "rehearsal" / "default"
    directory.mkdir(parents=True)
    (directory / "pid").write_text(str(os.getpid()))
    (directory / "url").write_text("http://127.0.0.1:9")
    assert BackgroundRehearsal(directory).url() is None
    assert BackgroundRehearsal(directory).stop() is False
    assert not directory.exists()


def test_files_of_others_in_the_state_directory_stay(place) -> None:
    directory = place / "build" / "rehearsal" / "default"
    directory.mkdir(parents=True)
    (directory / "summary.json").write_text("{}")
    (directory / "url").write_text("http://127.0.0.1:9")
    BackgroundRehearsal(directory).stop()
    assert [path.name for path in directory.iterdir()] == ["summary.json"]


@pytest.mark.parametrize("command", ["status", "reset", "env"])
def test_without_a_rehearsal_commands_say_what_to_do(place, capsys, command) -> None:
    assert main([command]) == 3
    assert "start one with `start`" in capsys.readouterr().err


def test_a_start_that_fails_shows_the_log(place, monkeypatch) -> None:
    background = BackgroundRehearsal(place / "state")
    monkeypatch.setenv("PYTHONHOME", str(place))
    with pytest.raises(ProcessError, match="does not answer"):
        background.start()


def test_a_second_process_leaves_a_running_one_alone(place, monkeypatch) -> None:
    directory = place / "state"
    directory.mkdir()
    with (directory / "pid").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run("run", "--state", str(directory)).returncode == 1
