"""What only data and model can tell is refused before the first step, with its key."""

import shutil

import pytest

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.tracking import Store, StoreError
from pipelines import image_classification, tabular

DIGITS = {"data": {"source": "digits"}, "model": {"type": "mlp", "hidden": [4]}}
DIABETES = {"data": {"source": "diabetes"}, "model": {"type": "mlp", "hidden": [4]}}
ONE_EPOCH = {"training.epochs": 1, "training.early_stopping": None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"expect": {"test.acuracy": {"at_least": 1}}},
            r"expect\.test\.acuracy: .*mean test",
        ),
        ({"expect": {"tst.accuracy": {"at_least": 1}}}, r"must be one of train\.accuracy"),
        ({"evaluation": {"satisfy": {"p95_latencyms": {"at_most": 1}}}}, "mean p95_latency_ms"),
        ({"evaluation": {"optimize": "acc"}}, "must be one of accuracy, auc, balanced_accuracy"),
        ({"training": {"early_stopping": {"monitor": "dev.acuracy"}}}, r"mean dev\.accuracy"),
        ({"loss": {"type": "SparseCategoricalCrossentropy"}}, "needs `from_logits: true`"),
        ({"loss": {"type": "MeanSquaredError"}}, "loss: must take targets of shape"),
        (
            {"model": {"type": "lenet5", "variant": "paper"}},
            r"model: cannot be built for this data\. `input_shape` must be one of",
        ),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_with_its_key(workshop, change, message):
    with pytest.raises(RecipeError, match=message):
        experiment.plan(image_classification.pipeline, DIGITS | change)


@pytest.mark.parametrize(
    ("module", "recipe", "change", "message"),
    [
        (
            image_classification,
            DIGITS,
            {
                "loss": {"type": "SparseCategoricalCrossentropy", "from_logits": True},
                "regularization": {"label_smoothing": 0.1},
            },
            r"regularization\.label_smoothing: must be 0: SparseCategoricalCrossentropy takes none",
        ),
        (
            tabular,
            DIABETES,
            {
                "model": {"type": "tests.experiment.test_refusals:net"},
                "regularization": {"dropout": 0.5},
            },
            r"regularization\.dropout: must be 0: .*:net takes none\. Received: 0\.5",
        ),
    ],
)
def test_regularization_that_would_do_nothing_is_refused(module, recipe, change, message):
    with pytest.raises(RecipeError, match=message):
        experiment.plan(module.pipeline, recipe | change)


def net(input_shape: tuple[int, ...], num_classes: int):
    """A model without dropout."""
    import keras

    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(num_classes)])


def test_a_loss_by_its_keras_name_is_taken_where_it_fits(workshop):
    planned = experiment.plan(
        image_classification.pipeline,
        DIGITS | {"loss": {"type": "SparseCategoricalCrossentropy", "from_logits": True}},
    )
    assert planned.learner.model.loss.name == "sparse_categorical_crossentropy"


def test_a_finished_run_is_not_resumed(workshop):
    done = image_classification.run(DIGITS, ONE_EPOCH)
    with pytest.raises(StoreError, match="nothing left to do"):
        image_classification.run(DIGITS, ONE_EPOCH, resume=done.run_id)


def test_a_run_whose_checkpoints_are_gone_is_not_resumed(workshop):
    class Stop(Exception):
        """The training ends here."""

    import keras

    class End(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise Stop

    two = ONE_EPOCH | {"training.epochs": 3}
    with pytest.raises(Stop):
        image_classification.run(DIGITS, two, listeners=[End()])
    record = Store.open().find("latest")
    assert record.status == "FAILED"
    shutil.rmtree(workshop / "mlruns" / "checkpoints")
    with pytest.raises(StoreError, match="which are gone from"):
        image_classification.run(DIGITS, two, resume=record.run_id)


def test_a_pipeline_of_the_users_own_is_found_beside_the_recipe(workshop, capsys):
    from pipelines.cli import main

    (workshop / "mine.py").write_text(
        "from dataclasses import replace\n"
        "from pipelines import tabular\n"
        "class Settings(tabular.Settings):\n"
        "    pipeline: str\n"
        "pipeline = replace(tabular.pipeline, name='mine', settings=Settings)\n"
        "number = 3\n"
    )
    recipe = "pipeline: mine:pipeline\ndata: {source: wine}\nmodel: {type: mlp, hidden: [4]}\n"
    (workshop / "own.yaml").write_text(recipe)
    with pytest.raises(SystemExit) as end:
        main(["plan", "own.yaml"])
    assert not end.value.code
    capsys.readouterr()
    for name, message in (
        ("mine:number", "which is a int"),
        ("mine:nothing", "which is nothing of that name"),
        ("nowhere:pipeline", "cannot import nowhere:pipeline"),
    ):
        (workshop / "own.yaml").write_text(recipe.replace("mine:pipeline", name))
        with pytest.raises(SystemExit) as end:
            main(["plan", "own.yaml"])
        assert end.value.code == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"data\.relabels.*cannot be read"),
        ("key,label\na,b\n", r"data\.relabels.*relabel is missing"),
        ("key,label,relabel\na,0,1\n", r"data\.relabels.*32 hexadecimal digits"),
    ],
)
def test_relabels_that_cannot_be_read_are_refused_before_a_run_is_opened(
    workshop, tmp_path, content, message
):
    path = tmp_path / "relabels of mine.csv"
    if content is not None:
        path.write_text(content)
    before = len(Store.open().runs())
    with pytest.raises(RecipeError, match=message):
        image_classification.run(DIGITS, {**ONE_EPOCH, "data.relabels": str(path)})
    assert len(Store.open().runs()) == before
