"""spaCy's binary corpus, beside spaCy itself."""

import json
import sys

import pytest
import spacy
from conversions import context_of, convert_files
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import DocBin

from tagger.conversion.findings import Kind
from tagger.conversion.readers.docbin import read_docbin
from tagger.errors import ConfigError, DataError


def documents_in(path):
    return list(DocBin(store_user_data=True).from_disk(path).get_docs(spacy.blank("en").vocab))


@settings(deadline=None, max_examples=50)
@given(text=st.text("ab \n\t\u00a0人🚀.", max_size=20), data=st.data())
def test_text_and_entities_are_the_same_to_spacy_and_come_back(tmp_path_factory, text, data):
    folder = tmp_path_factory.mktemp("spacy")
    text += "x"
    start = data.draw(st.sampled_from([place for place, character in enumerate(text) if not character.isspace()]))
    record = {
        "id": "a",
        "text": text,
        "entities": [{"start": start, "end": len(text), "type": "x-y", "text": text[start:]}],
    }
    (folder / "a.jsonl").write_text(json.dumps(record) + "\n")
    assert set(convert_files(folder / "a.jsonl", "jsonl", folder / "a.spacy", "spacy")) <= {"CUT", "CROSSING"}
    (document,) = documents_in(folder / "a.spacy")
    assert document.text == text
    assert [(one.start_char, one.end_char, one.label_) for one in document.ents] == [(start, len(text), "x-y")]
    assert convert_files(folder / "a.spacy", "spacy", folder / "b.jsonl", "jsonl") == {}
    back = json.loads((folder / "b.jsonl").read_text(encoding="utf-8"))
    assert back.pop("sentences")
    assert back == record


def test_a_corpus_that_spacy_made_is_read_with_its_sentences_or_with_ours(tmp_path):
    nlp, corpus = spacy.blank("en"), DocBin()
    document = nlp("Anna lives. She left Rome.")
    document.set_ents([document.char_span(21, 25, label="LOC")])
    corpus.add(document)
    with_sentences = nlp("a b c")
    for token, begins in zip(with_sentences, (True, True, False), strict=True):
        token.is_sent_start = begins
    corpus.add(with_sentences)
    corpus.to_disk(tmp_path / "a.spacy")
    context = context_of(tmp_path / "a.spacy")
    first, second = read_docbin(context)
    assert [sentence.tokens for sentence in first.sentences] == [("Anna", "lives", "."), ("She", "left", "Rome", ".")]
    assert [(span.start, span.end, span.type) for span in first.spans] == [(21, 25, "LOC")]
    assert [sentence.tokens for sentence in second.sentences] == [("a",), ("b", "c")]
    assert context.findings.lines() == []


def test_other_annotations_are_said_to_be_left_out(tmp_path):
    corpus, document = DocBin(attrs=["TAG", "LEMMA"]), spacy.blank("en")("Anna lives")
    document[0].tag_, document[0].lemma_, document.cats = "NNP", "anna", {"good": 1.0}
    document.spans["sc"] = [document[0:1]]
    corpus.add(document)
    corpus.to_disk(tmp_path / "a.spacy")
    context = context_of(tmp_path / "a.spacy")
    list(read_docbin(context))
    messages = [line.rsplit(": ", 1)[1] for line in context.findings.lines()[1:]]
    assert sorted(messages) == ["LEMMA", "TAG", "cats['good']", "spans['sc']"]


def test_a_token_of_white_space_is_said_not_to_come_back(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a \\u00a0 b", "sentences": [[[0, 1], [2, 3], [4, 5]]]}\n')
    assert convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "a.spacy", "spacy") == {Kind.BLANK_TOKENS.name: 1}
    assert documents_in(tmp_path / "a.spacy")[0].text == "a \u00a0 b"


@pytest.mark.parametrize("content", [b"", b"no corpus", b"\x1f\x8b"])
def test_what_is_no_such_corpus_is_an_error(tmp_path, content):
    (tmp_path / "a.spacy").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.spacy: not a binary corpus of spaCy"):
        list(read_docbin(context_of(tmp_path / "a.spacy")))


def test_without_spacy_it_is_said_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(ConfigError, match=r"pip install '\.\[spacy\]'"):
        convert_files(tmp_path / "a.jsonl", "jsonl", tmp_path / "a.spacy", "spacy")
    assert not (tmp_path / "a.spacy").exists()
