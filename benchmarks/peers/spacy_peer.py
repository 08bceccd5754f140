"""spaCy's own entity recogniser, trained and run as its documentation has it.

python benchmarks/peers/spacy_peer.py train TRAIN DEV MODEL
python benchmarks/peers/spacy_peer.py tag MODEL FILE OUT [--processes N] [--batch N]
"""

import argparse
import json
import random
from pathlib import Path

import spacy
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example, biluo_tags_to_spans, iob_to_biluo
from spacy.util import minibatch
from texts import paragraphs, read_columns

EPOCHS, DROP = 8, 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    for name in ("train", "dev", "model"):
        training.add_argument(name)
    tagging = commands.add_parser("tag")
    for name in ("model", "file", "out"):
        tagging.add_argument(name)
    tagging.add_argument("--processes", type=int, default=1)
    tagging.add_argument("--batch", type=int, default=256)
    arguments = parser.parse_args()
    if arguments.command == "train":
        train(arguments.train, arguments.dev, arguments.model)
    else:
        tag(arguments.model, arguments.file, arguments.out, arguments.processes, arguments.batch)


def train(train_file: str, dev_file: str, model: str) -> None:
    """A blank English pipeline with the component `ner`, Adam and batches of growing size as in spaCy's defaults."""
    random.seed(1)
    spacy.util.fix_random_seed(1)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples, held = ([example(nlp, *one) for one in read_columns(path)] for path in (train_file, dev_file))
    nlp.initialize(lambda: examples)
    best = 0.0
    for epoch in range(EPOCHS):
        random.shuffle(examples)
        for batch in minibatch(examples, size=spacy.util.compounding(32.0, 128.0, 1.001)):
            nlp.update(batch, drop=DROP)
        predicted = nlp.pipe([one.reference.copy() for one in without_entities(nlp, held)])
        scored = [Example(found, one.reference) for found, one in zip(predicted, held, strict=True)]
        score = 100.0 * Scorer.score_spans(scored, "ents")["ents_f"]
        print(f"epoch {epoch + 1}: dev F1 {score:.2f}", flush=True)
        if score > best:
            best = score
            nlp.to_disk(model)
    print(f"best dev F1 {best:.2f}")


def example(nlp: spacy.Language, tokens: list[str], tags: list[str]) -> Example:
    reference = Doc(nlp.vocab, words=tokens)
    reference.ents = biluo_tags_to_spans(reference, iob_to_biluo(tags))
    return Example(Doc(nlp.vocab, words=tokens), reference)


def without_entities(nlp: spacy.Language, examples: list[Example]) -> list[Example]:
    return [Example(one.predicted, Doc(nlp.vocab, words=[token.text for token in one.reference])) for one in examples]


def tag(model: str, file: str, out: str, processes: int, batch: int) -> None:
    nlp = spacy.load(model)
    with Path(out).open("w", encoding="utf-8") as stream:
        for document in nlp.pipe(paragraphs(file), n_process=processes, batch_size=batch):
            entities = [
                {"start": e.start_char, "end": e.end_char, "type": e.label_, "text": e.text} for e in document.ents
            ]
            stream.write(json.dumps({"text": document.text, "entities": entities}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
