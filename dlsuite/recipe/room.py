"""Room: where the name in a `type:` block is looked up."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from dlsuite.recipe.call import Call
from dlsuite.recipe.own import own_callable
from dlsuite.recipe.signature import Arguments, arguments
from dlsuite.recipe.spelling import nearest, one_of, received
from dlsuite.recipe.trial import refusal

MOST_LISTED = 25
MOST_BESIDE_A_HINT = 8

_described: ContextVar[dict[str, Room] | None] = ContextVar("described", default=None)

# What Keras keeps beside the classes that a recipe can choose.
LOOK_UPS = ("get", "serialize", "deserialize")
KERAS_BASES = ("Optimizer", "OptimizerMap", "LearningRateSchedule", "Layer", "Wrapper")


class Room:
    """Ordered packages whose public functions and classes a key of a recipe may name.

    Used as an annotation: `Annotated[Call, Room("dlsuite.models", late={"num_classes": 10})]`.
    The public names of a package are its `__all__`, or else its public callables.

    Args:
        *packages: Import names, imported when a name is first looked up.
        late: Arguments that the program passes when it calls, so that a recipe may not, each with
            an example value; a callable need not take them.
        inner: Arguments of un-annotated (Keras) callables that may be a `type:` block themselves,
            with the Room of that block or a full annotation.
        beside: Keys of the block that are the program's and not the callable's, each with its
            annotation, such as the `weights` that a model starts from; found in `Call.beside`. A
            callable with an argument of that name gets it itself.
    """

    def __init__(
        self,
        *packages: str,
        late: Mapping[str, Any] | None = None,
        inner: Mapping[str, Any] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        self.packages = packages
        self.late = dict(late or {})
        self.inner = dict(inner or {})
        self.beside = dict(beside or {})
        # By identity: what the user calls may have no hash.
        self._arguments: dict[int, tuple[Callable[..., Any], Arguments]] = {}

    def names(self) -> list[str]:
        """Every bare name that `type:` may hold, sorted."""
        return sorted({name for package in self.packages for name in _public(package)})

    def find(self, name: str) -> Callable[..., Any]:
        """The callable of a bare name, or of the user's own `module:name`.

        Raises:
            LookupError: If there is none, or two packages mean different things by it.
        """
        if ":" in name:
            return own_callable(name)
        found = {p: _public(p)[name] for p in self.packages if name in _public(p)}
        if not found:
            raise LookupError(self._not_here(name))
        if len({id(target) for target in found.values()}) > 1:
            choices = one_of([f"{package}:{name}" for package in found])
            raise LookupError(f"{name} means several things here. Write {choices}.")
        return next(iter(found.values()))

    def knows(self, name: str) -> bool:
        """Whether `name` is one of `names()`, or has the form of the user's own."""
        return ":" in name or name in self.names()

    def arguments(self, target: Callable[..., Any]) -> Arguments:
        """What a recipe may give to `target`.

        Raises:
            LookupError: Its signature or an annotation of it cannot be read.
        """
        known = self._arguments.get(id(target))
        if known is not None and known[0] is target:
            return known[1]
        annotations = {
            name: Annotated[Any, _Inner(inner)] if isinstance(inner, Room) else inner
            for name, inner in self.inner.items()
        }
        try:
            taken = arguments(target, self.late, annotations, self.beside)
        except Exception as error:  # annotations of the user's own can fail in any way
            name = getattr(target, "__name__", type(target).__name__)
            words = (str(error).splitlines() or ["no words"])[0]
            raise LookupError(
                f"{name} must have arguments and annotations that can be read. "
                f"Received: {type(error).__name__}: {words}"
            ) from error
        self._arguments[id(target)] = (target, taken)
        return taken

    def read(self, value: Any) -> Call[Any]:
        """A `type:` block, a bare name or a Call, checked.

        Raises:
            pydantic.ValidationError: With every problem of the block and those inside it.
        """
        if isinstance(value, Call):
            value = value.plain()
        block = {"type": value} if isinstance(value, str) else value
        if not isinstance(block, Mapping):
            raise PydanticCustomError("call_form", "no `type:` block")
        name = block.get("type")
        if not isinstance(name, str):
            came = f" Received: type: {received(name)}." if "type" in block else ""
            raise _problem("call_untyped", (), value, f"needs `type:`, {self.allowed()}.{came}")
        try:
            target = self.find(name)
            taken = self.arguments(target)
        except LookupError as error:
            code = "call_type" if self.knows(name) else "call_name"
            loc = () if block is not value else ("type",)
            raise _problem(code, loc, value, str(error.args[0])) from error
        given = {key: inner for key, inner in block.items() if key != "type"}
        values = taken.read(given)
        beside = {key: values.pop(key) for key in taken.beside & set(values)}
        beside = {key: value for key, value in beside.items() if value is not None}
        call = Call(name, target, values, self.late, beside)
        if ":" not in name and inspect.isclass(target) and not taken.annotated:
            refused = refusal(call)
            if refused:
                raise _problem("call_refused", (), value, f"{name} does not take this: {refused}")
        return call

    def allowed(self, most: int = MOST_LISTED) -> str:
        """What `type:` may hold, in words; names only if there are no more than `most`."""
        names = self.names()
        listed = one_of(names) if len(names) <= most else f"a name of {' or '.join(self.packages)}"
        return f"{listed}, or module:name of your own"

    def _not_here(self, name: str) -> str:
        near = nearest(name, self.names())
        if near:
            short = self.allowed(MOST_BESIDE_A_HINT)
            return f"must be {short}. Received: {received(name)}. Did you mean {near}?"
        return f"must be {self.allowed()}. Received: {received(name)}."

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read, metadata={"room": self})

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self._reference() or {"type": ["string", "object"]}

    def _reference(self) -> dict[str, Any]:
        """A mark for who collects definitions; pydantic follows no `$ref` that it did not make."""
        rooms = _described.get()
        if rooms is None:
            return {}
        name = "+".join(self.packages)
        while rooms.setdefault(name, self) is not self:
            name += "'"  # another Room of the same packages, with other late or inner arguments
        return {"x-room": name}


class _Inner:
    """An argument without annotation that may be a `type:` block, or whatever its class takes."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def read(self, value: Any) -> Any:
        block = isinstance(value, Call) or (isinstance(value, Mapping) and "type" in value)
        if block or (isinstance(value, str) and value in self.room.names()):
            return self.room.read(value)
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read, metadata={"room": self.room})

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        block = {"type": "object", "required": ["type"]}
        return {"if": block, "then": self.room.__get_pydantic_json_schema__(schema, handler)}


@contextmanager
def described_rooms(rooms: dict[str, Room]) -> Iterator[None]:
    """Inside, a Room in a JSON Schema is `{"x-room": NAME}`, and `rooms` gets it by that name."""
    token = _described.set(rooms)
    try:
        yield
    finally:
        _described.reset(token)


def _public(package: str) -> dict[str, Callable[..., Any]]:
    module = importlib.import_module(package)
    if hasattr(module, "__all__"):
        return {name: getattr(module, name) for name in module.__all__}
    family = package.split(".")[0]
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and not (family == "keras" and name in LOOK_UPS + KERAS_BASES)
        and str(getattr(value, "__module__", "")).split(".")[0] == family
    }


def _problem(code: Any, loc: tuple[str, ...], value: Any, message: str) -> ValidationError:
    error = PydanticCustomError(code, "{message}", {"message": message})
    details = InitErrorDetails(type=error, loc=loc, input=value)
    return ValidationError.from_exception_data("call", [details])
