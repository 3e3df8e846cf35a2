"""What applications of pictures draw of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlsuite.experiment.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 16  # examples of the first batch
SHOWN_DRAWN = 8  # of them, where each is shown as it is augmented in
DRAWS = 4  # steps


def drawn_pictures(outcome: Outcome) -> Iterator[tuple[str, Figure]]:
    """What was trained on, curves and scores; on dev what the target shows, the worst mistakes."""
    from dlsuite import figures

    history, target = outcome.history, outcome.splits.info.target
    yield "training_examples", _first_examples(outcome)
    yield (
        "curves",
        figures.curves(history.epochs, metric=target.metric, best_epoch=history.best_epoch),
    )
    yield "scores", figures.score_intervals(outcome.scores, outcome.baseline)
    dev = outcome.splits.dev
    if dev is not None:
        table = outcome.scores["dev"].examples
        yield from target.figures(table, dev.rows["label"], outcome.answers["dev"], "dev")
        yield (
            "worst_mistakes",
            figures.worst_mistakes(table, lambda row: dev.read(row)["image"], split="dev"),
        )


def _first_examples(outcome: Outcome) -> Figure:
    from dlsuite import figures

    target, data = outcome.splits.info.target, outcome.settings.data
    drawn, raw = outcome.first_draws(DRAWS)
    count = min(SHOWN if len(drawn) == 1 else SHOWN_DRAWN, len(raw))
    return figures.training_examples(
        [raw.read(row)["image"] for row in range(count)],
        [seen[:count] for seen, *_ in drawn],
        target.named(raw.rows["label"][:count]),
        told=[target.told(shares[:count]) for _, shares, *_ in drawn] if data.mixes else None,
        batch_size=len(raw),
    )
