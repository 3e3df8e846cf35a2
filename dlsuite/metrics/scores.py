"""Scores of one split, and which way a metric is better."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

# A metric's name tells its direction by one of its words: `f1_macro`, `p95_latency_ms`. What comes
# after `_of_` is a name of the user's, as in `accuracy_of_size`, and tells nothing.
BETTER_HIGH = "accuracy ap auc bleu chrf f1 iou kappa map match precision psnr r2 recall rouge ssim"
BETTER_LOW = (
    "cer distance divergence eer error fid loss mae mape mb ms mse nll parameters perplexity rmse "
    "seconds wer"
)


@dataclass(frozen=True)
class Scores:
    """What a model reached on one split.

    Args:
        values: Metric name, without its split, -> value: `{"accuracy": 0.98, "loss": 0.07}`.
        examples: One row per example of the split, in its order: `key` (its content hash), `loss`,
            `correct` (bool, where an answer is right or wrong) and what else is known of it.
    """

    values: dict[str, float]
    examples: pd.DataFrame


def higher_is_better(metric_name: str) -> bool:
    """Whether a larger value of a metric is the better one.

    Args:
        metric_name: With or without its split: `dev.accuracy`, `loss`.

    Raises:
        ValueError: No word of the name tells the direction, or its words contradict each other.
    """
    words = metric_name.rsplit(".", maxsplit=1)[-1].lower().partition("_of_")[0].split("_")
    high = any(word in words for word in BETTER_HIGH.split())
    low = any(word in words for word in BETTER_LOW.split())
    if high == low:
        raise ValueError(
            "A metric's name must tell its direction by one of its words, better when high "
            f"({BETTER_HIGH}) or better when low ({BETTER_LOW}). "
            f"Received: metric_name={metric_name!r}."
        )
    return high
