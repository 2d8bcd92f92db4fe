# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where moto finds the overlay's response class."""

from __future__ import annotations

from .responses import Response

url_bases = [r"https?://route53resolver\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": Response.dispatch}
