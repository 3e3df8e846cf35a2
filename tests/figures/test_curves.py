"""Curves: which panels, which points."""

import numpy as np
import pytest

from dlsuite.figures import curves

EPOCHS = [
    {
        "loss": 2.0 * 0.8**epoch,
        "accuracy": 1 - 0.8**epoch,
        "dev.loss": 2.1 * 0.8**epoch + 0.1,
        "dev.accuracy": 0.9 - 0.8**epoch,
        "dev.f1_macro": 0.5,
        "learning_rate": 0.003,
        "seconds": 1.0,
    }
    for epoch in range(1, 13)
]


def panels(figure):
    return [axes.get_title() for axes in figure.axes]


def lines(axes):
    return {line.get_label(): line.get_xydata() for line in axes.get_lines()}


def test_a_classifier_has_loss_metric_and_learning_rate(drawn):
    figure = drawn(curves(EPOCHS, best_epoch=7, title="digits $x"))
    assert panels(figure) == ["loss", "accuracy", "learning rate"]
    shown = lines(figure.axes[1])
    assert list(shown) == ["train, epoch mean", "dev", "best epoch: 7"]
    np.testing.assert_allclose(shown["dev"][0], [1, EPOCHS[0]["dev.accuracy"]])
    assert all(lines(axes)["best epoch: 7"][0][0] == 7 for axes in figure.axes)


def test_the_metric_can_be_chosen(drawn):
    figure = drawn(curves(EPOCHS, metric="f1_macro"))
    assert panels(figure) == ["loss", "f1 macro", "learning rate"]
    assert list(lines(figure.axes[1])) == ["dev"]


def test_dev_keeps_its_colour_where_train_is_missing():
    figure = curves(EPOCHS, metric="f1_macro")
    assert figure.axes[0].get_lines()[1].get_color() == figure.axes[1].get_lines()[0].get_color()


def test_epochs_without_a_measure_of_dev_are_bridged():
    sparse = [
        {name: value for name, value in epoch.items() if number % 3 == 0 or "dev" not in name}
        for number, epoch in enumerate(EPOCHS, start=1)
    ]
    np.testing.assert_array_equal(lines(curves(sparse).axes[0])["dev"][:, 0], [3, 6, 9, 12])


def test_what_is_not_finite_is_left_out():
    broken = [{"loss": 1.0}, {"loss": float("nan")}, {"loss": float("inf")}, {"loss": 0.5}]
    shown = lines(curves(broken).axes[0])["train, epoch mean"]
    np.testing.assert_array_equal(shown, [[1, 1.0], [4, 0.5]])


def test_two_losses_without_dev_share_a_panel(drawn):
    figure = drawn(curves([{"generator_loss": 1.0, "discriminator_loss": 0.7}] * 100))
    assert panels(figure) == ["loss"]
    assert list(lines(figure.axes[0])) == [
        "generator loss (train, epoch mean)",
        "discriminator loss (train, epoch mean)",
    ]


def test_a_loss_over_decades_is_drawn_on_a_log_scale():
    steep = [{"loss": 10.0**-epoch} for epoch in range(4)]
    assert curves(steep).axes[0].get_yscale() == "log"
    assert curves(EPOCHS).axes[0].get_yscale() == "linear"


def test_one_epoch_is_one_visible_point(drawn):
    figure = drawn(curves(EPOCHS[:1]))
    assert figure.axes[0].get_lines()[0].get_marker() == "o"
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]


def test_one_legend_below_all_panels_names_each_line_once(drawn):
    figure = drawn(curves(EPOCHS, best_epoch=7))
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["train, epoch mean", "dev", "best epoch: 7"]
    assert figure.get_size_inches()[0] == pytest.approx(8.6)


@pytest.mark.parametrize("epochs", [[], [{"seconds": 1.0}], [{"loss": float("nan")}]])
def test_nothing_to_draw_is_refused(epochs):
    with pytest.raises(ValueError, match="must hold finite numbers to draw"):
        curves(epochs)


def test_a_constant_learning_rate_stands_in_the_middle_of_its_panel():
    constant = [{"loss": 1.0, "learning_rate": 0.003}] * 3
    assert curves(constant).axes[1].get_ylim() == pytest.approx((0, 0.006))
