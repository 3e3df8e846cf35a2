"""Runs with answers that a test chose: what training would have left in the store."""

import numpy as np

from dlsuite.metrics import classification_scores, regression_scores

NAMES = ["ant", "bee", "cat"]
RECIPE = {
    "pipeline": "image_classification",
    "data": {"source": {"type": "digits"}, "augment": [], "image_size": None},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": 2, "seed": 0},
}


def keys(count, start=0):
    return [f"{number:032x}" for number in range(start, start + count)]


def told(answers, truth, names=None, sure=2.0):
    """Scores of these answers to these truths, both class numbers."""
    truth, answers = np.asarray(truth), np.asarray(answers)
    logits = np.eye(len(NAMES))[answers] * np.broadcast_to(sure, len(truth))[:, None]
    return classification_scores(names or keys(len(truth)), truth, logits, NAMES)


def predicted(answers, truth, names=None):
    return regression_scores(names or keys(len(truth)), truth, answers)


def write_run(store, name, scores, *, recipe=None, pipeline="image_classification", **facts):
    """A finished run with these scores by split; its id.

    Args:
        store: Where to.
        name: Of the run.
        scores: By split.
        recipe: Resolved; `RECIPE` where None.
        pipeline: Of the run.
        **facts: `metrics`, `epochs`, and `json`: further files by name.
    """
    with store.start(pipeline, name) as run:
        run.json("recipe.resolved.json", RECIPE if recipe is None else recipe)
        hashes = {split: str(hash(tuple(s.examples["key"]))) for split, s in scores.items()}
        run.json("splits.json", {"hashes": hashes})
        for split, each in scores.items():
            run.metrics({f"{split}.{metric}": value for metric, value in each.values.items()})
            run.table(f"examples/{split}", each.examples)
        run.metrics(facts.get("metrics", {}))
        if "epochs" in facts:
            run.json("history.json", facts["epochs"])
        for file, content in facts.get("json", {}).items():
            run.json(file, content)
        return run.run_id
