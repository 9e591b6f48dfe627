"""A page as a browser's parser sees it, and the fixed list of what may be on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final
from xml.etree.ElementTree import Element

# Every element that a page may have, with its attributes.
ALLOWED: Final[dict[str, str]] = {
    "html": "lang",
    **dict.fromkeys(("head", "title", "style", "body", "main", "figure", "time", "strong"), ""),
    **dict.fromkeys(("details", "summary", "caption", "thead", "tbody", "tr", "dt"), ""),
    **dict.fromkeys(("h1", "h3", "h4"), ""),
    **dict.fromkeys(("section", "p", "div", "dl", "dd", "span", "table"), "class"),
    "meta": "charset http-equiv name content",
    "h2": "id",
    "a": "href",
    "th": "scope class",
    "td": "class data-unit",
    "bdi": "dir",
    "svg": "class viewbox preserveaspectratio role aria-label",
    "rect": "class x y width height",
}
# What the values may be, where a value could do something.
VALUES: Final = {
    "href": re.compile("#(?:domain-[0-9]+|unread)"),
    "id": re.compile("domain-[0-9]+|unread"),
    "class": re.compile("[a-z ]+"),
    "http-equiv": re.compile("Content-Security-Policy"),
    "name": re.compile("viewport"),
    "content": re.compile(
        "width=device-width, initial-scale=1"
        "|default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'"
    ),
}

_INLINE: Final = {"a", "bdi", "span", "strong", "time"}


class Page(HTMLParser):
    """Reads a page, and fails where it has anything else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("page")
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert self._open == [self.root]

    def handle_decl(self, decl: str) -> None:
        assert decl == "DOCTYPE html"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_comment

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert tag in ALLOWED
        assert values.keys() <= set(ALLOWED[tag].split())
        assert len(values) == len(attrs)
        for name, value in values.items():
            assert name not in VALUES or VALUES[name].fullmatch(value)
            assert value.isprintable()
        element = Element(tag, values)
        self._open[-1].append(element)
        if tag != "meta":
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + data
        else:
            element.text = (element.text or "") + data
        # Nothing steers a browser. Line ends are in the style sheet and around the document.
        assert data.isprintable() or element.tag == "style" or not data.strip()

    def texts(self, path: str) -> list[str]:
        """The texts of all elements on a path."""
        return ["".join(each.itertext()) for each in self.root.iterfind(path)]

    def text(self) -> str:
        """All that there is to read, with a blank between what stands in different places."""
        (main,) = self.root.iterfind("html/body/main")
        return _text(main)

    def table(self, title: str) -> list[list[str]]:
        """The rows of the first table that comes after a heading with this text."""
        elements = iter(self.root.iter())
        headings = {"h2", "h3", "summary"}
        next(
            each for each in elements if each.tag in headings and "".join(each.itertext()) == title
        )
        table = next(each for each in elements if each.tag == "table")
        rows = table.iterfind("tbody/tr")
        return [["".join(cell.itertext()) for cell in row] for row in rows]


def _text(element: Element) -> str:
    inner = "".join(_text(child) + (child.tail or "") for child in element)
    return f"{element.text or ''}{inner}{'' if element.tag in _INLINE else ' '}"
