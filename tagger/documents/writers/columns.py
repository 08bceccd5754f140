"""A document as columns: a token and its tag a line."""

from tagger.corpus.columns import DOCUMENT_START
from tagger.corpus.document import TaggedDocument, TextSentence
from tagger.errors import DataError
from tagger.surrogates import without_surrogates


def to_columns(document: TaggedDocument) -> str:
    """The document's sentences as CoNLL-2003 has them, after the line that starts a document.

    Raises:
        DataError: a token that would itself be read as such a line.
    """
    for token in (token for sentence in document.sentences for token in sentence.tokens):
        if token.startswith(DOCUMENT_START):
            problem = f"found the token {token!r}, which starts a document in a column file"
            raise DataError(f"{document.id}: {problem}; choose another form or remove it")
    return f"{DOCUMENT_START} O\n\n" + "".join(map(_rows, document.sentences))


def _rows(sentence: TextSentence) -> str:
    rows = zip(sentence.tokens, sentence.tags, strict=True)
    return "".join(f"{without_surrogates(token)} {tag}\n" for token, tag in rows) + "\n"
