"""docs/regularization.md: its recipes are recipes, its formulas those that are computed."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml

from dlsuite.recipe import load
from pipelines.image_classification import Settings

PAGE = (Path(__file__).parents[1] / "docs" / "regularization.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
BEGUN = {"data": {"source": "digits"}, "model": {"type": "lenet5"}}


def test_the_page_has_recipes():
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split(":")[0])
def test_every_block_is_part_of_a_recipe(block):
    written = yaml.safe_load(block)
    assert load(BEGUN | written, Settings).settings is not None


def test_decay_is_twice_l2_for_plain_descent_as_the_page_has_it():
    def after(**how):
        kernel = keras.Variable([2.0, -3.0])
        optimizer = keras.optimizers.SGD(0.1, weight_decay=how.get("decay"))
        gradient = np.array([0.5, 0.25]) + 2 * how.get("l2", 0.0) * kernel.numpy()
        optimizer.apply([gradient.astype("float32")], [kernel])
        return kernel.numpy()

    by_hand = np.array([2 - 0.1 * (0.5 + 0.4 * 2), -3 - 0.1 * (0.25 - 0.4 * 3)])
    np.testing.assert_allclose(after(l2=0.2), by_hand, rtol=1e-6)
    np.testing.assert_allclose(after(decay=0.4), by_hand, rtol=1e-6)


def test_kept_units_are_divided_by_the_share_kept():
    out = np.asarray(keras.layers.Dropout(0.2, seed=0)(np.ones((1, 1000)), training=True))
    assert set(np.unique(out.round(5))) == {0.0, 1.25}
