"""Which example comes when: a function of (seed, pass, position) and of nothing else."""

from dataclasses import dataclass

import tensorflow as tf

from dlsuite.types import Tensor

# Up to here the whole permutation is drawn for every batch: 0.2 ms. From here on each index is
# permuted alone by a cipher, which walks through 2^16 / count values for a small count.
DRAWN_WHOLE = 4096
# TensorFlow's index_shuffle runs its cipher for 4 rounds: at 60,000 examples neighbours then
# correlate by 0.09 and two epochs by up to 0.9. From 8 rounds on no statistic tells it from a
# fair permutation; 16 cost 0.2 microseconds an index.
ROUNDS = 16
SHUFFLING = 0  # the stream of random numbers that orders examples; augmentation has those after it


@dataclass(frozen=True)
class Order:
    """Batches of `size` out of `count` examples, pass after pass, none across two passes.

    The last batch of a pass is short where `size` does not divide `count`. `seed` None keeps the
    order of the examples, else pass e is a permutation keyed by (seed, e).
    """

    count: int
    size: int
    seed: int | None

    @property
    def steps(self) -> int:
        """Batches in a pass."""
        return -(-self.count // self.size)

    def batch(self, step: Tensor) -> Tensor:
        """Indices of the examples in batch `step`, int64 `[b]`, b <= size."""
        start = (step % self.steps) * self.size
        positions = tf.range(start, tf.minimum(start + self.size, self.count))
        return self._shuffled(positions, step // self.steps)

    def slots(self, step: Tensor) -> tuple[Tensor, Tensor]:
        """`batch(step)` filled up to `size` with repetitions, and which are none; `[size]` both."""
        places = tf.range(self.size, dtype=tf.int64)
        indices = self.batch(step)
        filled = tf.shape(indices, tf.int64)[0]
        return tf.gather(indices, places % filled), places < filled

    def _shuffled(self, positions: Tensor, number: Tensor) -> Tensor:
        if self.seed is None:
            return positions
        if self.count <= DRAWN_WHOLE:
            everything = tf.range(self.count, dtype=tf.int64)
            key = draw_key(self.seed, SHUFFLING, number)
            return tf.gather(tf.random.experimental.stateless_shuffle(everything, key), positions)
        return tf.raw_ops.RandomIndexShuffle(
            index=positions,
            seed=draw_key(self.seed, SHUFFLING, number, 3),
            max_index=tf.constant(self.count - 1, tf.int64),
            rounds=ROUNDS,
        )


def draw_key(seed: int, stream: int, number: Tensor, words: int = 2) -> Tensor:
    """Key of random draw `number` of a stream, int64 `[words]`, all of them independent."""
    base = tf.constant([seed, stream], tf.int64)
    # fold_in alone gives [hash of base, number]: the next draw's key is then one addition away.
    key = tf.random.experimental.stateless_fold_in(base, tf.cast(number, tf.int64))
    return tf.random.stateless_uniform([words], key, minval=None, maxval=None, dtype=tf.int64)
