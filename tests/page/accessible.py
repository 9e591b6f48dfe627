"""Run by `nox -s accessibility`: on no page does axe find anything, and nothing is cut off."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import sync_playwright

from tests.page.real import FLAGS, SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

AXE: Final = Path(os.environ["TLSRPT_AXE"]).read_text(encoding="utf-8")
# Tables and code that have to be scrolled. On a phone, Python may be.
CUT: Final = """() => [...document.querySelectorAll(".table-wrapper, .highlight pre")]
    .filter(each => each.scrollWidth > each.clientWidth)
    .filter(each => innerWidth > 1000 || !each.closest(".highlight-python, .doctest"))
    .map(each => each.innerText)
"""
PAGES: Final = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)


@pytest.fixture(scope="module", params=[(390, "dark"), (1400, "light")], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        browser.close()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SITE)))
def test_axe_finds_nothing(page: Page, path: Path) -> None:
    page.goto(path.as_uri())
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    assert page.evaluate(CUT) == []
