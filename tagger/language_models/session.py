"""One direction of a language model in ONNX Runtime."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagger.inference.session import Features, load_graph
from tagger.language_models.bundle import GRAPHS

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Carried:
    """What an LSTM carries from one step to the next: state and cell of each layer, [1, B, H]."""

    states: tuple[Floats, ...]
    cells: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """What is read, in the order of reading.

    Args:
        ids: [T, B], rows of the embedding matrix. lengths: [B], steps of each sentence, 1 at least.
        features: those of distinct words, [W, F], and type_ids: [T, B], which of them each is, where words are spelled.
    """

    ids: Ids
    lengths: Ids
    features: Features | None = None
    type_ids: Ids | None = None


class LanguageSession:
    """Reads in one direction, on the CPU.

    Args:
        directory: of a language model. direction: "forward" or "backward".
        threads: how many work on a batch; 0 lets ONNX Runtime choose.
    """

    def __init__(self, directory: Path, direction: str, threads: int = 0) -> None:
        self._graph = load_graph(directory / GRAPHS[direction], threads)
        sizes = {item.name: item.shape[-1] for item in self._graph.get_inputs()}
        self._layers = [sizes[f"state_{layer}"] for layer in range(sum(name.startswith("state_") for name in sizes))]

    def zero(self, sentences: int = 1) -> Carried:
        """What every sentence, or a stream, starts from."""
        zeros = tuple(np.zeros((1, sentences, units), np.float32) for units in self._layers)
        return Carried(zeros, zeros)

    def states(self, steps: Steps, before: Carried) -> tuple[Floats, Carried]:
        """The last layer's states [T, B, H], zeros beyond a sentence's length, and what is carried on."""
        found, after = self._run("states", steps, before, _NONE, _NONE)
        return found, after

    def log_probabilities(self, steps: Steps, before: Carried, places: Ids) -> tuple[Floats, Carried]:
        """Those of every class [N, C] after some steps, and what is carried on.

        Args:
            places: [N], each a step * B + a sentence.
        """
        return self._run("log_probabilities", steps, before, places, np.zeros_like(places))

    def target_log_probabilities(
        self, steps: Steps, before: Carried, places: Ids, targets: Ids
    ) -> tuple[Floats, Carried]:
        """The same of one class a place, `targets` [N]: [N]."""
        return self._run("target_log_probabilities", steps, before, places, targets)

    def _run(self, output: str, steps: Steps, before: Carried, places: Ids, targets: Ids) -> tuple[Floats, Carried]:
        feeds: dict[str, NDArray[Any]] = {"ids": steps.ids, "lengths": steps.lengths}
        feeds |= {"places": places, "targets": targets}
        if steps.features is not None and steps.type_ids is not None:
            feeds |= {"word_features": steps.features, "type_ids": steps.type_ids}
        for layer, (state, cell) in enumerate(zip(before.states, before.cells, strict=True)):
            feeds |= {f"state_{layer}": state, f"cell_{layer}": cell}
        layers = range(len(self._layers))
        after = [f"{name}_{layer}_after" for name in ("state", "cell") for layer in layers]
        found, *carried = self._graph.run([output, *after], feeds)
        return found, Carried(tuple(carried[: len(layers)]), tuple(carried[len(layers) :]))


_NONE: Ids = np.zeros(0, np.int32)
