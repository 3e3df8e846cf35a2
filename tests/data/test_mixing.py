"""MixUp and CutMix: what each pixel and each share is made of, worked by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.augment import augmenter

B, K = 6, 4
LABELS = np.array([0, 1, 2, 3, 0, 1])
ONE_HOT = np.eye(K, dtype="float32")[LABELS]
# Image i has the value 2^i everywhere, so that a sum tells which two it was made of.
IMAGES = np.ones((B, 9, 7, 2), "float32") * 2.0 ** np.arange(B)[:, None, None, None]


def at(layer, step, *batch, seed=0):
    batch = tuple(tf.constant(part) for part in batch)
    return [part.numpy() for part in augmenter([layer], seed)(batch, tf.constant(step, tf.int64))]


def partners(y, own_share):
    """Which other class the rest of each row belongs to, from shares alone."""
    rest = y - own_share[:, None] * ONE_HOT
    return rest.argmax(-1)


def test_mixup_mixes_images_and_targets_in_the_same_parts():
    seen = set()
    for step in range(4):
        x, y = at(keras.layers.MixUp(alpha=1.0), step, IMAGES, ONE_HOT)
        for i in range(B):
            # Zhang et al. 2018: x = λ x_i + (1 - λ) x_j and y = λ y_i + (1 - λ) y_j.
            value = float(x[i, 0, 0, 0])
            np.testing.assert_allclose(x[i], value, rtol=1e-6)
            fits = []
            for j in range(B):
                share = 1.0 if i == j else (value - 2.0**j) / (2.0**i - 2.0**j)
                expected = share * ONE_HOT[i] + (1 - share) * ONE_HOT[j]
                fits.append(-1e-5 <= share <= 1 + 1e-5 and np.allclose(expected, y[i], atol=1e-5))
                if fits[-1]:
                    seen.add(round(share, 5))
            assert any(fits)
    assert len(seen) > B  # λ is drawn for each example, not for a batch


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_the_shares_of_mixup_are_beta_distributed(alpha):
    count = 4000
    x = np.arange(count, dtype="float32")[:, None, None, None] * np.ones((1, 1, 1, 1), "float32")
    _, y = at(keras.layers.MixUp(alpha=alpha), 0, x, np.eye(count, dtype="float32"))
    share = y.diagonal()
    # Var of Beta(α, α) is 1 / (4 (2α + 1)); 4000 draws tell it to a few hundredths.
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    assert share.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.05)


def test_cutmix_gives_each_image_the_share_of_its_own_pixels():
    cut = 0
    for step in range(6):
        x, y = at(keras.layers.CutMix(factor=(1.0, 1.0)), step, IMAGES, ONE_HOT)
        for i in range(B):
            own = x[i] == 2.0**i
            others = np.unique(x[i][~own])
            assert len(others) <= 1  # every pixel is of the one or of the other
            rows, columns = np.nonzero(~own[..., 0])
            if len(rows):
                cut += 1
                box = own[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
                assert not box.any()  # one box, and channels together
                assert np.array_equal(own[..., 0], own[..., 1])
            expected = own.mean() * ONE_HOT[i]
            if len(others):
                expected = expected + (1 - own.mean()) * ONE_HOT[int(np.log2(others[0]))]
            np.testing.assert_allclose(y[i], expected, atol=1e-6)
    assert cut > B


def test_the_loss_of_a_mixed_example_is_that_of_both_by_share_and_weight():
    weights = np.array([1.0, 0.5, 2.0, 0.0, 3.0, 0.25], "float32")
    layer = keras.layers.MixUp(alpha=1.0)
    _, shares = at(layer, 3, IMAGES, np.eye(B, dtype="float32"))
    _, y, w = at(layer, 3, IMAGES, ONE_HOT, weights)
    logits = np.random.default_rng(0).normal(size=(B, K))
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    # shares[i, j] is how much of example j is in row i; each part has its own weight.
    by_hand = [
        sum(shares[i, j] * weights[j] * -log_p[i, LABELS[j]] for j in range(B)) for i in range(B)
    ]
    np.testing.assert_allclose(w * -(y * log_p).sum(-1), by_hand, atol=1e-6)
    np.testing.assert_allclose(y.sum(-1), 1, atol=1e-6)


def test_two_examples_of_no_weight_make_one_of_none():
    none = np.zeros(B, "float32")
    _, y, w = at(keras.layers.CutMix(), 0, IMAGES, ONE_HOT, none)
    assert np.isfinite(y).all()
    assert not w.any()


@pytest.mark.parametrize("make", [keras.layers.MixUp, keras.layers.CutMix])
def test_a_step_mixes_the_same_in_any_order_and_batch_of_unknown_size(make):
    def batches(first):
        augment = augmenter([make(), keras.layers.RandomFlip()], 3)
        stream = tf.data.Dataset.from_tensor_slices((IMAGES, ONE_HOT)).repeat(2).batch(5)
        stream = stream.enumerate().skip(first)
        mixed = stream.map(lambda step, batch: augment(batch, step), num_parallel_calls=2)
        return [[part.numpy() for part in batch] for batch in mixed]

    whole, late = batches(0), batches(1)
    for batch, again in zip(whole[1:], late, strict=True):
        for part, other in zip(batch, again, strict=True):
            np.testing.assert_array_equal(part, other)
    assert [len(batch[0]) for batch in whole] == [5, 5, 2]
    assert not np.array_equal(whole[0][1], ONE_HOT[:5])


def test_targets_of_several_axes_are_mixed_row_by_row():
    rows = np.stack([ONE_HOT, ONE_HOT[::-1]], axis=1)  # [B, 2, K]
    layer = keras.layers.MixUp()
    _, together = at(layer, 1, IMAGES, rows)
    np.testing.assert_array_equal(together[:, 0], at(layer, 1, IMAGES, ONE_HOT)[1])


def test_numbers_of_classes_cannot_be_mixed():
    with pytest.raises(ValueError, match=r"MixUp needs targets as shares.*Received: int64 \[6\]"):
        at(keras.layers.MixUp(), 0, IMAGES, LABELS)
