"""The generator page in a real browser, and its Python beside this one; see `nox -s page`.

`nox -s docs` has to build the page first.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from tests.page.answers import write_answers
from tests.report.deviations import DATA
from tests.test_data import CASES, INVALID, MESSAGES, VALID, Check, cases, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE: Final = Path("docs/_build/html").resolve()
PYTHON: Final = SITE / "_static" / "generator" / "python"
# What Debian's nginx sends: it takes .mjs for octets.
TYPES: Final = {".mjs": "application/octet-stream", ".wasm": "application/wasm"}
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
# It is ready when a request of its own is answered, and answers each question with an error.
SLOW_WORKER: Final = """
    postMessage({ progress: 1 });
    fetch("wait").then(() => postMessage({ ready: true }));
    addEventListener("message", ({ data: { id } }) => postMessage({ id, error: "no answer" }));
"""
# So much may be loaded before the first touch.
MOST_AT_FIRST: Final = 600_000
VALUE: Final = "v=TLSRPTv1; rua=mailto:tls@example.com"
# Starting Python takes a few seconds, and more on a busy machine.
expect.set_options(timeout=30_000)

POLICY: Final = re.compile(r'<meta content="([^"]*)" http-equiv="Content-Security-Policy"')


class Handler(SimpleHTTPRequestHandler):
    """The documentation under a path of its own, with the policy that it names."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012
    prefix = "/docs/latest"

    def translate_path(self, path: str) -> str:
        if not path.startswith(f"{self.prefix}/"):
            return str(SITE / "missing")
        return super().translate_path(path.removeprefix(self.prefix))

    def end_headers(self) -> None:
        (policy,) = POLICY.findall((SITE / "generator.html").read_text(encoding="utf-8"))
        self.send_header("Content-Security-Policy", unescape(policy))
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the page is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{Handler.prefix}/generator.html"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """A browser window that asks nobody but the server of the page."""
    origin = address.partition(Handler.prefix)[0]
    context = chromium.new_context()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    yield context
    context.close()
    known = (origin, "about:srcdoc", f"blob:{origin}", "data:", "file:")
    assert not [url for url in requests if not url.startswith(known)]


@pytest.fixture
def quiet() -> list[str]:
    """What the browser complains about; tests that make it complain empty the list."""
    return []


@pytest.fixture
def page(context: BrowserContext, address: str, quiet: list[str]) -> Iterator[Page]:
    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            quiet.append(message.text)

    page = context.new_page()
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.on("pageerror", lambda error: quiet.append(str(error)))
    page.on("console", note)
    page.goto(address)
    expect(page.locator("#tlsrpt-inert")).to_have_count(0)
    yield page
    assert quiet == []


def generate(page: Page, domain: str, endpoints: str) -> None:
    page.locator("#tlsrpt-domain").fill(domain)
    page.locator("#tlsrpt-endpoints").fill(endpoints)
    page.locator("#tlsrpt-generate").click()


def check(page: Page, text: str) -> None:
    page.locator("#tlsrpt-record").fill(text)
    page.locator("#tlsrpt-check").click()
    expect(page.locator("#tlsrpt-checked")).to_be_visible()


def read(page: Page, *names: str) -> FrameLocator:
    """The frame with what some files say."""
    page.locator("#tlsrpt-files").set_input_files([DATA / name for name in names])
    return shown(page)


def shown(page: Page) -> FrameLocator:
    expect(page.locator("#tlsrpt-summary")).to_be_visible()
    return page.frame_locator("#tlsrpt-summary iframe")


# --- The form -----------------------------------------------------------------------------------


def test_a_record_is_generated(page: Page) -> None:
    generate(page, "bücher.example", "mailto:tls@example.com\n\nhttps://r.example/v1")
    value = "v=TLSRPTv1; rua=mailto:tls@example.com,https://r.example/v1"
    expect(page.locator("#tlsrpt-host")).to_have_text("_smtp._tls.xn--bcher-kva.example")
    expect(page.locator("#tlsrpt-value")).to_have_text(value)
    expect(page.locator("#tlsrpt-ready")).to_have_text("Publish this TXT record")
    expect(page.locator("#tlsrpt-announcement")).to_contain_text("The record is ready")
    expect(page.locator("#tlsrpt-zone")).to_be_hidden()
    page.locator("#tlsrpt-form summary").click()
    zone = f'_smtp._tls.xn--bcher-kva.example. 3600 IN TXT "{value}"'
    expect(page.locator("#tlsrpt-zone")).to_have_text(zone)
    expect(page.locator("#tlsrpt-rdata")).to_have_text(f'"{value}"')
    expect(page.locator("#tlsrpt-result")).to_contain_text("TLS-RPT works without MTA-STS")


def test_drawbacks_come_with_the_record(page: Page) -> None:
    generate(page, "example.org", "mailto:tls@b.local")
    expect(page.locator("#tlsrpt-ready + #tlsrpt-drawbacks mark")).to_have_text("b.local")
    expect(page.locator("#tlsrpt-ready")).to_contain_text("Read the warnings")
    expect(page.locator("#tlsrpt-announcement")).to_contain_text("Read the warnings")


def test_all_problems_are_shown_by_line_and_can_be_corrected(page: Page) -> None:
    generate(
        page, "tls@example.com", "mailto:tls@example.com\nmailt:tls@example.com\nhttp://r.example/"
    )
    problems = page.locator("#tlsrpt-problems li")
    expect(problems).to_have_count(3)
    expect(problems.nth(0)).to_contain_text("Domain: tls@example.com is an e-mail address")
    expect(problems.nth(1)).to_contain_text('Line 2: "mailt:" is a misspelled scheme')
    expect(problems.nth(1)).to_contain_text("write mailto:tls@example.com")
    expect(problems.nth(2)).to_contain_text("Line 3: senders report to https")
    expect(problems.nth(2).get_by_role("button")).to_have_count(0)
    expect(page.locator("#tlsrpt-domain")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#tlsrpt-announcement")).to_contain_text("3 problems")
    problems.nth(0).get_by_role("button", name="Write it").click()
    expect(page.locator("#tlsrpt-domain")).to_have_value("example.com")
    expect(problems).to_have_count(2)
    problems.nth(0).get_by_role("button", name="Write it").click()
    lines = "mailto:tls@example.com\nmailto:tls@example.com\nhttp://r.example/"
    expect(page.locator("#tlsrpt-endpoints")).to_have_value(lines)
    expect(problems).to_have_count(1)
    page.locator("#tlsrpt-endpoints").fill("mailto:tls@example.com")
    page.locator("#tlsrpt-generate").click()
    expect(page.locator("#tlsrpt-value")).to_have_text(VALUE)
    expect(problems).to_have_count(0)
    expect(page.locator("#tlsrpt-endpoints")).to_have_attribute("aria-invalid", "false")


def test_a_list_of_addresses_can_be_written_line_by_line(page: Page) -> None:
    generate(page, "example.com", "tls@example.com, reports@example.com")
    page.locator("#tlsrpt-problems").get_by_role("button", name="Write it").click()
    value = f"{VALUE},mailto:reports@example.com"
    expect(page.locator("#tlsrpt-value")).to_have_text(value)


def test_a_correction_does_not_overwrite_what_has_been_typed_since(page: Page) -> None:
    generate(page, "example.com", "mailt:a@example.com\nmailt:b@example.com")
    buttons = page.locator("#tlsrpt-problems").get_by_role("button")
    expect(buttons).to_have_count(2)
    page.locator("#tlsrpt-endpoints").fill("mailto:c@example.com")
    buttons.nth(1).click()
    expect(page.locator("#tlsrpt-value")).to_have_text("v=TLSRPTv1; rua=mailto:c@example.com")


def test_no_result_stands_beside_newer_input(page: Page) -> None:
    generate(page, "example.com", "mailto:tls@example.com")
    expect(page.locator("#tlsrpt-result")).to_be_visible()
    page.locator("#tlsrpt-domain").press("x")
    expect(page.locator("#tlsrpt-result")).to_be_hidden()
    generate(page, "", "")
    expect(page.locator("#tlsrpt-problems li")).to_have_count(2)
    page.locator("#tlsrpt-domain").press("x")
    heading = page.locator("#tlsrpt-problems h3")
    expect(heading).to_have_accessible_name(re.compile(r"2 problems \(before your last change\)$"))
    check(page, "v=TLSRPTv1; rua=tls@example.com")
    expect(page.locator("#tlsrpt-fixed")).to_be_visible()
    page.locator("#tlsrpt-record").press("x")
    expect(page.locator("#tlsrpt-fixed")).to_be_hidden()
    verdict = page.locator("#tlsrpt-verdict")
    expect(verdict).to_have_accessible_name(re.compile(r"work \(before your last change\)$"))
    page.locator("#tlsrpt-check").click()
    expect(verdict).to_have_accessible_name(re.compile(r"work$"))


def test_a_question_waits_for_python_unless_it_is_outdated(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/python.zip", hold)
    generate(page, "example.com", "mailto:tls@example.com")
    page.locator("#tlsrpt-record").fill(VALUE)
    page.locator("#tlsrpt-check").click()
    page.locator("#tlsrpt-domain").press("End")
    page.locator("#tlsrpt-domain").press("x")
    expect(page.locator("#tlsrpt-loading [role=status]")).to_contain_text("Loading Python")
    expect(page.locator("#tlsrpt-loading progress")).to_be_visible()
    page.wait_for_timeout(200)
    held[0].continue_()
    expect(page.locator("#tlsrpt-verdict")).to_have_text("This record works")
    expect(page.locator("#tlsrpt-loading")).to_be_hidden()
    expect(page.locator("#tlsrpt-result")).to_be_hidden()


def test_values_are_copied(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    generate(page, "example.com", "mailto:tls@example.com")
    page.get_by_role("button", name="Copy value").click()
    expect(page.locator("#tlsrpt-announcement")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == VALUE


# --- The checker --------------------------------------------------------------------------------


def test_a_record_is_checked_and_corrected(page: Page) -> None:
    check(page, "v=TSLRPTv1; rua=mailto:\U0001f600@example.com,tls@example.com")
    expect(page.locator("#tlsrpt-verdict")).to_have_text("This record does not work")
    marks = page.locator("#tlsrpt-findings mark")
    expect(marks.first).to_have_text("v=TSLRPTv1")
    expect(marks.last).to_have_text("tls@example.com")
    check(page, "v=TLSRPTv1; rua=tls@example.com")
    expect(page.locator("#tlsrpt-fixed")).to_have_text(VALUE)


def test_findings_link_to_their_explanation(page: Page) -> None:
    check(page, "v=TLSRPTv1; rua=tls@example.com")
    page.locator("#tlsrpt-findings").get_by_role("link", name="bare-address").click()
    expect(page.locator("#bare-address h3")).to_contain_text("bare-address")


def test_the_answer_of_dig_is_checked(page: Page) -> None:
    comments = "; <<>> DiG <<>> TXT _smtp._tls.example.com\n;; ANSWER SECTION:\n"
    check(page, f'{comments}_smtp._tls.example.com. 300 IN TXT "{VALUE}"\n')
    expect(page.locator("#tlsrpt-verdict")).to_have_text("This record works")
    expect(page.locator("#tlsrpt-published-value")).to_have_text(VALUE)
    check(page, ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n")
    expect(page.locator("#tlsrpt-verdict")).to_have_text("There is no TLS-RPT record")


def test_what_is_no_record_is_called_so(page: Page) -> None:
    check(page, "example.com")
    expect(page.locator("#tlsrpt-verdict")).to_have_text("This is not a TLS-RPT record")
    check(page, "")
    expect(page.locator("#tlsrpt-verdict")).to_have_text("Paste a record")
    expect(page.locator("#tlsrpt-announcement")).to_have_text("Paste a record.")
    expect(page.locator("#tlsrpt-findings li")).to_have_count(0)


def test_lines_are_shown_as_lines(page: Page) -> None:
    check(page, f"Host: _smtp._tls\nType: TXT\nTTL: 3600\nValue: {VALUE}")
    mark = page.locator("#tlsrpt-findings mark")
    assert mark.inner_text().splitlines()[:2] == ["Host: _smtp._tls", "Type: TXT"]


def test_a_long_text_is_checked_in_its_place_in_utf_16(page: Page) -> None:
    check(page, f"v=TLSRPTv1; x={400 * '😀'}; rua=mailto:tls@example.com;;")
    expect(page.locator("#tlsrpt-findings mark").first).to_contain_text("😀😀")


# --- The report reader --------------------------------------------------------------------------


def test_reports_are_read_and_drawn(page: Page) -> None:
    names = ("sound.json", "two-members.json.gz", "sound.eml", "zip-for-gzip.eml", "empty.eml")
    frame = read(page, *names)
    expect(page.locator("#tlsrpt-reading")).to_have_text("1 report, 3 duplicates left out")
    expect(frame.get_by_role("heading", name="example.com", exact=True)).to_be_visible()
    expect(frame.get_by_role("img", name="Sessions per day, 2025-02-23 to")).to_be_visible()
    expect(frame.get_by_role("row", name="2025-03-01 5,329 3 <0.1%", exact=True)).to_be_visible()
    expect(frame.get_by_text("Renew it, and make sure")).to_be_visible()
    expect(frame.get_by_role("row", name="empty.eml")).to_contain_text("there is no TLS report")
    # The same file again
    read(page, "sound.json")
    expect(page.locator("#tlsrpt-reading")).to_have_text("1 report")


def test_a_report_that_was_read_in_spite_of_an_error_is_named(page: Page) -> None:
    frame = read(page, "truncated.json.gz")
    expect(page.locator("#tlsrpt-reading")).to_have_text("1 report")
    expect(page.locator("#tlsrpt-notes li")).to_contain_text("read, but the gzip stream ends early")
    expect(frame.locator("main")).not_to_contain_text("could not be read")
    read(page, "sound.json")
    expect(page.locator("#tlsrpt-notes li")).to_have_count(0)


def test_the_frame_runs_no_script_and_is_as_tall_as_what_it_shows(page: Page) -> None:
    frame = read(page, "sound.json")
    expect(page.locator("#tlsrpt-summary iframe")).to_have_attribute("sandbox", "allow-same-origin")
    expect(frame.locator("h1")).to_be_visible()
    expect_no_scrolling(page)
    tall = height(page)
    frame.locator("summary").click()
    expect(frame.get_by_role("columnheader", name="Days (UTC)")).to_be_visible()
    expect_no_scrolling(page)
    assert height(page) > tall
    frame.locator("summary").click()
    expect_no_scrolling(page)
    assert height(page) == tall
    page.set_viewport_size({"width": 390, "height": 800})
    expect_no_scrolling(page)
    assert height(page) > tall


def height(page: Page) -> float:
    box = page.locator("#tlsrpt-summary iframe").bounding_box()
    assert box
    return box["height"]


def expect_no_scrolling(page: Page) -> None:
    """The frame settles at a height at which nothing in it is cut off, and nothing is empty."""
    for _ in range(50):
        page.wait_for_timeout(100)
        inner = page.locator("#tlsrpt-summary iframe").evaluate(
            """frame => {
                const { documentElement, body } = frame.contentDocument;
                return [documentElement.scrollHeight, documentElement.scrollWidth,
                    Math.ceil(body.getBoundingClientRect().height), frame.clientHeight,
                    frame.clientWidth];
            }"""
        )
        scroll_height, scroll_width, body, tall, wide = inner
        if scroll_height == body == tall and scroll_width <= wide:
            return
    raise AssertionError(inner)


def test_what_is_shown_is_saved_as_a_file(page: Page, tmp_path: Path) -> None:
    read(page, "sound.json")
    with page.expect_download() as download:
        page.locator("#tlsrpt-save").click()
    assert download.value.suggested_filename == "tls-reports.html"
    saved = tmp_path / "saved.html"
    download.value.save_as(saved)
    other = page.context.new_page()
    other.goto(saved.as_uri())
    expect(other.get_by_role("heading", name="TLS reports", exact=True)).to_be_visible()
    text = saved.read_text(encoding="utf-8")
    assert text == page.locator("#tlsrpt-summary iframe").get_attribute("srcdoc")


def test_a_sample_is_shown(page: Page) -> None:
    page.locator("#tlsrpt-sample").click()
    frame = shown(page)
    expect(frame.get_by_role("heading", name="A sample: 90 invented reports")).to_be_visible()
    expect(frame.get_by_text("not ready for enforce")).to_be_visible()
    expect(page.locator("#tlsrpt-reading")).to_have_text("A sample: 90 invented reports")
    expect(page.locator("#tlsrpt-announcement")).to_contain_text("The summary follows")


def test_a_link_in_the_frame_leads_to_its_place(page: Page, address: str) -> None:
    frame = read(page, "sound.json", "empty.eml")
    frame.get_by_role("link", name="1 item could not be read").click()
    expect(frame.get_by_role("heading", name="What could not be read")).to_be_in_viewport()
    expect(page).to_have_url(address)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_frame_follows_the_theme_of_the_documentation(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    page.evaluate("theme => { document.body.dataset.theme = theme; }", theme)
    heading = read(page, "sound.json").locator("h1")
    assert is_bright(heading) is (theme == "dark")
    page.evaluate("() => { document.body.dataset.theme = 'auto'; }")
    assert is_bright(heading) is (theme == "light")
    page.emulate_media(media="print", color_scheme="dark")
    assert not is_bright(heading)


def test_files_are_dropped_anywhere_on_the_page(page: Page) -> None:
    data = page.evaluate_handle(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "report.json"));
            return data;
        }""",
        (DATA / "sound.json").read_text(encoding="utf-8"),
    )
    page.dispatch_event("h1", "dragover", {"dataTransfer": data})
    expect(page.locator("#tlsrpt-drop")).to_have_class(re.compile("tlsrpt-over"))
    page.dispatch_event("h1", "drop", {"dataTransfer": data})
    expect(shown(page).locator("main")).to_contain_text("1 report")


