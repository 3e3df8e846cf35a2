"""Call: one `type:` block of a recipe, still plain data, that makes its object when called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from dlsuite.recipe.signature import parameters, required

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """A callable with its arguments, not yet called.

    Attributes:
        type: Name as the recipe writes it.
        target: The function or class of that name.
        arguments: Checked arguments, defaults included: plain values and further Calls.
        late: Names that the program passes when it calls, each with an example.
        beside: Values of the block that are not arguments: what the program does with them is its
            own affair.
    """

    type: str
    target: Callable[..., T]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    late: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, **late: Any) -> T:
        """Makes the object, inner Calls first.

        Args:
            **late: What only the program knows (`input_shape`, `num_classes`, …). Passed where the
                signature names it and the recipe does not; inner Calls get the same values.

        Raises:
            TypeError: If an argument without default is neither in the recipe nor in `late`.
        """
        known = parameters(self.target)
        given = {name: _made(value, late) for name, value in self.arguments.items()}
        given.update({n: v for n, v in late.items() if n in known and n not in given})
        missing = [name for name in required(known) if name not in given]
        if missing:
            raise TypeError(
                f"`{self.type}` needs {', '.join(f'`{name}`' for name in missing)}, which the "
                f"program passes. Received: {', '.join(sorted(late)) or 'nothing'}."
            )
        return self.target(**given)

    def plain(self) -> dict[str, Any]:
        """The block as a recipe would write it, every default spelled out."""
        values = {**self.arguments, **self.beside}
        return {"type": self.type, **{name: plain(value) for name, value in values.items()}}

    def inner(self) -> Iterator[Call[Any]]:
        """Calls among the arguments, at any depth."""
        for call in _calls(list(self.arguments.values())):
            yield call
            yield from call.inner()


def plain(value: Any) -> Any:
    """`value` in mappings, lists and scalars alone: what YAML and JSON can hold."""
    if isinstance(value, Call):
        return value.plain()
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, PurePath):
        return str(value)
    return value


def _made(value: Any, late: Mapping[str, Any]) -> Any:
    if isinstance(value, Call):
        return value(**late)
    if isinstance(value, Mapping):
        return {key: _made(inner, late) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_made(inner, late) for inner in value)
    return value


def _calls(value: Any) -> Iterator[Call[Any]]:
    if isinstance(value, Call):
        yield value
    elif isinstance(value, Mapping):
        yield from _calls(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _calls(inner)
