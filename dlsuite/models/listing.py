"""Every builder of the catalogue with what is published of it, found by the package's names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras

from dlsuite import models
from dlsuite.models.published import Form, Paper
from dlsuite.models.weightless import parameters, weightless


@dataclass(frozen=True)
class Entry:
    """A builder of the catalogue.

    Attributes:
        name: As `type:` says it.
        what: First sentence of its file.
        build: The builder.
        paper: What its file says under `PAPER`; None where it says nothing.
    """

    name: str
    what: str
    build: Callable[..., keras.Model]
    paper: Paper | None


def entries() -> list[Entry]:
    """The public builders of `dlsuite.models`, in their order."""
    return [_entry(name) for name in models.__all__]


def form_of(entry: Entry, form: Form) -> keras.Model:
    """A form of a net without values for its weights."""
    return weightless(partial(entry.build, form.input_shape, form.num_classes, **form.choices))


def usual(entry: Entry) -> keras.Model:
    """What the builder's defaults make of the data of its first form, without values of weights.

    Raises:
        ValueError: No form of it is published.
    """
    if entry.paper is None or not entry.paper.forms:
        raise ValueError(f"`entry` must have a published form. Received: {entry.name}.")
    form = entry.paper.forms[0]
    return weightless(partial(entry.build, form.input_shape, form.num_classes))


def counted(entry: Entry, form: Form) -> int:
    """The parameters of a form, counted as the published number counts them."""
    return parameters(form_of(entry, form), form.without)


def _entry(name: str) -> Entry:
    build = getattr(models, name)
    module = sys.modules[build.__module__]
    what = (module.__doc__ or "").strip().partition("\n")[0]
    return Entry(name, what, build, getattr(module, "PAPER", None))
