from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from tagged_documents import NEWS, PLAIN, SURROGATES, replaced, tagged_documents

from tagger.corpus.conll import read_conll
from tagger.corpus.document import TaggedDocument, TextSentence
from tagger.corpus.sentence import Sentence
from tagger.documents.writers.columns import to_columns
from tagger.errors import DataError


def test_documents_are_parted_as_in_conll_2003():
    assert to_columns(NEWS) + to_columns(PLAIN) == (
        "-DOCSTART- O\n\n"
        "Zoë B-PER\n👩‍🚀 O\nsaid O\n\n"
        "IBM B-Org/X\nDeutschland I-Org/X\n\n"
        "-DOCSTART- O\n\n"
        "Nothing O\n. O\n\n"
    )


@given(tagged_documents(), tagged_documents())
def test_our_reader_finds_the_same_sentences(first, second):
    sentences = [*first.sentences, *second.sentences]
    assume(sentences)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tagged.conll"
        path.write_bytes((to_columns(first) + to_columns(second)).encode("utf-8"))
        found = read_conll(path)
    assert found == [
        Sentence(tuple(replaced(token, SURROGATES) for token in sentence.tokens), sentence.tags)
        for sentence in sentences
    ]


@pytest.mark.parametrize("token", ["-DOCSTART-", "-DOCSTART-X"])
def test_a_token_that_would_start_a_document_is_refused(token):
    document = TaggedDocument("a.txt", token, (), (TextSentence((token,), (0,), ("O",)),))
    with pytest.raises(DataError, match=r"^a\.txt: found the token '-DOCSTART-X?', which starts a document .*form"):
        to_columns(document)
