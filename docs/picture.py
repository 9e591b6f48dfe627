"""Draw the pictures of index.md: `picture.py SITE FOLDER`, which `nox -s picture` runs.

They show the two pages of the product as they are, with invented data: the generator page after a
click, and the page of reports. Draw them anew when one of the pages looks different.
"""

from __future__ import annotations

import base64
import shutil
import sys
import threading
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from sample import sample_reports
from tlsrpt.report import summarize
from tlsrpt.report.html import html_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

# In CSS pixels. The index gives them half the width of its text, or that of a phone.
_WIDTH: Final = 590
_HEIGHT: Final = 945
# Dots per CSS pixel: more than one, for screens that have them.
_SCALE: Final = 1.5
_QUALITY: Final = 40
_TODAY: Final = date(2026, 6, 1)


def _top(page: Page, selector: str) -> float:
    return float(page.locator(selector).evaluate("e => e.getBoundingClientRect().top + scrollY"))


def _show_generator(page: Page, address: str) -> float:
    """Fill in the form, and say where the picture begins."""
    page.goto(f"{address}/generator.html")
    page.fill("#tlsrpt-domain", "example.com")
    page.fill("#tlsrpt-endpoints", "mailto:tls-reports@example.com")
    page.click("#tlsrpt-generate")
    page.wait_for_selector("#tlsrpt-ready:not(:empty)", timeout=120_000)
    return _top(page, "#generate-a-record > h2") - 12


def _show_reports(page: Page, _: str) -> float:
    page.set_content(html_page(summarize(sample_reports(_TODAY)), today=_TODAY))
    # Below the line between two sections
    return _top(page, "main > section > h2") + 6


_PICTURES: Final[dict[str, Callable[[Page, str], float]]] = {
    "generator": _show_generator,
    "reports": _show_reports,
}


def _photograph(page: Page, top: float) -> bytes:
    """A picture as WebP, which is smaller than what `Page.screenshot` offers."""
    page.evaluate("document.activeElement.blur()")
    clip = {"x": 0, "y": top, "width": _WIDTH, "height": _HEIGHT, "scale": _SCALE}
    options = {"format": "webp", "quality": _QUALITY, "clip": clip, "captureBeyondViewport": True}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    return base64.b64decode(shot["data"])


def main(site: str, folder: Path) -> None:
    """Draw each page in light and in dark colours."""
    folder.mkdir(exist_ok=True)
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    with sync_playwright() as playwright, ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": _WIDTH, "height": _HEIGHT},
                color_scheme=scheme,
            )
            for name, show in _PICTURES.items():
                picture = _photograph(page, show(page, address))
                (folder / f"{name}-{scheme}.webp").write_bytes(picture)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
