"""What a net is asked to answer; one file for each kind of target."""

from typing import Annotated

from pydantic import Field

from dlsuite.targets.many_labels import ManyLabels
from dlsuite.targets.many_outputs import ManyOutputs, Output
from dlsuite.targets.names import Names
from dlsuite.targets.number import Number
from dlsuite.targets.one_class import OneClass
from dlsuite.targets.reading import read_target
from dlsuite.targets.target import Target

# One of the kinds, told from the others by `kind` when it is read back from JSON.
AnyTarget = Annotated[OneClass | ManyLabels | ManyOutputs | Number, Field(discriminator="kind")]

__all__ = [
    "AnyTarget",
    "ManyLabels",
    "ManyOutputs",
    "Names",
    "Number",
    "OneClass",
    "Output",
    "Target",
    "read_target",
]
