"""Reads a run's files and builds its network."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tagger.config import DEFAULT_EMBEDDING_SIZE, LanguageModelConfig
from tagger.documents.sentences import RawText
from tagger.features.batching import EncodedSentences, Ids, encode
from tagger.features.characters import build_character_vocabulary
from tagger.features.vectors import initial_matrix, read_vectors
from tagger.features.vocabulary import SPECIALS, UnlabelledWords, build_vocabulary
from tagger.features.word_counts import WordCounts, count_words
from tagger.inference.decoding import bioes_labels
from tagger.language_models.bundle import LanguageBundle
from tagger.network.network import Network
from tagger.training.character_model import open_character_model
from tagger.training.data import load_data
from tagger.training.initial import CarriedOver, carry_over, check_source
from tagger.training.plan import Plan, UnlabelledData
from tagger.training.raw_batches import RawBatches
from tagger.training.request import TrainRequest
from tagger.training.unlabelled import UnlabelledText

_MOST_COUNTED = 20_000_000  # words of unlabelled text, for the vocabulary; those of a larger one would take too long


@dataclass(frozen=True, slots=True)
class Prepared:
    """What training begins with; `pretrained` counts the vectors, which are not kept. Text is encoded once, here.

    Its context is not read yet.
    """

    plan: Plan
    network: Network
    train: EncodedSentences
    dev: EncodedSentences
    pretrained: int
    unlabelled: RawBatches | None = None
    carried: CarriedOver | None = None

    @property
    def parameters(self) -> int:
        """Numbers in the network."""
        return sum(int(np.prod(weight.shape)) for weight in self.network.weights().values())


def prepare(request: TrainRequest) -> Prepared:
    """Read all files and build the network.

    Raises:
        DataError: a file that is not as it should be.
    """
    words, seed = request.config.words, request.config.training.seed
    data = load_data(request.train, request.dev, request.columns, seed)
    vectors = read_vectors(request.vectors, words.embedding_size) if request.vectors else None
    size = vectors.size if vectors else words.embedding_size or DEFAULT_EMBEDDING_SIZE
    config = replace(request.config, words=replace(words, embedding_size=size))
    model = LanguageBundle.open(request.init_from) if request.init_from is not None else None
    if model is not None:
        check_source(model, size)
    reading = open_character_model(request.character_lm) if request.character_lm is not None else None
    raw = request.raw_text()
    text = UnlabelledText(raw, seed) if raw is not None else None
    counted = count_words(text.one_pass(0), most_words=_MOST_COUNTED) if text is not None else None
    known = vectors.words if vectors else ()
    first = model.vocabulary().words[len(SPECIALS) :] if model is not None else ()
    vocabulary = build_vocabulary(data.train, words, known, _words_to_join(counted, config.language_model), first)
    characters = build_character_vocabulary(data.train) if config.characters.characters != "none" else None
    unlabelled = _described(raw, counted) if raw is not None and counted is not None else None
    plan = Plan(config, data, vocabulary, bioes_labels(data.types()), characters, unlabelled, reading)
    train = encode(data.train, vocabulary, plan.labels, characters)
    dev = encode(data.dev, vocabulary, characters=characters)
    matrix = initial_matrix(vocabulary, size, vectors, np.random.default_rng([seed, 0]))
    features = reading.note.features if reading is not None else 0
    knows_more = text is not None or model is not None
    forgetting = forgetting_of(train.word_ids, len(vocabulary), words.singleton_rate) if knows_more else None
    network = Network(matrix, vocabulary, plan.labels, config, characters, context=features, forgetting=forgetting)
    size, context = config.language_model.unlabelled_batch, reading.reader if reading else None
    batches = RawBatches(text, size, vocabulary, characters, context) if text is not None else None
    carried = carry_over(network, vocabulary, characters, config.characters, model) if model is not None else None
    return Prepared(plan, network, train, dev, len(known), batches, carried)


def forgetting_of(word_ids: Ids, rows: int, rate: float) -> NDArray[np.float32]:
    """How often each row's word is to be read as `<unk>`, [V]: `rate` where labelled text has it once, else never.

    Else the tagger would learn such words by heart, and nothing of words that no label was ever seen of.
    """
    return np.where(np.bincount(word_ids, minlength=rows) == 1, rate, 0.0).astype(np.float32)


def _words_to_join(counted: WordCounts | None, config: LanguageModelConfig) -> UnlabelledWords | None:
    if counted is None:
        return None
    return UnlabelledWords(counted.counts, config.unlabelled_count, config.unlabelled_words)


def _described(raw: RawText, counted: WordCounts) -> UnlabelledData:
    is_whole = counted.words < _MOST_COUNTED
    return UnlabelledData([source.path for source in raw.sources], counted.words, counted.sentences, is_whole)
