"""Cross-entropies of several outputs: the mean of those of each."""

import numpy as np
import pytest

from dlsuite.losses import multioutput_cross_entropy, softmax_cross_entropy

RNG = np.random.default_rng(0)
LABELS = np.stack([RNG.integers(0, 2, size=8), RNG.integers(0, 3, size=8)], axis=1)
LOGITS = RNG.normal(scale=3, size=(8, 5)).astype("float32")


def test_even_logits_cost_the_mean_of_the_logarithms() -> None:
    loss = multioutput_cross_entropy((2, 4))(np.array([[1, 3]]), np.zeros((1, 6)))
    assert float(loss) == pytest.approx((np.log(2) + np.log(4)) / 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_it_is_the_mean_of_the_losses_of_its_outputs(smoothing: float) -> None:
    one = softmax_cross_entropy(smoothing)
    apart = [float(one(LABELS[:, 0], LOGITS[:, :2])), float(one(LABELS[:, 1], LOGITS[:, 2:]))]
    loss = multioutput_cross_entropy((2, 3), smoothing)(LABELS, LOGITS)
    assert float(loss) == pytest.approx(np.mean(apart), rel=1e-5)


def test_a_class_weighs_in_its_own_output_alone() -> None:
    # Both outputs are even: ln 2 and ln 3, the first with weight 4, the second with weight 1.
    loss = multioutput_cross_entropy((2, 3), class_weights=[1.0, 4.0, 1.0, 4.0, 1.0])
    value = float(loss(np.array([[1, 2]]), np.zeros((1, 5))))
    assert value == pytest.approx((4 * np.log(2) + np.log(3)) / 2)


def test_one_output_is_a_softmax_cross_entropy() -> None:
    alone = multioutput_cross_entropy((5,))(LABELS[:, :1], LOGITS)
    assert float(alone) == pytest.approx(float(softmax_cross_entropy()(LABELS[:, 0], LOGITS)))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"class numbers \[B, 2\], or shares \[B, 5\], and logits \[B, 5\]"
    ):
        multioutput_cross_entropy((2, 3))(LABELS[:, 0], LOGITS)
    with pytest.raises(ValueError, match=r"Received: \[8, 2\] and \[8, 4\]"):
        multioutput_cross_entropy((2, 3))(LABELS, LOGITS[:, :4])
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        multioutput_cross_entropy((2,), -0.1)
    with pytest.raises(ValueError, match=r"`class_weights` must be numbers"):
        multioutput_cross_entropy((2,), class_weights=[])


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 0.5, 0.0, 3.0)])
def test_shares_of_classes_cost_what_their_classes_do(weights):
    logits = np.random.default_rng(1).normal(size=(2, 5)).astype("float32")
    loss = multioutput_cross_entropy((2, 3), 0.1, class_weights=weights)
    shares = np.array([[0.25, 0.75, 0, 0.5, 0.5], [0, 1, 1, 0, 0]], "float32")
    # Independent outputs: the expectation over their pairs of classes.
    by_hand = sum(
        shares[i, a] * shares[i, 2 + b] * float(loss(np.array([[a, b]]), logits[i : i + 1]))
        for i in range(2)
        for a in range(2)
        for b in range(3)
    )
    assert float(loss(shares, logits)) == pytest.approx(by_hand / 2, rel=1e-5)
