"""How Sphinx builds this documentation."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docutils import nodes

from tlsrpt import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
author = copyright = _PROJECT["authors"][0]["name"]
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "generator"]
nitpicky = True
# Nothing is fetched to link the standard library's names. The others are arguments and the like,
# which docstrings put in backticks.
_UNLINKED = (
    "Any BinaryIO collections.abc.Iterable collections.abc.Mapping NamedTuple None Self "
    "TypeError ValueError bool bytes float int str tuple Severity docs/findings.md rrset rua "
    "strings code hint message problems Message email.message.Message date datetime "
    "datetime.date datetime.datetime os.PathLike collections.abc.AsyncGenerator "
    "collections.abc.AsyncIterable collections.abc.Iterator email.message.EmailMessage "
    "Lookup.status Status dns.resolver.BaseResolver dns.resolver.NoResolverConfiguration"
)
nitpick_ignore_regex = [("py:.*", re.escape(name)) for name in _UNLINKED.split()]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

default_role = "py:obj"
add_module_names = False
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 60
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_preprocess_types = True

# What is copied can be pasted: input without its prompts, and no output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

man_pages = [("reference/cli", "tlsrpt", "SMTP TLS Reporting (RFC 8460)", author, 1)]

html_theme = "furo"
html_title = f"tlsrpt {release}"
html_copy_source = False
html_show_sourcelink = False
# There are few modules: no index is needed to find them.
html_domain_indices = False
html_favicon = html_logo = "_static/favicon.svg"
html_static_path = ["_static"]
html_search_scorer = str(Path(__file__).with_name("search.js"))
html_css_files = ["tlsrpt.css"]


# --- The manual page ----------------------------------------------------------------------------


def _unlink(app: Sphinx, page: nodes.document, _: str) -> None:
    """Replace links by their text: the other pages are not there, and it has no anchors."""
    if app.builder.format != "man":
        return
    for link in list(page.findall(nodes.reference)):
        if link.get("internal"):
            link.replace_self(link.children)


# --- Accessibility: what Sphinx and Furo leave out ----------------------------------------------

_LINE: Final = "<dd>(.*)</dd>\n"
_ROW: Final = re.compile("<tr.*?</tr>", re.DOTALL)


def _label_cells(table: re.Match[str]) -> str:
    """Each cell has the text of its header, for `rows.css` to show."""
    labels = [re.sub("<.*?>", "", header) for header in re.findall("<th .*?</th>", table[0])]

    def label(row: re.Match[str]) -> str:
        rest = iter(labels)
        return re.sub("<td", lambda _: f'<td data-label="{next(rest)}"', row[0])

    return _ROW.sub(label, table[0])


_ACCESSIBLE: Final = (
    # A heading has a level.
    (re.compile('class="caption" role="heading"'), 'class="caption" role="heading" aria-level="2"'),
    # What scrolls can be reached by a keyboard.
    (re.compile("<pre>"), '<pre tabindex="0">'),
    # The name stands beside the icon.
    (re.compile('class="sidebar-logo" (.*?) alt="Logo"'), r'class="sidebar-logo" \1 alt=""'),
    # Two asides have two names.
    (
        re.compile('<aside class="sidebar-drawer">'),
        '<aside class="sidebar-drawer" aria-label="Pages">',
    ),
    # The page of search results has a title.
    (re.compile('<div id="search-results">'), '<h1>Search</h1>\n<div id="search-results">'),
    # The arguments of a signature, one a line, are no list of definitions.
    (
        re.compile(f"<dl>\n((?:{_LINE})+)</dl>"),
        lambda lines: re.sub(_LINE, r'<span class="argument">\1</span>', lines[1]),
    ),
    # A table that is shown as a list of its rows keeps its headers.
    (re.compile('<table class="docutils.*?</table>', re.DOTALL), _label_cells),
)


def _make_accessible(app: Sphinx, error: Exception | None) -> None:
    """For people who use a keyboard or a screen reader."""
    if error:
        return
    for page in app.outdir.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for pattern, replacement in _ACCESSIBLE:
            text = pattern.sub(replacement, text)
        page.write_text(text, encoding="utf-8")


# --- The generator page -------------------------------------------------------------------------

# What it may do: run its own scripts and WebAssembly, and fetch from where it is. Furo has a few
# inline scripts, which are named by their hashes, and inline styles.
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'"
)
_POLICY_MARK: Final = "CONTENT-SECURITY-POLICY"
_INLINE_SCRIPT: Final = re.compile("<script>(.*?)</script>", re.DOTALL)


def _add_generator_files(app: Sphinx, page: str, *_: object) -> None:
    if page == "generator":
        app.add_css_file("generator/page.css")
        app.add_js_file("generator/page.js", type="module")


def _add_rows(app: Sphinx, page: str, *_: object) -> None:
    app.add_css_file("rows.css", media="all" if page == "conformance" else "(max-width: 46em)")


def _write_policy(app: Sphinx, error: Exception | None) -> None:
    """Replace the mark in the generator page by the policy that all pages meet."""
    if error or app.builder.format != "html":
        return
    pages = [page.read_text(encoding="utf-8") for page in app.outdir.rglob("*.html")]
    scripts = {script.encode() for page in pages for script in _INLINE_SCRIPT.findall(page)}
    digests = sorted(base64.b64encode(hashlib.sha256(each).digest()).decode() for each in scripts)
    policy = _POLICY.format(scripts=" ".join(f"'sha256-{digest}'" for digest in digests))
    page = app.outdir / "generator.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(_POLICY_MARK, html.escape(policy)), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Add what the manual page, the accessibility of the pages and the generator page need."""
    app.connect("doctree-resolved", _unlink)
    app.connect("html-page-context", _add_generator_files)
    app.connect("html-page-context", _add_rows)
    app.connect("build-finished", _make_accessible)
    app.connect("build-finished", _write_policy)