def test_a_file_that_ends_python_does_not_end_the_page(
    page: Page, tmp_path: Path, quiet: list[str]
) -> None:
    bomb = tmp_path / "bomb.json"
    bomb.write_text(100_000 * '{"a":[', encoding="ascii")
    page.locator("#tlsrpt-files").set_input_files(bomb)
    alert = page.locator("#tlsrpt-reports-form > [role=alert]")
    expect(alert).to_contain_text("This did not work")
    read(page, "sound.json")
    expect(alert).to_have_count(0)
    assert quiet
    quiet.clear()


# --- Text from strangers ------------------------------------------------------------------------


def test_hostile_text_is_shown_escaped(page: Page) -> None:
    check(page, "v=TLSRPTv1; rua=<img src=x onerror=alert(1)>,\u202emailto:tls@example.com")
    expect(page.locator("#tlsrpt-findings img")).to_have_count(0)
    expect(page.locator("#tlsrpt-findings")).to_contain_text("\\u202e")
    text = read(page, "hostile-text.json").locator("main").inner_text()
    assert "\\x1b[2J" in text
    assert "\x1b" not in text


# --- Loading ------------------------------------------------------------------------------------


def test_little_is_loaded_before_the_first_touch(page: Page, address: str) -> None:
    responses: list[int] = []
    page.on("response", lambda response: responses.append(len(response.body())))
    page.goto(address, wait_until="networkidle")
    assert len(responses) > 10
    assert sum(responses) < MOST_AT_FIRST
    with page.expect_request("**/pyodide.asm.wasm"):
        page.locator("#tlsrpt-record").focus()


