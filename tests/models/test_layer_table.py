"""Multiply-adds and sizes of layers against the tables that the papers print."""

import keras
import pytest

from dlsuite.models import cifar_resnet, lenet5, mlp, resnet, vgg
from dlsuite.models.layer_table import layer_table, total
from dlsuite.models.weightless import weightless

PHOTOGRAPH = (224, 224, 3)


def rows_of(build):
    return {row.name: row for row in layer_table(weightless(build))}


def sum_of(build):
    return total(layer_table(weightless(build)))


# Depth -> FLOPs, "multiply-adds", in units of 1e9 (He et al. 2015, table 1, last row).
RESNETS = {18: 1.8, 34: 3.6, 50: 3.8, 101: 7.6, 152: 11.3}


@pytest.mark.parametrize("depth", RESNETS)
def test_a_resnet_multiplies_as_often_as_table_1_says(depth):
    # The table cuts 3.66 and 3.86 down to one digit; with rounding alone 0.05 would do.
    found = sum_of(lambda: resnet(PHOTOGRAPH, 1000, depth=depth)).multiply_adds / 1e9
    assert found == pytest.approx(RESNETS[depth], abs=0.07)


def test_the_stages_of_a_resnet_have_the_sides_of_table_1():
    rows = rows_of(lambda: resnet(PHOTOGRAPH, 1000, depth=50))
    shown = {stage: rows[stage].output for stage in ("conv1", "conv2", "conv3", "conv4", "conv5")}
    assert shown == {
        "conv1": (112, 112, 64),
        "conv2": (56, 56, 256),
        "conv3": (28, 28, 512),
        "conv4": (14, 14, 1024),
        "conv5": (7, 7, 2048),
    }


def test_a_cifar_resnet_has_the_layers_of_its_table_and_multiplies_40_6_million_times():
    # Section 4.2: 1 + 2n layers of 32x32 and 16 filters, 2n of 16x16 and 32, 2n of 8x8 and 64.
    rows = rows_of(lambda: cifar_resnet((32, 32, 3), 10, depth=20))
    convolutions = [row.output for row in rows.values() if row.kind == "Conv2D"]
    assert convolutions == [(32, 32, 16)] * 7 + [(16, 16, 32)] * 6 + [(8, 8, 64)] * 6
    # By hand: the first; six of 16 maps; 16 to 32 and five of 32; 32 to 64 and five of 64; dense.
    first = 32 * 32 * 9 * 3 * 16
    sixteen = 6 * 32 * 32 * 9 * 16 * 16
    thirty_two = 16 * 16 * 9 * (16 * 32 + 5 * 32 * 32)
    sixty_four = 8 * 8 * 9 * (32 * 64 + 5 * 64 * 64)
    by_hand = first + sixteen + thirty_two + sixty_four + 64 * 10
    assert total(list(rows.values())).multiply_adds == by_hand == 40_551_040


def test_a_vgg_16_multiplies_15_5_billion_times():
    rows = rows_of(lambda: vgg(PHOTOGRAPH, 1000, depth=16))
    assert rows["conv1_1"].multiply_adds == 224 * 224 * 3 * 3 * 3 * 64
    assert rows["conv5_3"].multiply_adds == 14 * 14 * 3 * 3 * 512 * 512
    assert rows["fc6"].multiply_adds == 7 * 7 * 512 * 4096
    sums = total(list(rows.values()))
    dense = sum(rows[name].multiply_adds for name in ("fc6", "fc7", "output"))
    assert (sums.multiply_adds - dense) / 1e9 == pytest.approx(15.3, abs=0.05)
    assert sums.multiply_adds / 1e9 == pytest.approx(15.5, abs=0.05)


# Layer -> trainable connections (LeCun et al. 1998, section II.B), which count a bias as one.
CONNECTIONS = {"c1": 122_304, "c3": 151_600, "c5": 48_120, "f6": 10_164}


@pytest.mark.parametrize("name", CONNECTIONS)
def test_layers_of_lenet5_have_the_connections_of_the_paper(name):
    row = rows_of(lambda: lenet5((32, 32, 1), 10, variant="paper"))[name]
    units = 1
    for side in row.output:
        units *= side
    assert row.multiply_adds + units == CONNECTIONS[name]


def test_what_does_not_multiply_by_weights_counts_nothing_and_statistics_stand_apart():
    rows = rows_of(lambda: mlp((2, 3), 4, hidden=(5,), batch_norm=True))
    assert [rows["hidden_1"].multiply_adds, rows["output"].multiply_adds] == [6 * 5, 5 * 4]
    norm = rows["batch_norm_1"]
    assert (norm.parameters, norm.moving, norm.multiply_adds) == (2 * 5, 2 * 5, 0)


def test_layers_of_a_model_inside_another_are_listed():
    def build():
        inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="inside")])
        outer = keras.Input((4,))
        return keras.Model(outer, keras.layers.Dense(2, name="outside")(inner(outer)))

    rows = rows_of(build)
    assert rows["inside"].multiply_adds == 12
    assert rows["outside"].multiply_adds == 6


def test_a_depthwise_and_a_grouped_convolution_see_part_of_the_maps():
    def build():
        x = inputs = keras.Input((6, 6, 4))
        x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)  # 4x4
        x = keras.layers.Conv2D(8, 1, groups=2, name="grouped")(x)
        return keras.Model(inputs, x)

    rows = rows_of(build)
    assert rows["depthwise"].multiply_adds == 16 * 9 * 4
    assert rows["grouped"].multiply_adds == 16 * 2 * 8


def test_products_at_places_whose_number_is_not_known_are_not_made_up():
    def build():
        inputs = keras.Input((None, 6, 2))
        return keras.Model(inputs, keras.layers.Conv2D(3, 1, name="somewhere")(inputs))

    rows = rows_of(build)
    assert rows["somewhere"].multiply_adds is None
    sums = total(list(rows.values()))
    assert (sums.parameters, sums.multiply_adds) == (2 * 3 + 3, None)
