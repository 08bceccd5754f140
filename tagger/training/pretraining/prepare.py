"""Reads a pretraining run's files and builds its network."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from tagger.config import DEFAULT_EMBEDDING_SIZE, CharacterConfig, LanguageConfig
from tagger.corpus.sentence import Sentence
from tagger.documents.sentences import RawText, read_passages, read_sentences
from tagger.errors import ConfigError, DataError
from tagger.features.characters import CharacterVocabulary, build_character_vocabulary
from tagger.features.vectors import WordVectors, initial_matrix, read_vectors
from tagger.features.vocabulary import SPECIALS, UnlabelledWords, Vocabulary, build_vocabulary, vector_forms
from tagger.features.word_counts import WordCounts, count_words
from tagger.network.language_network import LanguageNetwork
from tagger.training.pretraining.request import PretrainRequest
from tagger.training.pretraining.texts import LearnedText, SentenceText, StreamText
from tagger.training.unlabelled import UnlabelledText

_MOST_WORDS = 200_000  # rows of the matrix at most
_HELD_OUT, _HELD_OUT_SHARE = 50_000, 20  # ids of a stream; one of so many at most


@dataclass(frozen=True, slots=True)
class PreparedText:
    """What pretraining begins with.

    Args:
        units: words, or characters, in the text; sentences: 0 of characters. pretrained: rows that begin as a vector.
    """

    config: LanguageConfig
    text: LearnedText
    vocabulary: Vocabulary
    characters: CharacterVocabulary | None
    network: LanguageNetwork
    units: int
    sentences: int
    pretrained: int

    @property
    def parameters(self) -> int:
        """Numbers in the network."""
        return sum(int(np.prod(weight.shape)) for weight in self.network.weights().values())


def prepare_text(request: PretrainRequest) -> PreparedText:
    """Count the text's words, choose those that have a row, and build the network.

    Raises:
        DataError: a file that is not as it should be, or too little text. ConfigError: vectors of characters.
    """
    vectors, config = _vectors(request), request.config
    reads_words = config.pretraining.unit == "word"
    if request.dev is not None and not any(read_sentences(request.dev) if reads_words else read_passages(request.dev)):
        raise DataError(f"{request.dev.sources[0].path}: found no text to measure by")
    size = vectors.size if vectors else config.words.embedding_size or DEFAULT_EMBEDDING_SIZE
    config = replace(config, words=replace(config.words, embedding_size=size))
    if config.is_stream:  # of which no letters are read
        config = replace(config, characters=CharacterConfig(characters="none"))
    counts = _count(request, config)
    if not counts.words:
        raise DataError(f"{request.text.sources[0].path}: found no text to learn from")
    vocabulary = _vocabulary(counts, config, vectors)
    characters = None
    if config.characters.characters != "none":
        characters = build_character_vocabulary(_words_as_often(counts))
    generator = np.random.default_rng([config.training.seed, 0])
    matrix = initial_matrix(vocabulary, size, vectors, generator)
    network = LanguageNetwork(matrix, vocabulary, config, characters)
    text = _text(request, config, vocabulary, characters, counts)
    found = counts.words, counts.sentences, _begun(vocabulary, vectors)
    return PreparedText(config, text, vocabulary, characters, network, *found)


def _begun(vocabulary: Vocabulary, vectors: WordVectors | None) -> int:
    """How many rows begin as a vector."""
    known = frozenset(vectors.words if vectors is not None else ())
    return sum(not known.isdisjoint(vector_forms(word)) for word in vocabulary.words)


def _vectors(request: PretrainRequest) -> WordVectors | None:
    if request.vectors is None:
        return None
    if request.config.pretraining.unit == "character":
        raise ConfigError("--vectors: are of words; leave them out with --unit character")
    return read_vectors(request.vectors, request.config.words.embedding_size)


def _count(request: PretrainRequest, config: LanguageConfig) -> WordCounts:
    """Of sentences, those that are learned from, as they are given; of a stream all, though its start is held out."""
    if config.pretraining.unit == "character":
        return _count_characters(request.text)
    return count_words(read_sentences(request.text) if config.is_stream else _sentences(request).one_pass(0))


def _sentences(request: PretrainRequest) -> UnlabelledText:
    return UnlabelledText(request.text, request.config.training.seed, hold_out=request.dev is None)


def _count_characters(raw: RawText) -> WordCounts:
    counts: Counter[str] = Counter()
    for passage in read_passages(raw):
        counts.update(passage)
    return WordCounts(counts, sum(counts.values()), 0)


def _vocabulary(counts: WordCounts, config: LanguageConfig, vectors: WordVectors | None) -> Vocabulary:
    """The words, or characters, that stand in the text often enough; with vectors, nearer to the form in these."""
    least = config.pretraining.least_count
    if config.pretraining.unit == "word":
        words = UnlabelledWords(counts.counts, least, _MOST_WORDS)
        found = build_vocabulary((), config.words, vectors.words if vectors else (), words)
        return replace(found, words=found.words[: found.train_rows])
    kept = {unit: count for unit, count in counts.counts.items() if count >= least}
    by_frequency = sorted(kept, key=lambda unit: (-kept[unit], unit))
    repeated = sum(count > 1 for count in kept.values())
    rows = len(SPECIALS) + len(by_frequency), len(SPECIALS) + repeated
    return Vocabulary((*SPECIALS, *by_frequency), *rows, lowercase=False, fold_digits=False)


def _words_as_often(counts: WordCounts) -> Iterable[Sentence]:
    """Each word as a sentence of its own, twice where it stands more than once: so its characters are no singletons."""
    for word, count in counts.counts.items():
        yield Sentence((word,) * min(count, 2))


def _text(
    request: PretrainRequest,
    config: LanguageConfig,
    vocabulary: Vocabulary,
    characters: CharacterVocabulary | None,
    counts: WordCounts,
) -> LearnedText:
    if config.is_stream:
        ids = counts.words + counts.sentences
        held = 0 if request.dev is not None else max(2, min(_HELD_OUT, ids // _HELD_OUT_SHARE))
        if ids - held < 2:
            what = f"found {ids} {config.pretraining.unit}s{', ends of sentences among them' * (counts.sentences > 0)}"
            raise DataError(f"{request.text.sources[0].path}: {what}, too few to learn from and to hold some out")
        return StreamText(request.text, vocabulary, config, ids=ids, held=held, dev=request.dev)
    text, size = _sentences(request), config.training.batch_size
    measured = text.held_out() if request.dev is None else list(read_sentences(request.dev))
    return SentenceText(text, counts.sentences, vocabulary, characters, batch_size=size, measured=measured)