def test_what_cannot_be_loaded_is_told_and_tried_again(page: Page, quiet: list[str]) -> None:
    page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(status=404))
    generate(page, "example.com", "mailto:tls@example.com")
    alert = page.locator("#tlsrpt-loading [role=alert]")
    expect(alert).to_contain_text("Python could not be loaded")
    expect(alert).to_contain_text("pyodide.asm.wasm: status 404")
    page.unroute("**/pyodide.asm.wasm")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("#tlsrpt-value")).to_have_text(VALUE)
    expect(alert).to_be_hidden()
    quiet.clear()


def test_a_missing_script_is_told(page: Page, quiet: list[str]) -> None:
    page.route("**/pyodide.js", lambda route: route.fulfill(status=404))
    page.locator("#tlsrpt-domain").focus()
    expect(page.locator("#tlsrpt-loading [role=alert]")).to_contain_text("could not be loaded")
    quiet.clear()


def test_silence_is_told_and_python_that_comes_after_it_is_used(page: Page) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.clock.install()
    page.route(
        "**/worker.js",
        lambda route: route.fulfill(body=SLOW_WORKER, content_type="text/javascript"),
    )
    page.route("**/wait", hold)
    with page.expect_request("**/wait"):
        page.locator("#tlsrpt-domain").focus()
    expect(page.locator("#tlsrpt-loading [role=status]")).to_contain_text("Starting Python")
    page.clock.fast_forward("01:00")
    alert = page.locator("#tlsrpt-loading [role=alert]")
    expect(alert).to_contain_text("nothing has arrived for 45 seconds")
    waiting[0].fulfill()
    expect(alert).to_be_hidden()
    generate(page, "example.com", "mailto:tls@example.com")
    expect(page.locator("#tlsrpt-form > [role=alert]")).to_contain_text("no answer")
    assert len(waiting) == 1


