# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

MODULE = "fintech.platform.manifest_set"
PATTERN = frozenset("*?[")
UNSHOWN = "(not shown)"


class ActionModule(ActionBase):
    """Read files and render templates on the controller; the module gets their text as definitions."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        read = [self._source(path, self._text(path)) for path in self._paths("files", arguments.pop("src", None))]
        rendered = [self._source(path, self._rendered(path, task_vars or {})) for path in self._paths("templates", arguments.pop("templates", None))]
        arguments["definitions"] = [*_listed(arguments.get("definitions")), *read, *rendered]
        result.update(self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars))
        returned = result.get("invocation", {}).get("module_args", {})
        result["invocation"] = {"module_args": {name: value if _is_shown(name, value) else UNSHOWN for name, value in returned.items()}}
        return result

    def _paths(self, folder: str, names: Any) -> Iterator[Path]:
        """Where Ansible looks for files of that sort; of a pattern all that match, sorted."""
        for name in _listed(names):
            head, tail = (str(Path(name).parent), Path(name).name) if PATTERN & set(name) else (name, "")
            try:
                found = Path(self._find_needle(folder, head))
            except AnsibleError as error:
                raise AnsibleActionFail(f"There are no manifests {name}: {error}") from error
            paths = sorted(found.glob(tail)) if tail else [found]
            if not paths:
                raise AnsibleActionFail(f"No file matches {name} in {found}.")
            yield from paths

    def _text(self, path: Path) -> str:
        return str(self._loader.get_text_file_contents(str(path)))

    def _rendered(self, path: Path, variables: dict[str, Any]) -> str:
        """As the template module renders it: what it includes is searched for beside it, and in the role's and the playbook's templates."""
        stack = self._task.get_search_path()
        search = [str(path.parent), *(str(Path(each) / "templates") for each in stack), *map(str, stack)]
        templar = self._templar.copy_with_new_env(searchpath=search, available_variables=variables)
        try:
            rendered = templar.template(trust_as_template(self._text(path)))
        except AnsibleError as error:
            raise AnsibleActionFail(f"The manifests {path} cannot be rendered: {error}") from error
        return rendered if isinstance(rendered, str) else json.dumps(rendered)

    @staticmethod
    def _source(path: Path, text: str) -> str:
        return f"# Source: {path}\n{text}"


def _is_shown(option: str, value: Any) -> bool:
    """Ansible returns the options with the result, whatever becomes of the module."""
    return option != "definitions" and not (option == "kubeconfig" and isinstance(value, dict))


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
