"""What a recipe may say about judging a run."""

import pytest
from pydantic import ValidationError

from dlsuite.strategy.settings import Bound, EvaluationSettings, ReferenceLevel


def test_a_bound_holds_its_own_limits_and_nothing_beyond():
    bound = Bound(at_least=0.5, at_most=1.0)
    assert bound.holds(0.5)
    assert bound.holds(1.0)
    assert not bound.holds(0.49)
    assert not bound.holds(1.01)
    assert not bound.holds(float("nan"))
    assert bound.text() == "at least 0.5 and at most 1"
    assert Bound(at_most=10).holds(-5)
    assert Bound(at_least=0.97).text() == "at least 0.97"


def test_a_bound_without_a_limit_is_refused():
    with pytest.raises(ValidationError, match="give `at_least`, `at_most` or both"):
        Bound()


def test_a_reference_needs_its_source():
    with pytest.raises(ValidationError, match="source"):
        ReferenceLevel(value=0.02)
    assert EvaluationSettings().reference_error is None
