"""A linear-chain conditional random field over a sentence's tags, with its gradient written out.

A sequence's score adds up its tags' logits, the moves between them and its two ends; its probability is the softmax
over all sequences that BIOES allows. The gradient of log Z is the probability of each tag and the expected number of
each move, which the forward-backward algorithm gives, so no derivative of a loop is taken.
Sources: Lafferty et al. (2001), Lample et al. (2016); the scaling is that of Rabiner (1989).
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from tagger.features.labels import legal_moves

_FORBIDDEN = -1e4  # what a forbidden move adds to the score of a gold sequence
# How far below the best a logit and a move still count for what they are. However they meet, two of the one and three
# of the other are the most that leads from a likely start of a sentence to a likely rest: e^-580, a float64 number.
_LOWEST_LOGIT, _LOWEST_MOVE = -200.0, -60.0

Gradients = tuple[tf.Tensor, None, tf.Tensor, tf.Tensor, tf.Tensor]


class CRF:
    """Learned scores of moves between K tags, and how likely they make the tags of a sentence.

    The scores begin at zero: tags are then independent but for being legal together.

    Args:
        labels: K tags in BIOES; column k of the logits is labels[k].
    """

    def __init__(self, labels: Sequence[str]) -> None:
        legal, size = legal_moves(labels), len(labels)
        self._legal = legal.follows, legal.starts, legal.ends
        self.transitions = keras.Variable(tf.zeros([size, size]), name="transitions")
        self.starts = keras.Variable(tf.zeros([size]), name="starts")
        self.ends = keras.Variable(tf.zeros([size]), name="ends")

    def weights(self) -> dict[str, keras.Variable]:
        """The transitions, [K, K], from and to, the starts and the ends, [K]; those of forbidden moves never change."""
        return {"transitions": self.transitions, "starts": self.starts, "ends": self.ends}

    def log_likelihood(self, logits: tf.Tensor, tag_ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Log p(tags), float64 [B], for logits [B, T, K], tag_ids [B, T] and lengths [B]; 0 for an empty sentence.

        Tags that BIOES forbids get about -10,000 for each forbidden move, and where one logit of a token is more than
        200 above another, the result may be too low; it is finite for all finite logits.
        """
        inside = tf.sequence_mask(lengths, tf.shape(logits)[1])[..., None]
        logits = tf.where(inside, tf.cast(logits, tf.float64), 0.0)
        gold = _gold_score(logits, tag_ids, lengths, self._moves(_FORBIDDEN))
        return gold - log_partition(logits, lengths, *self._moves(-float("inf")))

    def loss(
        self, logits: tf.Tensor, tag_ids: tf.Tensor, lengths: tf.Tensor, tokens: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The sum over sentences of -log p(tags), divided by the number of real tokens: a float32 scalar.

        Args:
            tokens: those of the whole batch, where this is a share of it; the shares' losses then add up to the mean.
        """
        total = -tf.reduce_sum(self.log_likelihood(logits, tag_ids, lengths))
        tokens = tf.reduce_sum(lengths) if tokens is None else tokens
        return tf.cast(total / tf.cast(tokens, total.dtype), tf.float32)

    def _moves(self, forbidden: float) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The scores of moves, float64, with this in place of a forbidden one."""
        transitions, starts, ends = (
            tf.where(allowed, tf.cast(weight.value, tf.float64), forbidden)
            for allowed, weight in zip(self._legal, self.weights().values(), strict=True)
        )
        return transitions, starts, ends


@tf.custom_gradient  # type: ignore[untyped-decorator]
def log_partition(
    logits: tf.Tensor, lengths: tf.Tensor, transitions: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], Gradients]]:
    """Log Z, [B]: the log of the sum over sequences of the exponential of their scores; all in float64.

    Args:
        logits: [B, T, K], finite in padding too. lengths: [B].
        transitions: [K, K], from and to. starts, ends: [K]. Minus infinity is for what is forbidden.
    """
    weights, best = _exponentials(logits, _LOWEST_LOGIT, axis=[-1])  # [B, T, K], [B, T, 1]
    moves, best_move = _exponentials(transitions, _LOWEST_MOVE, axis=[0, 1])
    start, best_start = _exponentials(starts, _LOWEST_MOVE, axis=[0])
    end, best_end = _exponentials(ends, _LOWEST_MOVE, axis=[0])

    before, after = _read_both_ways(weights, lengths, tf.stack([start, end]), tf.stack([moves, tf.transpose(moves)]))
    joined = before * weights * after
    mass = tf.reduce_sum(joined, axis=-1, keepdims=True)  # [B, T, 1], of all sequences, as seen from each token
    scale = tf.reduce_sum(before * weights, axis=-1, keepdims=True)
    place = tf.range(tf.shape(logits)[1])[:, None]
    last = lengths[:, None, None] - 1
    is_last, inside = place == last, place <= last  # [B, T, 1]

    factors = tf.where(inside, tf.math.log(tf.where(is_last, mass, scale)) + best, 0.0)
    moved = tf.cast(tf.maximum(lengths - 1, 0), tf.float64) * tf.squeeze(best_move)
    edges = tf.where(lengths > 0, best_start + best_end, 0.0)

    def gradient(slopes: tf.Tensor) -> Gradients:
        shares = tf.where(inside, slopes[:, None, None] / mass, 0.0)
        tags = joined * shares  # [B, T, K], the probability of each tag
        left = _rows((before * weights / scale)[:, :-1])
        arrived = _rows((weights * after * shares)[:, 1:])
        to_starts = tf.reduce_sum(tags[:, :1], axis=[0, 1])
        to_ends = tf.reduce_sum(tf.where(is_last, tags, 0.0), axis=[0, 1])
        return tags, None, moves * tf.matmul(left, arrived, transpose_a=True), to_starts, to_ends

    return tf.reduce_sum(factors, axis=[1, 2]) + moved + edges, gradient


