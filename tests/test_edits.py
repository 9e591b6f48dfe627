"""`Draft`: a text corrected pass by pass, with every place and edit told in the original."""

from __future__ import annotations

from tlsrpt import Edit
from tlsrpt._diagnosis.edits import Draft, Finding, make_finding


def remark(start: int, end: int, *edits: Edit) -> Finding:
    """A note about a place, with edits; its code does not matter here."""
    return make_finding("text-after", start, end, *edits, text="...")


def fixes(draft: Draft) -> list[tuple[Edit, ...] | None]:
    return [finding.fix for finding in draft.findings()]


def spans(draft: Draft) -> list[tuple[int, int]]:
    return [finding.span for finding in draft.findings()]


def test_a_note_without_edits_changes_nothing() -> None:
    draft = Draft("abcdef")
    draft.take([remark(2, 4)])
    assert draft.text == "abcdef"
    assert (spans(draft), fixes(draft)) == ([(2, 4)], [None])


def test_the_edits_of_one_pass_are_applied_together() -> None:
    draft = Draft("abcdef")
    draft.take([remark(4, 5, Edit(4, 5, "")), remark(0, 1, Edit(0, 1, "AA"), Edit(3, 3, "-"))])
    assert draft.text == "AAbc-df"
    assert fixes(draft) == [(Edit(0, 1, "AA"), Edit(3, 3, "-")), (Edit(4, 5, ""),)]


def test_a_later_pass_sees_the_corrected_text() -> None:
    draft = Draft("abcdef")
    draft.take([remark(0, 2, Edit(0, 2, ""))])
    draft.take([remark(1, 3, Edit(1, 2, "D"))])
    assert draft.text == "cDef"
    assert spans(draft) == [(0, 2), (3, 5)]
    assert fixes(draft) == [(Edit(0, 2, ""),), (Edit(3, 4, "D"),)]


def test_findings_are_sorted_by_place_and_otherwise_as_they_were_found() -> None:
    draft = Draft("abcdef")
    draft.take([remark(3, 4), remark(1, 5)])
    draft.take([remark(1, 2), remark(0, 0)])
    assert spans(draft) == [(0, 0), (1, 5), (1, 2), (3, 4)]


def test_insertions_at_one_place_are_one_edit_in_the_order_of_the_passes() -> None:
    draft = Draft("abc")
    draft.take([remark(1, 1, Edit(1, 1, "<"))])
    draft.take([remark(2, 2, Edit(2, 2, ">"))])
    assert draft.text == "a<>bc"
    assert fixes(draft) == 2 * [(Edit(1, 1, "<>"),)]


def test_edits_that_only_touch_stay_apart() -> None:
    draft = Draft("abcd")
    draft.take([remark(0, 2, Edit(0, 2, "x"))])
    draft.take([remark(1, 2, Edit(1, 2, "y"))])
    assert draft.text == "xyd"
    assert fixes(draft) == [(Edit(0, 2, "x"),), (Edit(2, 3, "y"),)]


def test_what_was_written_and_then_removed_is_one_edit_of_both() -> None:
    draft = Draft("a,b")
    draft.take([remark(2, 3, Edit(2, 2, "mailto:"))])
    draft.take([remark(2, 10, Edit(1, 10, ""))])
    assert draft.text == "a"
    assert spans(draft) == [(2, 3), (2, 3)]
    assert fixes(draft) == 2 * [(Edit(1, 3, ""),)]


def test_a_part_of_what_was_written_has_the_place_of_all_of_it() -> None:
    draft = Draft("ab")
    draft.take([remark(0, 1, Edit(0, 1, "xyz"))])
    draft.take([remark(1, 2, Edit(1, 2, "Y"))])
    assert draft.text == "xYzb"
    assert spans(draft) == 2 * [(0, 1)]
    assert fixes(draft) == 2 * [(Edit(0, 1, "xYz"),)]


def test_one_edit_of_two_notes_is_applied_once() -> None:
    draft = Draft("abc")
    edit = Edit(1, 2, "")
    draft.take([remark(1, 2, edit), remark(0, 3, edit)])
    assert draft.text == "ac"
    assert fixes(draft) == 2 * [(edit,)]


def test_places_at_the_end_of_the_text() -> None:
    draft = Draft("ab")
    draft.take([remark(2, 2, Edit(2, 2, "c"))])
    draft.take([remark(3, 3, Edit(3, 3, "d"))])
    assert draft.text == "abcd"
    assert spans(draft) == 2 * [(2, 2)]


def test_an_empty_text() -> None:
    draft = Draft("")
    draft.take([remark(0, 0, Edit(0, 0, "x"))])
    assert draft.text == "x"
    assert (spans(draft), fixes(draft)) == ([(0, 0)], [(Edit(0, 0, "x"),)])
