"""The course's update rules, one step after the other in plain numbers: what `explain` shows.

Each rule says which Keras optimizer walks the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Step:
    """One step of one weight.

    Attributes:
        gradient: Before the step.
        state: What the rule remembers after it, by the letters of its equations.
        weight: After it.
    """

    gradient: float
    state: Numbers
    weight: float


@dataclass(frozen=True)
class Rule:
    """An update rule in the course's words.

    Attributes:
        equations: A line each.
        source: Who proposed it.
        defaults: Its numbers and their usual values, by their names in a recipe.
        advance: State before, gradient, step from 1 and its numbers -> state after, change.
        keras: In one sentence, what of Keras walks the same path.
        recipe: What a recipe says under `optimizer` for these numbers.
    """

    equations: tuple[str, ...]
    source: str
    defaults: Numbers
    advance: Callable[[Numbers, float, int, Numbers], tuple[dict[str, float], float]]
    keras: str
    recipe: str

    def walk(
        self, gradient: Callable[[float], float], weight: float, numbers: Numbers
    ) -> Iterator[Step]:
        """Steps without end from a first weight, down the gradient of a function of one number."""
        state: Numbers = {}
        at = 1
        while True:
            slope = gradient(weight)
            state, change = self.advance(state, slope, at, {**self.defaults, **numbers})
            weight += change
            yield Step(slope, state, weight)
            at += 1


def _descent(state: Numbers, g: float, t: int, by: Numbers) -> tuple[dict[str, float], float]:
    return {}, -by["learning_rate"] * g


def _momentum(state: Numbers, g: float, t: int, by: Numbers) -> tuple[dict[str, float], float]:
    v = by["beta"] * state.get("v", 0.0) + (1 - by["beta"]) * g
    return {"v": v}, -by["learning_rate"] * v


def _adagrad(state: Numbers, g: float, t: int, by: Numbers) -> tuple[dict[str, float], float]:
    s = state.get("s", 0.0) + g * g
    return {"s": s}, -by["learning_rate"] * g / sqrt(s + by["epsilon"])


def _rmsprop(state: Numbers, g: float, t: int, by: Numbers) -> tuple[dict[str, float], float]:
    s = by["beta"] * state.get("s", 0.0) + (1 - by["beta"]) * g * g
    return {"s": s}, -by["learning_rate"] * g / sqrt(s + by["epsilon"])


def _adam(state: Numbers, g: float, t: int, by: Numbers) -> tuple[dict[str, float], float]:
    v = by["beta_1"] * state.get("v", 0.0) + (1 - by["beta_1"]) * g
    s = by["beta_2"] * state.get("s", 0.0) + (1 - by["beta_2"]) * g * g
    corrected = {
        "v_corrected": v / (1 - by["beta_1"] ** t),
        "s_corrected": s / (1 - by["beta_2"] ** t),
    }
    root = sqrt(corrected["s_corrected"]) + by["epsilon"]
    return {"v": v, "s": s, **corrected}, -by["learning_rate"] * corrected["v_corrected"] / root


RULES: Mapping[str, Rule] = {
    "gradient_descent": Rule(
        ("w := w - α g",),
        "Cauchy 1847",
        {"learning_rate": 0.1},
        _descent,
        "SGD(α): the same step. Batch, stochastic or mini-batch is what `data.batch_size` says: "
        "full, 1, or a number between.",
        "{type: SGD, learning_rate: α}",
    ),
    "momentum": Rule(
        ("v := β v + (1 - β) g", "w := w - α v"),
        "Polyak 1964",
        {"learning_rate": 0.1, "beta": 0.9},
        _momentum,
        "SGD(α (1 - β), momentum=β): the same path while α is constant; Keras leaves out 1 - β.",
        "{type: momentum, learning_rate: α, beta: β}",
    ),
    "adagrad": Rule(
        ("s := s + g²", "w := w - α g / √(s + ε)"),
        "Duchi, Hazan and Singer 2011",
        {"learning_rate": 0.1, "epsilon": 1e-7},
        _adagrad,
        "Adagrad(α, initial_accumulator_value=0, epsilon=ε): the same path; Keras' default begins "
        "the sum at 0.1.",
        "{type: adagrad_from_zero, learning_rate: α, epsilon: ε}",
    ),
    "rmsprop": Rule(
        ("s := β s + (1 - β) g²", "w := w - α g / √(s + ε)"),
        "Tieleman and Hinton 2012",
        {"learning_rate": 0.01, "beta": 0.9, "epsilon": 1e-7},
        _rmsprop,
        "RMSprop(α, rho=β, epsilon=ε): the same path; ε is within the root in both.",
        "{type: RMSprop, learning_rate: α, rho: β, epsilon: ε}",
    ),
    "adam": Rule(
        (
            "v := β₁ v + (1 - β₁) g",
            "s := β₂ s + (1 - β₂) g²",
            "v_corrected = v / (1 - β₁ᵗ)",
            "s_corrected = s / (1 - β₂ᵗ)",
            "w := w - α v_corrected / (√s_corrected + ε)",
        ),
        "Kingma and Ba 2014",
        {"learning_rate": 0.1, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        _adam,
        "Adam(α, β₁, β₂, ε) folds both corrections into the rate, where ε counts 1 / √(1 - β₂ᵗ) "
        "times as much: the paths meet as ε goes to 0.",
        "{type: Adam, learning_rate: α, beta_1: β₁, beta_2: β₂, epsilon: ε}",
    ),
}
