"""Homographs: the labels that UTS #39 refuses, and words of many languages, all accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.test_data import unescaped
from tlsrpt import (
    InvalidDomainError,
    InvalidURIError,
    ReportURI,
    TLSRPTRecord,
    check,
    generate,
    normalize_domain,
)
from tlsrpt._homographs import why_confusable
from tlsrpt.domain import normalize_host

DATA: Final = Path(__file__).parent / "data"
# Endpoints cannot have them, only their A-labels.
JOINERS: Final = {"\u200c", "\u200d"}


def labels(section: str) -> list[str]:
    """The labels of a section of the data file, which are the first word of each line."""
    text = (DATA / "homographs.txt").read_text(encoding="utf-8")
    lines = text.partition(f"\n{section}:\n")[2].partition("\n\n")[0].splitlines()
    return [unescaped(line.split()[0]) for line in lines]


def words() -> list[str]:
    lines = (DATA / "words.txt").read_text(encoding="utf-8").splitlines()
    found = [word for line in lines[2:] for word in line.partition(":")[2].split()]
    assert len(found) > 600
    return found


REFUSED: Final = labels("refused")
ACCEPTED: Final = labels("accepted")


@pytest.mark.parametrize("label", REFUSED)
def test_a_homograph_is_refused_where_it_would_be_published(label: str) -> None:
    assert why_confusable(label)
    domain = f"{label}.example"
    for publish in (
        lambda: normalize_domain(domain),
        lambda: normalize_domain(f"{domain}."),
        lambda: TLSRPTRecord(rua=["mailto:a@b.example"], domain=domain),
    ):
        with pytest.raises(InvalidDomainError) as refused:
            publish()
        assert refused.value.code == "homograph"
    for uri in (f"mailto:tls@{domain}", f"https://{domain}/v1", f"https://{domain.upper()}:443"):
        with pytest.raises(InvalidURIError) as caught:
            ReportURI(uri)
        assert caught.value.code == "homograph"
        assert check(f"v=TLSRPTv1; rua={uri}").fixed is None


@pytest.mark.parametrize("label", REFUSED)
def test_a_homograph_is_read_and_its_a_label_taken(label: str) -> None:
    """Who writes an A-label means it, and reports and records of others must not be lost."""
    host = normalize_host(f"{label}.example")
    assert host.startswith("xn--")
    assert normalize_domain(host) == host
    assert ReportURI(f"mailto:tls@{host}").host == host


@pytest.mark.parametrize("label", ACCEPTED)
def test_neighbours_are_accepted(label: str) -> None:
    assert why_confusable(label) is None


def test_words_of_all_languages_are_accepted() -> None:
    refused = [word for word in words() if why_confusable(word)]
    assert refused == []
    for word in words():
        domain = f"{word}.example"
        host = normalize_domain(domain)
        if not JOINERS & set(word):
            record = generate(domain, f"mailto:tls@{domain}")
            assert record == TLSRPTRecord(rua=[f"mailto:tls@{host}"], domain=host)
            fixed = check(f"v=TLSRPTv1; rua=https://{domain}").fixed
            assert fixed == f"v=TLSRPTv1; rua=https://{host}"
