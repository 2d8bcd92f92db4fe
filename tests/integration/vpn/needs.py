# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine needs for real tunnels, and what is told where it is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"  # where Debian has them; a user's PATH may lack both

# Program or file: the Debian package that has it. tests/tools/programs.sh installs the packages.
STRONGSWAN = {
    "charon-systemd": "charon-systemd",
    "swanctl": "strongswan-swanctl",
    "/usr/lib/ipsec/plugins/libstrongswan-openssl.so": "libstrongswan-standard-plugins",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
}
LIBIPSEC = {"/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so": "libcharon-extra-plugins"}
FRR = {"/usr/lib/frr/bgpd": "frr"}
USER_MODE_LINUX = {"linux.uml": "user-mode-linux", "modprobe": "kmod", "iptables-legacy": "iptables", "cc": "gcc"}


def require(*needs: dict[str, str], namespaces: bool = False) -> None:
    """Skip the test where something is missing, and say how to get it; under CI that fails, since nobody reads what was skipped."""
    if problem := _missing(needs) or (_no_namespaces() if namespaces else ""):
        if os.environ.get("CI"):
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)


def _missing(needs: Iterable[dict[str, str]]) -> str:
    if platform.system() != "Linux":
        return f"Real tunnels need Linux, and this is {platform.system()}. Run the test in a virtual machine with Debian 12."
    packages = sorted({package for need in needs for program, package in need.items() if not (shutil.which(program) or Path(program).exists())})
    return f"Real tunnels need {', '.join(packages)}. As root on Debian or Ubuntu: apt-get install {' '.join(packages)}" if packages else ""


def _no_namespaces() -> str:
    if os.geteuid() != 0:
        return "Network namespaces need root. Run the test as root, for example with sudo."
    tried = subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"This machine allows no network namespaces ({tried.stderr.strip()}). In a container, give it --privileged."
    if not Path("/dev/net/tun").exists():
        return "This machine has no /dev/net/tun, which kernel-libipsec needs. Load the module tun; in a container, add --device /dev/net/tun."
    return ""
