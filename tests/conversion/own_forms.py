"""A small labelled corpus in every form, written and read here by other means than the code under test.

A corpus is a list of documents, a document a list of sentences, a sentence its tokens and its entities: start and end
as tokens, and type.
"""

import json
import re
from dataclasses import dataclass

import spacy
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from spacy.tokens import Doc, DocBin

FORMS = ("columns", "jsonl", "brat", "spacy", "huggingface")
NAMES = {"columns": "a.conll", "jsonl": "a.jsonl", "brat": "folder", "spacy": "a.spacy", "huggingface": "a.hf.jsonl"}


@dataclass(frozen=True)
class Labelled:
    """A sentence."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]  # IOB2

    @property
    def entities(self):
        return [(start, end + 1, type_) for type_, start, end in get_entities(list(self.tags))]


@st.composite
def sentences(draw):
    """Tokens that any form can hold, with entities of one to three of them."""
    character = st.sampled_from("ab.,-#'é人🚀") | st.characters(codec="utf-8", categories=("L", "N", "P"))
    tokens = draw(st.lists(st.text(character, min_size=1, max_size=4), min_size=1, max_size=6))
    tokens = tuple("_" if token.startswith("-DOCSTART-") else token for token in tokens)
    tags = []
    while len(tags) < len(tokens):
        width = draw(st.integers(1, min(3, len(tokens) - len(tags))))
        type_ = draw(st.sampled_from(("", "PER", "creative-work")))
        tags += [f"B-{type_}", *[f"I-{type_}"] * (width - 1)] if type_ else ["O"] * width
    return Labelled(tokens, tuple(tags))


corpora = st.lists(st.lists(sentences(), min_size=1, max_size=3), min_size=1, max_size=3)


def text_of(document):
    return "".join(" ".join(sentence.tokens) + "\n" for sentence in document)


def spans_of(document):
    """Start, end and type in code points of the text."""
    found, reached = [], 0
    for sentence in document:
        for start, end, type_ in sentence.entities:
            first = reached + sum(len(token) + 1 for token in sentence.tokens[:start])
            found.append((first, first + len(" ".join(sentence.tokens[start:end])), type_))
        reached += len(" ".join(sentence.tokens)) + 1
    return found


def token_spans_of(document):
    found, reached = [], 0
    for sentence in document:
        found.append([])
        for token in sentence.tokens:
            found[-1].append([reached, reached + len(token)])
            reached += len(token) + 1
    return found


def write_columns(corpus, path):
    documents = ("".join(rows_of(sentence) for sentence in document) for document in corpus)
    path.write_text("".join(f"-DOCSTART- -X- O\n\n{document}" for document in documents), encoding="utf-8")


def rows_of(sentence):
    return "".join(f"{token}\t{tag}\n" for token, tag in zip(sentence.tokens, sentence.tags, strict=True)) + "\n"


def write_jsonl(corpus, path):
    records = []
    for number, document in enumerate(corpus):
        entities = [{"start": start, "end": end, "type": type_} for start, end, type_ in spans_of(document)]
        record = {"id": f"d{number}", "text": text_of(document), "entities": entities}
        records.append(record | {"sentences": token_spans_of(document)})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def write_brat(corpus, path):
    path.mkdir()
    for number, document in enumerate(corpus):
        text = text_of(document)
        (path / f"d{number}.txt").write_text(text, encoding="utf-8")
        lines = [
            f"T{place}\t{type_} {start} {end}\t{text[start:end]}\n"
            for place, (start, end, type_) in enumerate(spans_of(document), start=1)
        ]
        (path / f"d{number}.ann").write_text("".join(lines), encoding="utf-8")


def write_spacy(corpus, path):
    vocabulary, documents = spacy.blank("xx").vocab, DocBin(store_user_data=True)
    for document in corpus:
        words = [word for sentence in document for word in (*sentence.tokens, "\n")]
        lengths = [len(sentence.tokens) for sentence in document]
        spaces = [place < length - 1 for length in lengths for place in range(length + 1)]
        begins = [place == 0 for length in lengths for place in range(length + 1)]
        made = Doc(vocabulary, words=words, spaces=spaces, sent_starts=begins)
        made.set_ents([made.char_span(start, end, label=type_) for start, end, type_ in spans_of(document)])
        documents.add(made)
    documents.to_disk(path)


def write_huggingface(corpus, path):
    records = [
        {"document": f"d{number}", "sentence": place, "tokens": sentence.tokens, "ner_tags": sentence.tags}
        for number, document in enumerate(corpus)
        for place, sentence in enumerate(document)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def read_columns(path):
    parts = re.split(r"^-DOCSTART-.*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [list(map(sentence_of, re.split(r"\n\n+", part.strip("\n")))) for part in parts if part.strip("\n")]


def sentence_of(block):
    return Labelled(*zip(*(line.split(" ") for line in block.split("\n")), strict=True))


def read_jsonl(path):
    corpus = []
    for record in map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1]):
        text, sentences = record["text"], record["sentences"]
        spans = [(entity["start"], entity["end"], entity["type"]) for entity in record["entities"]]
        assert [text[start:end] for start, end, _ in spans] == [entity["text"] for entity in record["entities"]]
        corpus.append([tagged(text, tokens, spans) for tokens in sentences])
    return corpus


def tagged(text, tokens, spans):
    """The sentence of these tokens, each its start and end, with the spans in it as IOB2."""
    tags = []
    for first, _ in tokens:
        letters = [("B" if start == first else "I", type_) for start, end, type_ in spans if start <= first < end]
        tags.append("-".join(letters[0]) if letters else "O")
    return Labelled(tuple(text[start:end] for start, end in tokens), tuple(tags))


def read_brat(path):
    """As the description of BRAT's stand-off has it, in the order in which the texts were written."""
    corpus = []
    for file in sorted(path.glob("*.txt"), key=lambda file: [int(part) for part in re.findall(r"\d+", file.name)]):
        text, spans = file.read_text(encoding="utf-8"), []
        for line in file.with_suffix(".ann").read_text(encoding="utf-8").splitlines():
            id_, data, surface = line.split("\t")
            type_, start, end = data.split(" ")
            assert (id_[0], surface) == ("T", text[int(start) : int(end)])
            spans.append((int(start), int(end), type_))
        lines = [line.span() for line in re.finditer(r"[^\n]+", text)]
        tokens = [[token.span() for token in re.compile(r"\S+").finditer(text, *line)] for line in lines]
        corpus.append([tagged(text, line, spans) for line in tokens])
    return corpus


def read_spacy(path):
    corpus = []
    for document in DocBin().from_disk(path).get_docs(spacy.blank("xx").vocab):
        tokens = [
            [(token.idx, token.idx + len(token)) for token in sentence if not token.is_space]
            for sentence in document.sents
        ]
        spans = [(entity.start_char, entity.end_char, entity.label_) for entity in document.ents]
        corpus.append([tagged(document.text, sentence, spans) for sentence in tokens])
    return corpus


def read_huggingface(path):
    corpus = []
    for record in map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1]):
        if record["sentence"] == 0:
            corpus.append([])
        corpus[-1].append(Labelled(tuple(record["tokens"]), tuple(record["ner_tags"])))
    return corpus


WRITE = dict(zip(FORMS, (write_columns, write_jsonl, write_brat, write_spacy, write_huggingface), strict=True))
READ = dict(zip(FORMS, (read_columns, read_jsonl, read_brat, read_spacy, read_huggingface), strict=True))
