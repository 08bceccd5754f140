"""The training step of benchmarks/training.py in PyTorch, on a CPU; it is started by that script.

The embedding is learned by SparseAdam and the rest by NAdam, which costs the least, or all of it by Adam with dense
gradients, which is the default.
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from training import (
    CLIP_NORM,
    EMBEDDING,
    INPUT_DROPOUT,
    OUTPUT_DROPOUT,
    RATE,
    TORCH,
    UNITS,
    WORDS,
    Arrays,
    Measure,
    Setting,
    batch_of,
    serve,
    warmed,
)

THREADS = 2
IGNORED = -100  # the tag of padding


class Network(nn.Module):
    """Embedding, bidirectional LSTM layers with a dropout mask a sentence around each, and tag scores."""

    def __init__(self, matrix: np.ndarray, tags: int, layers: int, sparse: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.tensor(matrix), freeze=False, sparse=sparse)
        widths = [EMBEDDING] + [2 * UNITS] * (layers - 1)
        self.layers = nn.ModuleList(nn.LSTM(width, UNITS, batch_first=True, bidirectional=True) for width in widths)
        self.tags = nn.Linear(2 * UNITS, tags)

    def forward(self, word_ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Scores [B, T, K] of words [B, T]."""
        states = self.embedding(word_ids)
        for layer in self.layers:
            packed = pack_padded_sequence(
                masked(states, INPUT_DROPOUT), lengths, batch_first=True, enforce_sorted=False
            )
            states, _ = pad_packed_sequence(layer(packed)[0], batch_first=True)
            states = masked(states, OUTPUT_DROPOUT)
        return self.tags(states)


def masked(states: torch.Tensor, rate: float) -> torch.Tensor:
    """Dropout with one mask for all words of a sentence."""
    kept = states.new_empty(states.shape[0], 1, states.shape[2]).bernoulli_(1.0 - rate)
    return states * (kept / (1.0 - rate))


def main() -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    with np.load(sys.argv[1]) as file:
        arrays = dict(file)
    serve(lambda setting: step_of(setting, arrays) if setting.layers else lstm_alone(setting), arrays)


def step_of(setting: Setting, arrays: Arrays) -> Measure:
    """A training step on the batch of a number."""
    sparse = setting.contender == TORCH
    network = Network(arrays["matrix"], int(arrays["tags"]), setting.layers, sparse)
    network.train()
    rest = [weight for name, weight in network.named_parameters() if name != "embedding.weight"]
    clipped, optimizers = optimizers_of(network, rest, sparse)

    def step(number: int) -> None:
        word_ids, lengths, tag_ids = (torch.from_numpy(array) for array in batch_of(arrays, setting.size, number))
        inside = torch.arange(word_ids.shape[1]) < lengths[:, None]  # [B, T]
        for optimizer in optimizers:
            optimizer.zero_grad()
        scores = network(word_ids, lengths.long())
        wanted = torch.where(inside, tag_ids.long(), IGNORED)
        loss = cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=IGNORED)
        loss.backward()
        nn.utils.clip_grad_norm_(clipped, CLIP_NORM)
        for optimizer in optimizers:
            optimizer.step()
        loss.item()

    return warmed(step)


def optimizers_of(
    network: Network, rest: list[nn.Parameter], sparse: bool
) -> tuple[list[nn.Parameter], list[torch.optim.Optimizer]]:
    """The weights whose gradient is clipped (PyTorch clips no sparse one), and the optimizers."""
    everything = list(network.parameters())
    if not sparse:
        return everything, [torch.optim.Adam(everything, RATE)]
    return rest, [torch.optim.SparseAdam([network.embedding.weight], RATE), torch.optim.NAdam(rest, RATE)]


def lstm_alone(setting: Setting) -> Callable[[int], None]:
    """Both directions forward and back over inputs without padding."""
    layer = nn.LSTM(EMBEDDING, UNITS, bidirectional=True)
    inputs = torch.randn(WORDS, setting.size, EMBEDDING, requires_grad=True)

    def step(number: int) -> None:
        layer.zero_grad()
        inputs.grad = None
        layer(inputs)[0].sum().backward()

    return warmed(step)


if __name__ == "__main__":
    main()
