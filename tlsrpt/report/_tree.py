"""An HTML document as a tree: text can never become markup, nor steer the page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, tostring

from tlsrpt._display import visible

# Nothing is loaded, nothing runs, and only the document's own style applies (CSP Level 3).
_POLICY: Final = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
_DATE: Final = re.compile(r"\b([0-9]{4}-[0-9]{2}-[0-9]{2})\b")


def element(tag: str, /, *children: Element | str, **attributes: str) -> Element:
    r"""An element with attributes and children; text and values are made visible.

    A name with ``_`` stands for one with ``-``, and ``class_`` for ``class``. An attribute without
    a value is left out.

    >>> tostring(element("p", "1 < ", element("b", "2\n"), "3\t", class_="\x1b")).decode()
    '<p class="\\x1b">1 &lt; <b>2\\x0a</b>3\\x09</p>'
    """
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    made = Element(tag, {name: visible(value) for name, value in names.items() if value})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + visible(child)
        else:
            made.text = (made.text or "") + visible(child)
    return made


def prose(text: str) -> list[Element | str]:
    """A text in which dates are elements: browsers break lines within them otherwise."""
    parts = _DATE.split(text)
    return [element("time", part) if place % 2 else part for place, part in enumerate(parts)]


def document(title: str, style: str, body: Iterable[Element]) -> str:
    r"""The document as text, in ASCII, so that its encoding cannot be mistaken.

    Args:
        title: its title.
        style: its style sheet, in ASCII and without ``</``, since it is no text of HTML.
        body: what is in it.

    >>> document("Title", "", [element("p", "é")])[-34:]
    '<body><p>&#233;</p></body></html>\n'
    """
    sheet = element("style")
    sheet.text = style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = _POLICY.format(digest=digest)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        sheet,
    )
    whole = element("html", head, element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{tostring(whole, 'us-ascii', 'html').decode()}\n"
