"""The perplexity of a text, in constant memory.

A model of sentences reads each sentence from zero and predicts its end: N tokens are N predictions a direction. A model
of a stream reads all files as one text. Every word, every end of a sentence, or every character is predicted once, and
the state goes on from the first to the last.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from tagger.corpus.sentence import Sentence
from tagger.documents.sentences import RawText, read_sentences
from tagger.errors import DataError
from tagger.features.batching import Batch, batches_by_length, encode
from tagger.features.vocabulary import END, START
from tagger.inference.session import Features
from tagger.language_models.bundle import BACKWARD, FORWARD, LanguageBundle
from tagger.language_models.encoding import CharacterStream, Ids, WordStream, before_text
from tagger.language_models.scoring import Perplexity, Scorer, Watch
from tagger.language_models.session import Steps
from tagger.language_models.spool import temporary_spool

_SENTENCES = 2048  # that are looked at together, so that those of like length meet
_BATCH = 64


def measure_perplexity(
    bundle: LanguageBundle, raw: RawText, *, watch: Watch = lambda predictions: None, threads: int = 0
) -> Perplexity:
    """The perplexity of a text under a model.

    A model of a stream that reads backward too needs as much room for temporary files as the text has.

    Args:
        watch: told now and then how many predictions are made, of both directions.
        threads: ONNX Runtime's; 0 lets it choose.

    Raises:
        DataError: there is nothing to predict, or see `read_sentences`.
    """
    scorer = Scorer(bundle, watch, threads)
    if not bundle.config.is_stream:
        _read_by_sentence(scorer, bundle, raw)
    else:
        kind = WordStream if bundle.reads_words else CharacterStream
        _read_stream(scorer, kind(bundle.vocabulary()), raw)
    if not scorer.units:
        what = "sentence" if bundle.reads_words else "character"
        raise DataError(f"{raw.sources[0].path}: found no {what}; name a file that has text")
    return scorer.perplexity()


def _read_by_sentence(scorer: Scorer, bundle: LanguageBundle, raw: RawText) -> None:
    vocabulary, characters = bundle.vocabulary(), bundle.characters()
    sentences = map(Sentence, read_sentences(raw))
    while some := list(islice(sentences, _SENTENCES)):
        encoded = encode(some, vocabulary, characters=characters)
        scorer.count(encoded.word_ids)
        features = None if encoded.types is None else scorer.features(encoded.types.words)
        for batch in batches_by_length(encoded, _BATCH, scorer.steps):
            _foretell_batch(scorer, batch, features)


def _foretell_batch(scorer: Scorer, batch: Batch, features: Features | None) -> None:
    steps = np.broadcast_to(np.arange(batch.word_ids.shape[1]), batch.word_ids.shape)
    readings = {  # [B, T], which token is read at each step; and what the last prediction is of
        FORWARD: (steps, END),
        BACKWARD: (np.maximum(batch.lengths[:, None] - 1 - steps, 0), START),
    }
    for direction, session in scorer.sessions.items():
        reading, bound = readings[direction]
        ids = np.take_along_axis(batch.word_ids, reading, axis=1)
        targets = np.roll(ids, -1, axis=1)
        targets[np.arange(len(ids)), batch.lengths - 1] = bound
        types = None if batch.types is None else _by_step(np.take_along_axis(batch.types.type_ids, reading, axis=1))
        read = Steps(_by_step(ids), batch.lengths, features, types)
        scorer.foretell(direction, read, _by_step(targets), session.zero(len(ids)))


def _by_step(by_sentence: Ids) -> Ids:
    """From [B, T] to [T, B]."""
    return np.ascontiguousarray(by_sentence.T)


def _read_stream(scorer: Scorer, stream: WordStream | CharacterStream, raw: RawText) -> None:
    with temporary_spool() as spool:

        def forwards() -> Iterator[Ids]:
            for part in stream.parts(raw):
                ids = stream.encode(part)
                scorer.count(ids[ids != END])
                if BACKWARD in scorer.sessions:
                    spool.add(part)
                yield ids

        _foretell_stream(scorer, FORWARD, forwards())
        if BACKWARD in scorer.sessions:
            _foretell_stream(scorer, BACKWARD, (stream.encode(part)[::-1] for part in spool.backwards()))


def _foretell_stream(scorer: Scorer, direction: str, parts: Iterable[Ids]) -> None:
    """Read a text part by part, each of its ids foretold from all before it."""
    carried, last = scorer.sessions[direction].zero(), before_text()
    for ids in parts:
        steps = Steps(np.concatenate([last, ids[:-1]])[:, None], np.array([len(ids)], np.int32))
        carried, last = scorer.foretell(direction, steps, ids[:, None], carried), ids[-1:]
