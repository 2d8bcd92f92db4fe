#!/usr/bin/env bash
# Makes .venv as locked and shows the checkout to Ansible as fintech.platform; a second run does nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python=${PYTHON:-python3}
lock=requirements-dev.txt
stamp=.venv/.locked

fail() {
    printf 'make setup: %s\n' "$@" >&2
    exit 1
}

link=.build/collections/ansible_collections/fintech/platform
mkdir -p "$(dirname "$link")"
ln -sfn ../../../.. "$link"

# A moved checkout breaks the programs of its .venv, which name their interpreter by path.
wanted="$(pwd -P) $(cksum < "$lock")"
if [[ -x .venv/bin/python && -f $stamp && "$(< "$stamp")" == "$wanted" ]]; then
    exit 0
fi

command -v "$python" > /dev/null ||
    fail "no program '$python'. Install Python 3.11 or later, or name one: make setup PYTHON=/path/to/python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "'$python' is $("$python" -V 2>&1), but ansible-core 2.19 needs Python 3.11 or later. Name a newer one: make setup PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2> /dev/null ||
    fail "'$python' cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"

rm -f "$stamp"
[[ -x .venv/bin/python ]] && .venv/bin/python -c '' 2> /dev/null || "$python" -m venv --clear .venv
total=$(grep -c '^[a-z].*==' "$lock")
echo "Installing $total locked packages into .venv: one to two minutes the first time."
.venv/bin/pip install --disable-pip-version-check --progress-bar off --require-hashes -r "$lock" |
    awk -v total="$total" '
        /^(Collecting|Requirement already satisfied)/ { if (++n % 25 == 0) { printf "  %d of %d found\n", n, total; fflush() } }
        /^Installing collected/ { print "  unpacking"; fflush() }'
echo "$wanted" > "$stamp"
echo "Ready: .venv ($(.venv/bin/python -V)), $(.venv/bin/ansible --version | head -n 1)."
