"""`TLSRPTRecord` and `ReportURI` as field types of pydantic 2."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
    validate_call,
)

from tlsrpt import CheckResultDict, RecordDict, ReportURI, TLSRPTRecord, generate
from tlsrpt.dns import LookupDict

A = "mailto:a@b.example"
TEXT = f"v=TLSRPTv1; rua={A}"
LOOSE = "v=TLSRPTv1; rua=http://r.example/,MAILTO:a@b.example; x=1"


class Published(TLSRPTRecord):
    """A subclass."""


class Domain(BaseModel):
    """A model with each of the types."""

    record: TLSRPTRecord
    uri: ReportURI = ReportURI(A)
    uris: list[ReportURI] = []
    maybe: TLSRPTRecord | None = None


RECORD = TypeAdapter(TLSRPTRecord)
URI = TypeAdapter(ReportURI)


def test_from_text() -> None:
    domain = Domain.model_validate({"record": LOOSE, "uri": "MAILTO:a@B.example.", "uris": [A]})
    assert domain.record == TLSRPTRecord.parse(LOOSE)
    assert domain.uris == [domain.uri]
    assert type(domain.uri) is ReportURI
    assert Domain.model_validate_json(f'{{"record": "{LOOSE}"}}').record == domain.record


def test_from_an_instance() -> None:
    record = TLSRPTRecord.parse(LOOSE, domain="b.example")
    domain = Domain(record=record, uri=ReportURI(A))
    assert domain.record == record
    assert domain.record is not record
    assert domain.uri == A


def test_to_text() -> None:
    domain = Domain(record=TLSRPTRecord.parse(LOOSE), uris=[ReportURI(A)])
    text = {"record": LOOSE, "uri": A, "uris": [A], "maybe": None}
    for dump in (domain.model_dump(), domain.model_dump(mode="json")):
        assert dump == text
        assert {type(dump["record"]), type(dump["uri"]), type(dump["uris"][0])} == {str}
    assert Domain.model_validate_json(domain.model_dump_json()) == domain


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("adapter", [RECORD, URI])
def test_json_schema(
    adapter: TypeAdapter[object], mode: Literal["validation", "serialization"]
) -> None:
    assert adapter.json_schema(mode=mode) == {"type": "string"}


def test_json_schema_of_a_model() -> None:
    properties = Domain.model_json_schema()["properties"]
    assert properties["record"] == {"title": "Record", "type": "string"}
    assert properties["uris"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    "value", [None, 1, 1.5, True, TEXT.encode(), [TEXT], {"rua": [A]}, object(), BaseModel]
)
@pytest.mark.parametrize("adapter", [RECORD, URI])
def test_wrong_types(adapter: TypeAdapter[object], value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (error,) = caught.value.errors()
    assert error["msg"] == f"Value error, a text is needed, not {type(value).__name__}"


@pytest.mark.parametrize("json", ["null", "1", "[]", "{}", "true"])
@pytest.mark.parametrize("adapter", [RECORD, URI])
def test_wrong_types_in_json(adapter: TypeAdapter[object], json: str) -> None:
    with pytest.raises(ValidationError, match="a text is needed"):
        adapter.validate_json(json)


@pytest.mark.parametrize(
    ("adapter", "value", "said"),
    [
        (RECORD, "", "the record is empty"),
        (RECORD, "v=TLSRPTv1; rua=a@b.example", "write mailto:a@b.example"),
        (URI, "a@b.example", "write mailto:a@b.example"),
        (URI, "http://r.example/", "not to http"),
        (URI, TLSRPTRecord.parse(LOOSE).rua[0], "not to http"),
        (URI, TLSRPTRecord.parse(LOOSE), "a text is needed"),
    ],
)
def test_one_error_a_mistake(adapter: TypeAdapter[object], value: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (error,) = caught.value.errors()
    assert error["type"] == "value_error"
    assert said in error["msg"]


def test_errors_in_a_list_have_their_places() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[TLSRPTRecord]).validate_python([TEXT, "x", LOOSE, "y"])
    assert [error["loc"] for error in caught.value.errors()] == [(1,), (3,)]


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("domain", "b.example\n"),
        ("domain", 1),
        ("rua", ()),
        ("rua", (f'{A}"\n',)),
        ("rua", None),
        ("extensions", (("x", "a b"),)),
    ],
)
def test_an_instance_is_read_again(field: str, content: object) -> None:
    """Fields can be set past the constructor."""
    record = TLSRPTRecord(rua=[A])
    object.__setattr__(record, field, content)
    with pytest.raises(ValidationError) as caught:
        RECORD.validate_python(record)
    assert caught.value.errors()[0]["msg"] != "Value error, None"


def test_a_subclass_stays_one() -> None:
    adapter = TypeAdapter(Published)
    for value in (TEXT, Published.parse(TEXT), TLSRPTRecord.parse(TEXT)):
        assert type(adapter.validate_python(value)) is Published
    assert adapter.json_schema() == {"type": "string"}


def test_strict_models_take_text() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)

        record: TLSRPTRecord

    assert Strict.model_validate({"record": TEXT}).record == TLSRPTRecord.parse(TEXT)


def test_keys_of_a_dict() -> None:
    adapter = TypeAdapter(dict[ReportURI, int])
    assert adapter.dump_json(adapter.validate_python({"MAILTO:a@b.example": 1})) == (
        f'{{"{A}":1}}'.encode()
    )


@pytest.mark.parametrize("endpoints", [A, [A], [ReportURI(A)]])
def test_arguments_of_a_call(endpoints: str | list[str]) -> None:
    validated = validate_call(generate)
    assert validated("b.example", endpoints).value == TEXT
    with pytest.raises(ValidationError):
        validated(1, endpoints)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [RecordDict, CheckResultDict, LookupDict])
def test_python_3_11_has_no_dicts_for_models(kind: type[object]) -> None:
    """As docs/howto/pydantic.md says."""
    is_old = sys.version_info < (3, 12)
    with pytest.raises(PydanticUserError) if is_old else nullcontext():
        assert TypeAdapter(kind).json_schema()["type"] == "object"
