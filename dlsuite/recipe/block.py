"""Block: the base of every settings class, frozen and free of silent conversions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from dlsuite.recipe.strictness import refuse_conversions

Check = Callable[[Any], Iterable[tuple[str, str]]]


class Block(BaseModel):
    """Plain values under one key of a recipe; unknown keys and wrong values are refused.

    Scalars are taken as they are: `"3"` and `true` are not numbers, `1` is not true. A whole
    number is a number. Infinite numbers are refused.

    Attributes:
        checks: Cross-field checks. Each takes the settings and yields `(key, message)`: the key
            dotted and seen from this block, the message a sentence without the key. They run
            once every value of the block is valid.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    checks: ClassVar[tuple[Check, ...]] = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        refuse_conversions(handler.resolve_ref_schema(schema))
        return schema

    @model_validator(mode="after")
    def _check(self) -> Any:
        found = [pair for check in type(self).checks for pair in check(self)]
        if found:
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [
                    InitErrorDetails(
                        type=PydanticCustomError(
                            "check", "{message}", {"key": key, "message": message}
                        ),
                        input=key,
                    )
                    for key, message in found
                ],
            )
        return self
