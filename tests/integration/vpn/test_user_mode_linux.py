# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As on AWS: a kernel with ESP and VTI in user-mode-linux, hosts behind both ends, and the loss of an endpoint that nobody announces.

About a minute, most of it the dead peer detection of the connection.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fintech.platform.plugins.filter.customer_gateway_configuration import strongswan_gateway_files

from . import platform_side
from .lab import KEYS
from .needs import FRR, STRONGSWAN, USER_MODE_LINUX, require

HERE = Path(__file__).parent
# Fewer plugins than the packages switch on: this kernel and its read-only root are no home for some.
STRONGSWAN_LAB = """
charon-systemd {
  load_modular = no
  load = random nonce openssl gcm aes sha2 hmac kdf pem pkcs1 x509 pubkey kernel-netlink socket-default vici updown
  filelog {
    stderr {
      default = 1
    }
  }
}
"""
KERNEL = ["mem=384M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", "con=null", "con0=fd:0,fd:1"]

Report = Mapping[str, list[str]]


def put(folder: Path, path: str, content: str, mode: str = "0644") -> None:
    target = folder / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    target.chmod(int(mode, 8))


def prepare(connection: Mapping[str, Any], folder: Path) -> None:
    """The machines' files, and what the guest's script has to know of them."""
    for file in strongswan_gateway_files(connection, KEYS):
        put(folder / "gateway", file["path"], file["content"], file["mode"])
    put(folder / "platform", "/etc/swanctl/conf.d/platform.conf", platform_side.swanctl(connection, KEYS))
    put(folder / "platform", "/etc/strongswan.d/platform.conf", "charon {\n  install_routes = no\n}\n")
    if connection["bgp"]:
        put(folder / "platform", "/etc/frr/frr.conf", platform_side.bgp(connection))
    for machine in ("gateway", "platform"):
        put(folder / machine, "/etc/strongswan.d/lab.conf", STRONGSWAN_LAB)
    one, two = connection["tunnels"]
    parameters = {
        "GATEWAY": connection["gateway_address"],
        "OUTSIDE_1": one["outside_address"],
        "OUTSIDE_2": two["outside_address"],
        "ADDRESS_1": one["platform_address"],
        "ADDRESS_2": two["platform_address"],
        "INTERFACE_1": "vti4097",
        "SERVICE": "/etc/systemd/system/strongswan.service.d/acme.conf",
        "PYTHON": sys.executable,
        "BGP": "yes" if connection["bgp"] else "",
    }
    put(folder, "parameters", "".join(f"{name}={value}\n" for name, value in parameters.items()))
    for script in ("guest.sh", "server.py", "client.py"):
        shutil.copy(HERE / script, folder)
    (folder / "guest.sh").chmod(0o755)


@contextlib.contextmanager
def booted(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A kernel whose console is the file ``console``; it and all that runs in it are gone at the end, and with the test's process."""
    shim = folder / "whole_xstate.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, HERE / "whole_xstate.c", "-ldl"], check=True)
    command = ["setpriv", "--pdeathsig", "KILL", "linux.uml", *KERNEL, f"init={folder}/guest.sh", f"LAB={folder}", f"umid={folder.name}{os.getpid()}"]
    environment = {**os.environ, "LD_PRELOAD": str(shim), "HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "console").open("w") as console:
        kernel = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            yield kernel
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kernel.pid, signal.SIGKILL)
            kernel.wait()


def read(console: Path) -> Report:
    """What the guest reports, by key."""
    lines = console.read_text(errors="replace").splitlines()
    report = defaultdict(list)
    for line in lines:
        if line.startswith("@@ "):
            _mark, key, value = line.rstrip().split(" ", 2)
            report[key].append(value)
    assert report["done"], "\n".join(["The guest did not finish:", *lines[-150:]])
    return report


@pytest.fixture(scope="module")
def consoles(documented_connection: Callable[[], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By routing. Both kernels run at once, since they mostly wait."""
    require(STRONGSWAN, USER_MODE_LINUX, FRR)
    connections = {"bgp": documented_connection(), "static": {**documented_connection(), "routing": "static", "bgp": None}}
    folders = {routing: tmp_path_factory.mktemp(routing) for routing in connections}
    with contextlib.ExitStack() as stack:
        for routing, connection in connections.items():
            prepare(connection, folders[routing])
        for kernel in [stack.enter_context(booted(folder)) for folder in folders.values()]:
            with contextlib.suppress(subprocess.TimeoutExpired):  # the test says what is missing
                kernel.wait(timeout=150)
    return {routing: folder / "console" for routing, folder in folders.items()}


@pytest.mark.slow
@pytest.mark.parametrize("routing", ["bgp", "static"])
def test_office_reaches_platform_and_keeps_reaching_it(routing: str, consoles: dict[str, Path]) -> None:
    report = read(consoles[routing])

    # Before a tunnel is up there is a default route, but not for the platform.
    assert report["before"] == ["RTNETLINK answers: Invalid argument"]
    associations = "\n".join(report["sas"])
    assert set(re.findall(r"^  (AES\S+)$", associations, re.MULTILINE)) == {"AES_GCM_16-256/PRF_HMAC_SHA2_512/ECP_384"}
    assert set(re.findall(r"^  (acme-\d): .*INSTALLED, TUNNEL, ESP:AES_GCM_16-256", associations, re.MULTILINE)) == {"acme-1", "acme-2"}
    assert "mtu 1438 " in report["link"][0]

    # Routes lead to the platform's networks alone, whatever the other side announces, and through the first tunnel.
    into_tunnels = {route.split()[0] for route in report["route"] if "vti" in route and "proto kernel" not in route}
    assert into_tunnels == ({"10.64.0.0/23"} if routing == "bgp" else {"10.64.0.0/23", "10.64.6.0/23"})

    received, segment, sender = report["received"][0].split()
    assert (received, sender) == ("1000000", "192.168.10.10")  # no address translation
    assert int(segment) == 1398 - 12  # what is left beside TCP's timestamps
    assert int(report["carried"][0]) > 1_000_000

    assert float(report["takeover"][0]) < 45
    assert " dev vti4098 " in report["then"][0]
