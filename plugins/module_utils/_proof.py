# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that proves something of what is live: it changes nothing, writes a picture where it is asked to, and fails by its verdict."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ._engine.errors import PlatformError
from ._module import SCOPE_SPEC, _place, _region, _run

Prove = Callable[[Mapping[str, Any], str, Any], dict[str, Any]]
Verdict = Callable[[Mapping[str, Any], str], "str | None"]


def run_proof(prove: Prove, verdict: Verdict, spec: Mapping[str, Any]) -> None:
    """``prove(parameters, region, place)`` answers the result, with ``svg``; ``verdict(result, fail_on)`` what is wrong with it, if anything."""

    def work(module: Any) -> dict[str, Any]:
        result = prove(module.params, _region(module), _place(module))
        picture = result.pop("svg")
        if picture is not None:
            result["changed"] = _written(module, Path(module.params["picture"]), picture)
        problem = verdict(result, module.params["fail_on"])
        if problem:
            raise PlatformError(problem, **result)
        return result

    _run(AnsibleAWSModule(argument_spec={**spec, **SCOPE_SPEC}, supports_check_mode=True), work)


def _written(module: Any, path: Path, text: str) -> bool:
    """Whether the file is, or in check mode would be, another than before."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    if not path.parent.is_dir():
        raise PlatformError(f"The picture cannot be written: there is no directory {path.parent}.")
    if not module.check_mode:
        handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        module.atomic_move(temporary, str(path))
    return True
