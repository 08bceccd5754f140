"""The tagger that people run: sentences in, tagged sentences out."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tagger.corpus.document import Document, TaggedDocument
from tagger.corpus.entities import Entity, entities_of
from tagger.corpus.schemes import SCHEMES, Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import ConfigError
from tagger.features.batching import Batch, batches_by_length, encode
from tagger.features.characters import CharacterVocabulary
from tagger.features.labels import MoveScores, legal_moves
from tagger.features.vocabulary import Vocabulary
from tagger.inference.arguments import as_count, as_probability, as_sentence, as_tagged, as_text
from tagger.inference.bundle import Bundle
from tagger.inference.context import Context, with_context
from tagger.inference.decoding import Decoder, Scores
from tagger.inference.documents import TextOptions, tag_window, windows_of
from tagger.inference.gathering import gathered
from tagger.inference.lattice import Lattice
from tagger.inference.long_sentences import in_windows, is_long, joined
from tagger.inference.n_best import count_sequences
from tagger.inference.prediction import Candidate, Prediction
from tagger.inference.session import Session
from tagger.inference.temperature import JudgedBatch, fit_temperature

Found = TypeVar("Found")
Reader = Callable[[list[Sentence], Scores, NDArray[np.integer]], Iterable[Found]]

_BATCH_SENTENCES = 64
_BATCH_TOKENS = 2048  # with padding, as they decide what memory is taken; a longer sentence is a batch of its own
_PLACES = 2**26  # numbers that a search for the n best keeps at once: B * T * K * N
_MOST_PLACES = 2**29  # the same for a single sentence


class Tagger:
    """A trained model. A sentence's tags depend on nothing but the sentence.

    Args:
        context: makes features of words in their sentence, for a network that reads such.
        moves: what the network has learned of labels that follow each other.
        temperature: what scores are divided by before they become probabilities; it changes no tag.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        labels: Sequence[str],
        scheme: Scheme,
        session: Session,
        *,
        characters: CharacterVocabulary | None = None,
        context: Context | None = None,
        moves: MoveScores | None = None,
        temperature: float = 1.0,
    ) -> None:
        self.vocabulary = vocabulary
        self.labels = tuple(labels)
        self.scheme = scheme
        self._session = session
        self._characters = characters
        self._context = context
        self._moves = moves
        self._decoder = Decoder(labels, moves)
        self._lattice = Lattice(labels, moves, temperature)

    @classmethod
    def load(cls, path: str | Path, *, scheme: str | None = None, threads: int = 0) -> "Tagger":
        """Load a model directory.

        Args:
            scheme: the scheme of the tags to give; None is that of the training file.
            threads: ONNX Runtime's threads; 0 lets it choose.

        Raises:
            BundleError: something in the directory is missing, damaged or of another version.
            ConfigError: there is no such scheme.
        """
        return cls.from_bundle(Bundle.open(path), scheme=scheme, threads=threads)

    @classmethod
    def from_bundle(cls, bundle: Bundle, *, scheme: str | None = None, threads: int = 0) -> "Tagger":
        """The same for a model directory that is already open."""
        name = scheme or bundle.manifest.scheme
        if name not in SCHEMES:
            raise ConfigError(f"scheme {name!r} is not one of {', '.join(SCHEMES)}")
        parts = bundle.vocabulary(), bundle.labels(), SCHEMES[name], bundle.session(threads)
        characters, context, moves = bundle.characters(), bundle.context(threads), bundle.moves()
        temperature = bundle.manifest.temperature
        return cls(*parts, characters=characters, context=context, moves=moves, temperature=temperature)

    def tag(self, sentences: Iterable[Sentence | Sequence[str]], *, min_confidence: float = 0.0) -> list[Sentence]:
        """Tag sentences, or lists of tokens; as many come out, in the same order, their old tags replaced.

        A sentence of more than 16,384 tokens is tagged in windows that overlap, which is logged as a warning.

        Args:
            min_confidence: entities less likely than this are left out.

        Raises:
            ConfigError: `min_confidence` is not a number from 0 to 1.
        """
        minimum = as_probability("min_confidence", min_confidence)
        given = [as_sentence(sentence) for sentence in sentences]
        if not (minimum or any(map(is_long, given))):
            return self._read(given, self._tag_batch, Sentence((), ()))
        return [prediction.confident(minimum, self.scheme) for prediction in self.predict(given)]

    def predict(self, sentences: Iterable[Sentence | Sequence[str]]) -> list[Prediction]:
        """The same sentences as `tag` gives, with the probability of each entity: of this span and type exactly."""
        given = [as_sentence(sentence) for sentence in sentences]
        windows = list(chain.from_iterable(map(in_windows, given)))
        predictions = iter(self._read(windows, self._predict_batch, Prediction(Sentence((), ()), ())))
        return [joined(sentence, predictions, self.scheme) for sentence in given]

    def marginals(self, sentences: Iterable[Sentence | Sequence[str]]) -> list[NDArray[np.float64]]:
        """How likely each of `labels` is at each token, among all legal sequences: [T, K] for each sentence."""
        given = [as_sentence(sentence) for sentence in sentences]
        return self._read(given, self._marginals_batch, np.zeros((0, len(self.labels))))

    def pipe(
        self, texts: Iterable[str], *, language: str = "en", min_confidence: float = 0.0
    ) -> Iterator[TaggedDocument]:
        """Tag raw texts as they come, in constant memory; as many come out, in the same order, named "1", "2" ...

        Args:
            language: of the texts, a code of ISO 639-1, by which ends of sentences are known.
            min_confidence: entities less likely than this are left out.

        Raises:
            DataError: something else than a string among the texts, once it is come to.
            ConfigError: `min_confidence` is not a number from 0 to 1.
        """
        options = TextOptions(language, as_probability("min_confidence", min_confidence))
        documents = (Document(str(number), as_text(text, number)) for number, text in enumerate(texts, 1))
        return chain.from_iterable(tag_window(self, window, options) for window in windows_of(documents))

    def n_best(self, sentences: Iterable[Sentence | Sequence[str]], count: int) -> list[tuple[Candidate, ...]]:
        """The likeliest ways to tag each sentence, the best first: `count` of them, or as many as there are.

        Raises:
            ConfigError: a `count` that is no whole number, is below 1, or takes too much memory.
        """
        given = [as_sentence(sentence) for sentence in sentences]
        count = self._possible_count(
            as_count("count", count), max((len(sentence.tokens) for sentence in given), default=0)
        )

        def read(some: list[Sentence], scores: Scores, lengths: NDArray[np.integer]) -> Iterator[tuple[Candidate, ...]]:
            rows = max(1, _PLACES // (scores[0].size * count))
            for start in range(0, len(some), rows):
                part = slice(start, start + rows)
                found = self._lattice.distribution(scores[part], lengths[part]).n_best(count)
                for sentence, best in zip(some[part], found, strict=True):
                    tagged = (Sentence(sentence.tokens, self._tags(path.tolist())) for path in best.paths)
                    yield tuple(map(Candidate, tagged, best.log_probabilities.tolist()))

        return self._read(given, read, (Candidate(Sentence((), ()), 0.0),))

    def fit_temperature(self, gold: Iterable[Sentence]) -> float:
        """The temperature that makes confidences fit best how often entities are right, whatever this tagger's is.

        Args:
            gold: sentences with their right tags, in any scheme.

        Raises:
            DataError: something else than sentences with tags.
        """
        tagged = [as_tagged(sentence, number) for number, sentence in enumerate(gold, 1)]
        batches = [
            self._judged([tagged[position] for position in batch.positions.tolist()], scores, batch.lengths)
            for batch, scores in self._scored(tagged)
        ]
        return fit_temperature(self.labels, self._moves, batches)

    def _judged(self, gold: list[Sentence], scores: Scores, lengths: NDArray[np.integer]) -> JudgedBatch:
        found = [self._entities(path.tolist()) for path in self._decoder.decode(scores, lengths)]
        having = [row for row, some in enumerate(found) if some]  # the others have nothing to be sure of
        entities = [found[row] for row in having]
        right = [one in gold[row].entities for row, some in zip(having, entities, strict=True) for one in some]
        return JudgedBatch(scores[having], lengths[having], entities, right)

    def _possible_count(self, count: int, longest: int) -> int:
        """A count of candidates, or as many as a sentence of so many tokens has, if these are fewer.

        Raises:
            ConfigError: they take too much memory.
        """
        possible = count_sequences(legal_moves(self.labels), longest, count)
        most = max(1, _MOST_PLACES // max(1, longest * len(self.labels)))
        if possible > most:
            problem = f"{count} ways to tag a sentence of {longest} tokens take too much memory"
            raise ConfigError(f"count: {problem}; ask for {most} at most")
        return possible

    def _read(self, given: Sequence[Sentence], read: Reader[Found], nothing: Found) -> list[Found]:
        """What is read from the scores of each sentence; `nothing` from one without tokens."""
        found = [nothing] * len(given)
        for some in gathered((batch.positions, scores, batch.lengths) for batch, scores in self._scored(given)):
            positions = some.positions.tolist()
            read_there = read([given[position] for position in positions], some.scores, some.lengths)
            for position, one in zip(positions, read_there, strict=True):
                found[position] = one
        return found

    def _scored(self, sentences: Sequence[Sentence]) -> Iterator[tuple[Batch, Scores]]:
        encoded = encode(sentences, self.vocabulary, characters=self._characters)
        features = None if encoded.types is None else self._session.word_features(encoded.types.words)
        batches = batches_by_length(encoded, _BATCH_SENTENCES, _BATCH_TOKENS)
        if self._context is not None:
            batches = with_context(batches, sentences, self._context)
        for batch in batches:
            yield batch, self._session.scores(batch, features)

    def _tag_batch(self, sentences: list[Sentence], scores: Scores, lengths: NDArray[np.integer]) -> Iterator[Sentence]:
        for sentence, path in zip(sentences, self._decoder.decode(scores, lengths), strict=True):
            yield Sentence(sentence.tokens, self._tags(path.tolist()))

    def _predict_batch(
        self, sentences: list[Sentence], scores: Scores, lengths: NDArray[np.integer]
    ) -> Iterator[Prediction]:
        entities = [self._entities(path.tolist()) for path in self._decoder.decode(scores, lengths)]
        having = [row for row, some in enumerate(entities) if some]  # the others need no probabilities
        distribution = self._lattice.distribution(scores[having], lengths[having])
        likely = iter(distribution.entity_probabilities([entities[row] for row in having]))
        for sentence, some in zip(sentences, entities, strict=True):
            tagged = Sentence(sentence.tokens, self.scheme.tags_of(some, len(sentence.tokens)))
            yield Prediction(tagged, tuple(next(likely).tolist()) if some else ())

    def _marginals_batch(
        self, sentences: list[Sentence], scores: Scores, lengths: NDArray[np.integer]
    ) -> Iterator[NDArray[np.float64]]:
        marginals = self._lattice.distribution(scores, lengths).marginals()
        for row, length in zip(marginals, lengths.tolist(), strict=True):
            yield row[:length].copy()

    def _tags(self, path: Sequence[int]) -> tuple[str, ...]:
        return tuple(map(sys.intern, self.scheme.tags_of(self._entities(path), len(path))))  # one text for equal tags

    def _entities(self, path: Sequence[int]) -> tuple[Entity, ...]:
        if not any(path):  # label 0 is O
            return ()
        return entities_of([self.labels[label] for label in path])
