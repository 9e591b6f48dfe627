"""The Python behind the generator page."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator_page import answer, check_record, generate_record, summarize_files
from tests.page.answers import write_answers
from tests.report.documents import text as document

if TYPE_CHECKING:
    from collections.abc import Iterator
