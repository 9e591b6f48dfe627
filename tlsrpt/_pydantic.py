"""What makes a class of this package a field type of pydantic 2; loaded without pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema


def text_schema(read: Callable[[Any], object], *types: type) -> CoreSchema:
    """The schema of a type that is read from text, or from the given types, and written as text.

    One plain function gives one error a mistake, where a union of schemas would give two; and it
    reads the text of instances again, since pydantic can make one without calling the constructor.
    """
    from pydantic_core import core_schema  # noqa: PLC0415 - pydantic calls this, nothing else

    def validate(value: object) -> object:
        if not isinstance(value, (str, *types)):
            raise ValueError(f"a text is needed, not {type(value).__name__}")  # noqa: TRY004
        try:
            return read(value)
        except TypeError as error:
            # A field of an instance was set to something else; pydantic expects a ValueError.
            raise ValueError(str(error)) from error

    return core_schema.no_info_plain_validator_function(
        validate, serialization=core_schema.to_string_ser_schema(when_used="always")
    )
