# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up what the stack modules of a run report, for the rehearsal's summary. The playbooks know nothing of it."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: outcomes
type: aggregate
short_description: Adds up what stack modules report
description: Writes how many objects were created, updated, replaced, deleted and left unchanged, and how many of each kind were created,
  to the file that REHEARSAL_OUTCOMES names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outcomes"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def v2_runner_on_ok(self, result: Any) -> None:
        reported = result.result
        self.counts.update(reported.get("counts", {}))
        self.kinds.update(change["kind"] for change in reported.get("changes", ()) if change["action"] == "create")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        Path(os.environ["REHEARSAL_OUTCOMES"]).write_text(json.dumps({"counts": self.counts, "kinds": self.kinds}))
