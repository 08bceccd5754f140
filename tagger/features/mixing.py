"""Batches of labelled sentences and others beside them, which the network reads at once."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tagger.features.batching import Batch, Ids
from tagger.features.characters import EncodedWords, Types

Number = TypeVar("Number", np.int32, np.float32)


def mixed(labelled: Batch, others: Batch) -> Batch:
    """One batch of the sentences of two, of which those of the first alone have tags."""
    types = None
    if labelled.types is not None and others.types is not None:
        types = _Spelling().types(labelled, others)
    context = None
    if labelled.context is not None and others.context is not None:
        context = _stacked(labelled.context, others.context)
    return Batch(
        positions=np.concatenate((labelled.positions, others.positions)),
        lengths=np.concatenate((labelled.lengths, others.lengths)),
        word_ids=_stacked(labelled.word_ids, others.word_ids),
        tag_ids=_stacked(labelled.tag_ids, others.tag_ids),
        types=types,
        labelled=len(labelled.lengths),
        context=context,
    )


class _Spelling:
    """The distinct words of some batches, whose types are places in different lists; alike are those of like ids."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._spelled: list[Ids] = []

    def types(self, *batches: Batch) -> Types:
        """Those of the batches one below the other."""
        upper, lower = (self._type_ids(batch, batch.types) for batch in batches if batch.types is not None)
        offsets = np.concatenate(([0], np.cumsum([len(word) for word in self._spelled], dtype=np.int64)))
        return Types(_stacked(upper, lower), EncodedWords(np.concatenate(self._spelled), offsets))

    def _type_ids(self, batch: Batch, types: Types) -> Ids:
        inside = np.arange(batch.word_ids.shape[1]) < batch.lengths[:, None]  # [B, T]
        distinct, rows = np.unique(types.type_ids[inside], return_inverse=True)
        offsets = types.words.offsets
        words = (types.words.characters[offsets[word] : offsets[word + 1]] for word in distinct.tolist())
        places = np.fromiter(map(self._place, words), dtype=np.int32, count=len(distinct))
        type_ids = np.zeros(inside.shape, np.int32)
        type_ids[inside] = places[rows]
        return type_ids

    def _place(self, characters: Ids) -> int:
        place = self._places.setdefault(characters.tobytes(), len(self._places))
        if place == len(self._spelled):
            self._spelled.append(characters)
        return place


def _stacked(upper: NDArray[Number], lower: NDArray[Number]) -> NDArray[Number]:
    """[A, S, ...] above [B, T, ...], padded with zeros on the right."""
    steps = max(upper.shape[1], lower.shape[1])
    stacked = np.zeros((len(upper) + len(lower), steps, *upper.shape[2:]), upper.dtype)
    stacked[: len(upper), : upper.shape[1]] = upper
    stacked[len(upper) :, : lower.shape[1]] = lower
    return stacked
