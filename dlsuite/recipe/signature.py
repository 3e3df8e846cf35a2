"""What a callable takes from a recipe: its parameters, and a check of given arguments."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import typing_extensions
from pydantic import ConfigDict, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

from dlsuite.recipe.strictness import refuse_conversions

Parameter = inspect.Parameter
PLAIN = (str, int, float, bool, type(None))


def parameters(target: Callable[..., Any]) -> dict[str, Parameter]:
    """Parameters that can be passed to `target` by name.

    Where a class hands its `**kwargs` to its base, the base's parameters count too, as keras does
    with `name` and `dtype` of layers.
    """
    if not inspect.isclass(target):
        return _named(inspect.signature(target))
    found: dict[str, Parameter] = {}
    for owner in target.__mro__:
        if owner is object or "__init__" not in vars(owner):
            continue
        signature = inspect.signature(vars(owner)["__init__"])
        found = {**_named(signature, skip=1), **found}
        if not any(p.kind is Parameter.VAR_KEYWORD for p in signature.parameters.values()):
            break
    return found


def required(known: Mapping[str, Parameter]) -> list[str]:
    """Names of those parameters that have no default."""
    return [name for name, p in known.items() if p.default is Parameter.empty]


@dataclass(frozen=True)
class Arguments:
    """The part of a callable's signature that a recipe fills.

    Attributes:
        names: Settable arguments, those of a keras base class (`name`, `dtype`) left out.
        annotated: Whether annotations say what each of them takes.
        defaults: Plain defaults of `names`.
        adapter: Checks a mapping of arguments.
        beside: Those of `names` that a block may have and the callable does not take.
    """

    names: tuple[str, ...]
    annotated: bool
    defaults: Mapping[str, Any]
    adapter: TypeAdapter[dict[str, Any]]
    beside: frozenset[str] = frozenset()

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Checked arguments with the defaults of those not given.

        Raises:
            pydantic.ValidationError: If one is unknown, missing or wrong.
        """
        checked = self.adapter.validate_python(dict(given))
        return {n: checked.get(n, self.defaults.get(n)) for n in self._order(checked)}

    def _order(self, checked: Mapping[str, Any]) -> list[str]:
        own = [name for name in self.names if name in checked or name in self.defaults]
        return own + [name for name in checked if name not in self.names]


def arguments(
    target: Callable[..., Any],
    late: Collection[str],
    annotations: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> Arguments:
    """Reads a signature.

    Args:
        target: Function or class.
        late: Parameters that the program passes, so that a recipe may not.
        annotations: Annotation of parameters that carry none.
        beside: Annotation of what a block may have beside the arguments, where there is no
            argument of that name.
    """
    known = {n: p for n, p in parameters(target).items() if n not in late and n != "type"}
    own = _own_names(target, known)
    hints = {name: _annotation(target, p, annotations) for name, p in known.items()}
    fields = {
        name: typing_extensions.Required[hints[name]]
        if p.default is Parameter.empty
        else typing_extensions.NotRequired[hints[name]]
        for name, p in known.items()
    }
    further = {name: hint for name, hint in beside.items() if name not in known}
    fields |= {name: typing_extensions.NotRequired[hint] for name, hint in further.items()}
    make: Any = typing_extensions.TypedDict
    schema = make(getattr(target, "__name__", "arguments"), fields)
    schema.__pydantic_config__ = ConfigDict(
        extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )
    return Arguments(
        names=(*own, *further),
        annotated=all(known[name].annotation is not Parameter.empty for name in own),
        defaults={n: known[n].default for n in own if _is_plain(known[n].default)},
        adapter=TypeAdapter[dict[str, Any]](typing.Annotated[schema, _NoConversions()]),  # type: ignore[arg-type]
        beside=frozenset(further),
    )


class _NoConversions:
    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        refuse_conversions(handler.resolve_ref_schema(schema))
        return schema


def _named(signature: inspect.Signature, skip: int = 0) -> dict[str, Parameter]:
    by_name = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    listed = list(signature.parameters.values())[skip:]
    return {p.name: p for p in listed if p.kind in by_name}


def _own_names(target: Callable[..., Any], known: Mapping[str, Parameter]) -> tuple[str, ...]:
    if not inspect.isclass(target):
        return tuple(known)
    own = _named(inspect.signature(target.__init__), skip=1)
    return tuple(name for name in known if name in own)


def _annotation(
    target: Callable[..., Any], parameter: Parameter, annotations: Mapping[str, Any]
) -> Any:
    if parameter.annotation is Parameter.empty:
        return annotations.get(parameter.name, Any)
    function = inspect.unwrap(target.__init__ if inspect.isclass(target) else target)
    holder: Any = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    scope = getattr(function, "__globals__", {})
    hint = typing.get_type_hints(holder, globalns=scope, include_extras=True)[parameter.name]
    return hint | None if parameter.default is None else hint


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(inner) for inner in value)
    return isinstance(value, PLAIN)
