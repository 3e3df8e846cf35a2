"""Every network tells its paper, and has as many parameters as others counted."""

import keras
import psutil
import pytest

from dlsuite.models import lenet5
from dlsuite.models.listing import counted, entries, usual
from dlsuite.models.published import Paper
from dlsuite.models.weightless import parameters, weightless

ENTRIES = entries()
FORMS = [(entry, form) for entry in ENTRIES if entry.paper for form in entry.paper.forms]
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
with_forms = pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if e.paper and e.paper.forms], ids=lambda entry: entry.name
)


@every_entry
def test_a_builder_says_in_its_file_where_it_comes_from(entry):
    assert isinstance(entry.paper, Paper), (
        f"the file of dlsuite.models.{entry.name} needs `PAPER = Paper(authors, title, year, …)` "
        "of dlsuite.models.published"
    )
    assert entry.what
    assert 1943 <= entry.paper.year <= 2100
    assert entry.paper.authors
    assert entry.paper.title
    names = [form.name for form in entry.paper.forms]
    assert len(set(names)) == len(names)
    assert all(form.source for form in entry.paper.forms)


@pytest.mark.parametrize(
    ("entry", "form"), FORMS, ids=[f"{entry.name}, {form.name}" for entry, form in FORMS]
)
def test_parameters_are_as_many_as_published(entry, form):
    assert counted(entry, form) == form.parameters


@with_forms
def test_stages_are_layers_and_come_in_their_order(entry):
    names = [layer.name for layer in usual(entry).layers]
    places = [names.index(stage) for stage in entry.paper.stages]
    assert places
    assert places == sorted(places)


@with_forms
def test_the_smallest_image_is_taken_and_a_smaller_one_refused(entry):
    side, channels = entry.paper.smallest, entry.paper.forms[0].input_shape[-1]
    assert weightless(lambda: entry.build((side, side, channels), 2)).output.shape == (None, 2)
    with pytest.raises(ValueError, match=f"sides of at least {side}, .*Received: input_shape="):
        entry.build((side - 1, side, channels), 2)


def test_pictures_that_lenet5_pads_make_it_no_larger():
    assert parameters(weightless(lambda: lenet5((28, 28, 1), 10))) == 61_706


def test_a_model_without_weights_takes_no_memory_then_nor_later():
    before = psutil.Process().memory_info().rss
    (vgg,) = [entry for entry in ENTRIES if entry.name == "vgg"]
    model = usual(vgg)  # 553 MB of weights
    with keras.StatelessScope():
        pass  # at whose end Keras makes up for values that it still owes
    assert psutil.Process().memory_info().rss - before < 100e6
    assert parameters(model) == 138_357_544


def test_what_is_left_out_is_named_as_it_is():
    (lenet,) = [entry for entry in ENTRIES if entry.name == "lenet5"]
    model = usual(lenet)
    assert parameters(model, ["output"]) == 61_706 - 850
    with pytest.raises(ValueError, match=r"name layers of lenet5\. Received: outputs"):
        parameters(model, ["outputs"])


def test_a_network_without_a_published_form_has_no_usual_data():
    (mlp,) = [entry for entry in ENTRIES if entry.name == "mlp"]
    with pytest.raises(ValueError, match=r"a published form\. Received: mlp"):
        usual(mlp)
