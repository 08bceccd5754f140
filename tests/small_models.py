"""Models to load without training: small networks with random weights, written as `tagger train` writes them."""

import numpy as np

from tagger.config import CharacterConfig, Config, EncoderConfig, LanguageModelConfig, TagConfig, WordConfig
from tagger.corpus.sentence import Sentence
from tagger.features.characters import build_character_vocabulary
from tagger.features.vocabulary import build_vocabulary
from tagger.inference.bundle import CARD, CHARACTERS, LABELS, SURFACES, WORDS, Manifest, write_lines, write_manifest
from tagger.inference.decoding import bioes_labels

TRAIN = [
    Sentence(("Anna", "Weber", "lives", "in", "Trieste", "."), ("B-PER", "I-PER", "O", "O", "B-LOC", "O")),
    Sentence(("The", "Harbour", "Office", "hired", "12", "divers", "."), ("O", "B-ORG", "I-ORG", *"OOOO")),
    Sentence(
        ("a\u00a0b", "x\u2028y", "z\u0085", "c\rd", "<pad>", "<unk>", "</s>", "#tag", "naïve"), tuple("OOOOOOOOO")
    ),
]
VECTOR_WORDS = ("Anna", "london", "Paris", "no\u00a0break", "0000", "<s>")
SCORE = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3, "support": 8}


def write_model(directory, *, layers, vector_words=(), characters="none", head="softmax", character_lm=None):
    """A model; `character_lm` is the directory of a language model of characters whose states it reads."""
    from tagger.network.network import Network
    from tagger.training.character_model import open_character_model
    from tagger.training.export import export_network

    config = Config(
        words=WordConfig(embedding_size=6),
        characters=CharacterConfig(characters=characters, character_size=4, character_features=6),
        encoder=EncoderConfig(units=5, layers=layers),
        tags=TagConfig(head=head),
        language_model=LanguageModelConfig(lm_words=10),
    )
    vocabulary = build_vocabulary(TRAIN, config.words, vector_words)
    labels = bioes_labels(("LOC", "ORG", "PER"))
    # Large values, so that the tags of a sentence differ and no two labels score alike.
    matrix = np.random.default_rng(layers).standard_normal((len(vocabulary), 6)).astype(np.float32) * 2
    letters = build_character_vocabulary(TRAIN) if characters != "none" else None
    reading = open_character_model(character_lm) if character_lm else None
    network = Network(matrix, vocabulary, labels, config, letters, context=reading.note.features if reading else 0)
    if network.crf is not None:
        for place, weight in enumerate(network.crf.weights().values()):
            weight.assign(np.random.default_rng(place).standard_normal(weight.shape).astype(np.float32) / 4)
    if network.characters is not None:
        for weight in network.characters.weights().values():
            weight.assign(weight.value * 2)
    directory.mkdir()
    export_network(network, directory)
    if reading is not None:
        reading.write(directory)
    if letters is not None:
        write_lines(directory / CHARACTERS, letters.characters)
    write_lines(directory / WORDS, vocabulary.words)
    write_lines(directory / LABELS, labels)
    write_lines(directory / SURFACES, sorted({s.surface(e) for s in TRAIN for e in s.entities}))
    (directory / CARD).write_text("A model card.\n", encoding="utf-8")
    report = {"micro": SCORE, "types": {"PER": SCORE}}
    manifest = Manifest(
        tagger_version="0.0.1",
        config=config,
        scheme="IOB2",
        train_rows=vocabulary.train_rows,
        singleton_rows=vocabulary.singleton_rows,
        temperature=1.5,
        data={part: {"sentences": 3, "tokens": 1234, "entities": {"LOC": 1, "PER": 1}} for part in ("train", "dev")},
        scores={"strict": report, "default": report, "unseen": report},
        history=[{"epoch": 1, "tag_loss": 0.5}],
        context=reading.note if reading is not None else None,
    )
    write_manifest(directory, manifest)
    return directory
