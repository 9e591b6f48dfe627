"""RFC 8460 section 3 as ABNF, run by the `abnf` package: what `parse` is held against.

It shares nothing with `tlsrpt`: the rules are written from the RFC and bear its names, and those of
RFC 3986 come with `abnf`. It tries every way through the grammar, and is slow for it.
"""

from __future__ import annotations

from typing import ClassVar

from abnf import ParseError, Rule
from abnf.grammars import rfc3986
from abnf.grammars.misc import load_grammar_rules


@load_grammar_rules()
class _Grammar(Rule):
    """The two RFCs' rules in one name space, so that sub-delims can be narrowed."""

    grammar: ClassVar = [
        *(rule for rule in rfc3986.Rule.grammar if not rule.startswith("sub-delims =")),
        # tlsrpt-uri: commas, exclamation points and semicolons are percent-encoded.
        "sub-delims = %x24 / %x26-2B / %x3D",
        "tlsrpt-record = tlsrpt-version 1*( field-delim tlsrpt-field ) [ field-delim ]",
        'field-delim = *WSP ";" *WSP',
        "tlsrpt-field = tlsrpt-rua / tlsrpt-extension",
        'tlsrpt-version = %s"v=TLSRPTv1"',
        'tlsrpt-rua = rua-name "=" tlsrpt-uri *( *WSP "," *WSP tlsrpt-uri )',
        "tlsrpt-uri = URI",
        'tlsrpt-extension = tlsrpt-ext-name "=" tlsrpt-ext-value',
        'tlsrpt-ext-name = ( ALPHA / DIGIT ) *31( ALPHA / DIGIT / "_" / "-" / "." )',
        "tlsrpt-ext-value = 1*( %x21-3A / %x3C / %x3E-7E )",
        # Not a rule of the RFC, but what tells its two kinds of fields apart.
        'rua-name = %s"rua"',
    ]


_Grammar("tlsrpt-ext-name").exclude_rule(_Grammar("rua-name"))


def accepts(text: str) -> bool:
    """Whether the text is a tlsrpt-record, and one of its fields a tlsrpt-rua."""
    try:
        record = _Grammar("tlsrpt-record").parse_all(text)
    except ParseError:
        return False
    fields = [node.children[0] for node in record.children if node.name == "tlsrpt-field"]
    return any(field.name == "tlsrpt-rua" for field in fields)
