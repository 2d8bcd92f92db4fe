#!/usr/bin/env bash
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The real programs that integration tests need, where this machine can have them: elsewhere those tests say what they lack. Nothing of it is started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tunnels=(
    charon-systemd strongswan-swanctl libstrongswan-standard-plugins libcharon-extra-plugins
    frr user-mode-linux kmod iptables iputils-ping gcc libc6-dev
)
registries=(skopeo docker-registry)

command -v apt-get dpkg-query > /dev/null && ((EUID == 0)) || exit 0
missing=$(comm -13 <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii *//p' | sort -u) <(printf '%s\n' "${tunnels[@]}" "${registries[@]}" | sort))
[[ $missing ]] || exit 0
echo "Installing ${missing//$'\n'/, } for the tests of real programs: a quarter of a minute the first time."
# shellcheck disable=SC2086 # a word for each package
{ apt-get update && env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 SYSTEMD_OFFLINE=1 apt-get install -y --no-install-recommends $missing; } \
    > .build/apt.log 2>&1 || echo "That failed (.build/apt.log), so those tests will be skipped, or fail under CI." >&2