def _read_both_ways(
    weights: tf.Tensor, lengths: tf.Tensor, edges: tf.Tensor, moves: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """What comes before each tag and what comes after it, [B, T, K], as weights of sums over sequences.

    Backward is forward from the end with the moves turned round, so one loop goes both ways. At each step what has been
    reached is scaled to sum to 1.

    Args:
        weights: [B, T, K], of tags. edges: [2, K], of starts and ends. moves: [2, K, K], onward and turned round.
    """
    steps, size = tf.shape(weights)[1], weights.shape[2]
    both = tf.stack([weights, tf.reverse_sequence(weights, lengths, seq_axis=1)])  # [2, B, T, K]
    both = tf.transpose(both, [2, 0, 1, 3])
    first = tf.repeat(edges[:, None], tf.shape(weights)[0], axis=1)  # [2, B, K]
    seen = tf.TensorArray(weights.dtype, steps, element_shape=[2, None, size])

    def body(step: tf.Tensor, reached: tf.Tensor, seen: tf.TensorArray) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        here = reached * tf.gather(both, step)
        here /= tf.reduce_sum(here, axis=-1, keepdims=True)
        return step + 1, tf.matmul(here, moves), seen.write(step, reached)

    *_, seen = tf.while_loop(lambda step, *_: step < steps, body, (0, first, seen), maximum_iterations=steps)
    onward, back = tf.unstack(tf.transpose(tf.reshape(seen.stack(), tf.shape(both)), [1, 2, 0, 3]), num=2)
    return onward, tf.reverse_sequence(back, lengths, seq_axis=1)


def _gold_score(
    logits: tf.Tensor, tag_ids: tf.Tensor, lengths: tf.Tensor, moves: tuple[tf.Tensor, tf.Tensor, tf.Tensor]
) -> tf.Tensor:
    """The score of the gold tags, [B]. Sums over ones and zeros: their gradient is always added up in one order."""
    transitions, starts, ends = moves
    place, last = tf.range(tf.shape(tag_ids)[1]), lengths[:, None] - 1
    tags = tf.one_hot(tf.where(place <= last, tag_ids, -1), logits.shape[-1], dtype=logits.dtype)  # [B, T, K]
    before = tf.pad(tags, [[0, 0], [1, 0], [0, 0]])[:, :-1]
    scores = logits + tf.matmul(before, transitions)
    edges = tf.where((place == 0)[:, None], starts, 0.0) + tf.where((place == last)[..., None], ends, 0.0)
    return tf.reduce_sum(tags * (scores + edges), axis=[1, 2])


def _exponentials(scores: tf.Tensor, lowest: float, axis: Sequence[int]) -> tuple[tf.Tensor, tf.Tensor]:
    """The exponentials of scores, the best of them 1, and the best; 0 for minus infinity, else exp(lowest) at least."""
    best = tf.reduce_max(scores, axis=axis, keepdims=True)
    raised = tf.exp(tf.maximum(scores - best, lowest))
    return tf.where(tf.math.is_inf(scores), tf.zeros_like(scores), raised), best


def _rows(sentences: tf.Tensor) -> tf.Tensor:
    """[B, T, K] to [B * T, K]."""
    return tf.reshape(sentences, [-1, sentences.shape[-1]])
