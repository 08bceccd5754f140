"""Flair's SequenceTagger with word and character embeddings and a CRF. Its weights are random: only speed is measured.

    python benchmarks/peers/flair_peer.py tag VECTORS FILE OUT [--batch N]

Raw text is split by our own `split_text`, so that only what follows differs.
"""

import argparse
import json
from itertools import islice
from pathlib import Path

import flair
import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from texts import paragraphs

from tagger.corpus.text import split_text

WINDOW = 256  # documents whose sentences are batched together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tag"])
    for name in ("vectors", "file", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--batch", type=int, default=64)
    arguments = parser.parse_args()
    flair.device = torch.device("cpu")
    tagger, documents = build(arguments.vectors), paragraphs(str(arguments.file))
    with arguments.out.open("w", encoding="utf-8") as stream:
        while texts := list(islice(documents, WINDOW)):
            split = [list(split_text(text)) for text in texts]
            sentences = [Sentence(list(one.tokens)) for some in split for one in some]
            tagger.predict(sentences, mini_batch_size=arguments.batch)
            tagged = iter(sentences)
            for text, some in zip(texts, split, strict=True):
                found = []
                for one in some:
                    for span in next(tagged).get_spans("ner"):
                        first, last = span.tokens[0].idx - 1, span.tokens[-1].idx - 1
                        start, end = one.starts[first], one.starts[last] + len(one.tokens[last])
                        found.append({"start": start, "end": end, "type": span.tag, "text": text[start:end]})
                stream.write(json.dumps({"text": text, "entities": found}, ensure_ascii=False) + "\n")


def build(vectors: Path) -> SequenceTagger:
    """One layer of 256 units a direction, as Flair's tutorial has it, and the vocabulary of GloVe."""
    with vectors.open(encoding="utf-8") as stream:
        vocabulary = {line.split(" ", 1)[0]: place for place, line in enumerate(stream)}
    labels = Dictionary(add_unk=False)
    for type_ in ("LOC", "MISC", "ORG", "PER"):
        labels.add_item(type_)
    words = WordEmbeddings(None, vocab=vocabulary, embedding_length=100, name="glove")
    characters = Dictionary(add_unk=True)
    for code in range(32, 592):
        characters.add_item(chr(code))
    stacked = StackedEmbeddings([words, CharacterEmbeddings(characters)])
    tagger = SequenceTagger(stacked, labels, tag_type="ner", hidden_size=256, use_crf=True)
    tagger.eval()
    return tagger


if __name__ == "__main__":
    main()
