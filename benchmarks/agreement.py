"""Whether a model's tags are the same from Keras and from ONNX Runtime, and whatever sentences are tagged together.

python benchmarks/agreement.py MODEL FILE
"""

import argparse
import random
from pathlib import Path

import numpy as np

from tagger import Sentence, Tagger, read_conll
from tagger.inference.bundle import WEIGHTS, Bundle
from tagger.network import load_tensorflow

BATCH, LARGEST = 64, 300


def main() -> None:
    """Tag every sentence in five ways and print how many came out otherwise than alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path, help="labelled column file")
    arguments = parser.parse_args()
    tagger = Tagger.load(arguments.model)
    sentences = [Sentence(sentence.tokens) for sentence in read_conll(arguments.file)]
    alone = [tagger.tag([sentence])[0] for sentence in sentences]
    print(f"{len(sentences):,} sentences, {sum(len(sentence.tokens) for sentence in sentences):,} tokens")
    ways = {
        "all at once": tagger.tag(sentences),
        "one thread": Tagger.load(arguments.model, threads=1).tag(sentences),
        "in random order, 1 to 300 at a time": in_random_batches(tagger, sentences),
        "by Keras": by_keras(arguments.model, sentences),
    }
    for way, found in ways.items():
        differing = sum(one != other for one, other in zip(found, alone, strict=True))
        print(f"{way}: {differing} sentences tagged otherwise than alone")


def in_random_batches(tagger: Tagger, sentences: list[Sentence]) -> list[Sentence]:
    generator = random.Random(1)
    order = generator.sample(range(len(sentences)), len(sentences))
    found = {}
    while order:
        some, order = order[: (size := generator.randint(1, LARGEST))], order[size:]
        found |= dict(zip(some, tagger.tag([sentences[place] for place in some]), strict=True))
    return [found[place] for place in range(len(sentences))]


def by_keras(model: Path, sentences: list[Sentence]) -> list[Sentence]:
    """The tags of the network that was trained, as Keras computes them, best legal sequence by the same search."""
    load_tensorflow()
    from safetensors.numpy import load_file

    from tagger.corpus.entities import entities_of
    from tagger.corpus.schemes import SCHEMES
    from tagger.features.batching import batches_by_length, encode, letters_of
    from tagger.inference.decoding import Decoder
    from tagger.network.characters import Letters
    from tagger.network.network import Network

    bundle = Bundle.open(model)
    stored, characters = load_file(model / WEIGHTS), bundle.characters()
    config, vocabulary, labels = bundle.manifest.config, bundle.vocabulary(), bundle.labels()
    network = Network(stored["embedding"], vocabulary, labels, config, characters)
    for name, weight in network.weights().items():
        weight.assign(stored[name])
    decoder, scheme = Decoder(labels, bundle.moves()), SCHEMES[bundle.manifest.scheme]
    found = [Sentence((), ())] * len(sentences)
    for batch in batches_by_length(encode(sentences, vocabulary, characters=characters), BATCH, 10**9):
        letters = Letters(*letters_of(batch)) if characters else None
        logits = np.asarray(network(batch.word_ids, batch.lengths, None, letters).logits)
        for place, path in zip(batch.positions.tolist(), decoder.decode(logits, batch.lengths), strict=True):
            tags = scheme.tags_of(entities_of([labels[label] for label in path]), len(path))
            found[place] = Sentence(sentences[place].tokens, tags)
    return found


if __name__ == "__main__":
    main()