def test_the_policy_keeps_the_page_from_sending(page: Page, quiet: list[str]) -> None:
    sent = page.evaluate("fetch('http://127.0.0.2:9/').then(() => true, () => false)")
    assert sent is False
    assert "Content Security Policy" in quiet[0]
    quiet.clear()


# --- For everybody ------------------------------------------------------------------------------


def test_the_keyboard_is_enough(page: Page) -> None:
    page.locator("#tlsrpt-domain").focus()
    page.keyboard.type("example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("mailt:tls@example.com")
    page.keyboard.press("Tab")
    expect(page.locator("#tlsrpt-generate")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#tlsrpt-problems li")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Write it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#tlsrpt-value")).to_have_text(VALUE)
    expect(page.locator("#tlsrpt-endpoints")).to_be_focused()
    for name in ("Generate record", "Copy host", "Copy value"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#tlsrpt-zone")).to_be_visible()


def test_every_field_has_a_label_and_a_description(page: Page) -> None:
    for selector in ("#tlsrpt-domain", "#tlsrpt-endpoints", "#tlsrpt-record", "#tlsrpt-files"):
        field = page.locator(selector)
        expect(field).to_have_accessible_name(re.compile("[a-z]"))
        expect(field).to_have_accessible_description(re.compile("[a-z]"))


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_cut_off_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    generate(page, "example.com", f"mailto:{60 * 'a'}@{60 * 'b'}.example,x\n{200 * 'y'}")
    expect(page.locator("#tlsrpt-problems li")).to_have_count(2)
    check(page, f"v=TLSRPTv1; rua=https://{50 * 'b.'}example/{100 * 'c'},{60 * 'd'}@e.example")
    read(page, "sound.json", "hostile-text.json", "rfc-8460-example.json", "empty.eml")
    expect_no_scrolling(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    generate(page, "example.com", f"https://{50 * 'b.'}example/{100 * 'c'}")
    expect(page.locator("#tlsrpt-value")).to_be_visible()
    page.locator("#tlsrpt-form summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_colours_follow_the_theme_of_the_documentation(
    page: Page, system: Literal["light", "dark"], theme: str
) -> None:
    page.evaluate("theme => { document.body.dataset.theme = theme; }", theme)
    field, button = page.locator("#tlsrpt-domain"), page.locator("#tlsrpt-generate")
    page.emulate_media(color_scheme=system)
    is_dark = theme == "dark" or (theme == "auto" and system == "dark")
    assert is_bright(field) is is_dark
    assert is_bright(button) is not is_dark
    page.emulate_media(color_scheme=system, media="print")
    assert not is_bright(field)
    assert is_bright(button)


def is_bright(text: Locator) -> bool:
    colour = text.evaluate("element => getComputedStyle(element).color")
    return int(re.findall("[0-9]+", colour)[0]) > 128


def test_without_javascript_a_note_says_so(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_text("These forms need JavaScript")).to_be_visible()
    expect(page.locator("#tlsrpt-inert")).to_be_hidden()
    context.close()


def test_opened_as_a_file_a_note_says_so(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto((SITE / "generator.html").as_uri())
    expect(page.locator("#tlsrpt-inert")).to_be_visible()


# --- The archive --------------------------------------------------------------------------------


def test_the_archive_answers_as_this_python(tmp_path: Path) -> None:
    texts = [*VALID, *INVALID, *(Check.of(case.given).text for case in CASES)]
    texts += [unescaped(case.given.partition(" ")[2]) for case in cases(MESSAGES)]
    files = [str(path) for path in sorted(DATA.iterdir())]
    questions = [
        *(["check_record", [text]] for text in texts),
        *(["generate_record", ["example.com", text]] for text in texts),
        *(["generate_record", [text, "mailto:tls@example.com"]] for text in texts),
        *(["summarize_files", [[[path, path]]]] for path in files),
        ["summarize_files", [[[path, path] for path in files]]],
        ["show_sample", []],
    ]
    assert len(questions) > 2000
    asked = tmp_path / "questions.json"
    asked.write_text(json.dumps(questions), encoding="ascii")
    write_answers(asked, tmp_path / "here.json")
    node = ("node", "tests/page/pyodide.mjs", str(PYTHON), "tests/page/answers.py")
    there = tmp_path / "there.json"
    subprocess.run([*node, str(asked), str(there), str(tmp_path)], check=True)
    here = json.loads((tmp_path / "here.json").read_bytes())
    for question, one, other in zip(questions, here, json.loads(there.read_bytes()), strict=True):
        assert other == one, question


def test_the_licences_are_there() -> None:
    folder = PYTHON / "licenses"
    assert "Mozilla Public License" in (folder / "pyodide.txt").read_text(encoding="utf-8")
    assert "PYTHON SOFTWARE FOUNDATION" in (folder / "python.txt").read_text(encoding="utf-8")
    assert {path.stem for path in folder.iterdir()} == {"idna", "pyodide", "python", "rfc3986"}
