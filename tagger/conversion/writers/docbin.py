"""spaCy's binary corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context
from tagger.conversion.readers.docbin import ID
from tagger.conversion.spacy_extra import require_spacy
from tagger.conversion.writers.rows import AlignedDocument, aligned_documents

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab


@dataclass(slots=True)
class _Words:
    """Tokens as spaCy has them: those of white space too, but for one blank after a token."""

    texts: list[str] = field(default_factory=list)
    spaces: list[bool] = field(default_factory=list)
    begins: list[bool] = field(default_factory=list)

    def add(self, text: str, *, begins: bool) -> int:
        self.texts.append(text)
        self.spaces.append(False)
        self.begins.append(begins)
        return len(self.texts) - 1

    def add_white_space(self, text: str) -> None:
        if text.startswith(" ") and self.texts:
            self.spaces[-1] = True
            text = text[1:]
        if text:
            self.add(text, begins=False)


def write_docbin(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[bytes]:
    """All documents as one .spacy file: text, tokens, sentences and entities, and the id in the user data.

    Raises:
        ConfigError: spaCy is not installed.
    """
    require_spacy()
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocabulary = Vocab()
    corpus = DocBin(store_user_data=True)
    for aligned in aligned_documents(documents, context):
        corpus.add(_doc(aligned, vocabulary, context))
    yield corpus.to_bytes()


def _doc(aligned: AlignedDocument, vocabulary: Vocab, context: Context) -> Doc:
    from spacy.tokens import Doc, Span

    document, words, reached, spans = aligned.document, _Words(), 0, list[tuple[int, int, str]]()
    for sentence in aligned.sentences:
        places = []
        for number, (token, start) in enumerate(zip(sentence.tokens, sentence.starts, strict=True)):
            words.add_white_space(document.text[reached:start])
            places.append(words.add(token, begins=number == 0))
            reached = start + len(token)
            if token.isspace():
                context.findings.add(Kind.BLANK_TOKENS, document.place_at(start), repr(token))
        spans += [(places[one.start], places[one.end - 1] + 1, one.type) for one in sentence.entities]
    words.add_white_space(document.text[reached:])
    made = Doc(vocabulary, words=words.texts, spaces=words.spaces, sent_starts=words.begins)
    made.set_ents([Span(made, start, end, label=type_) for start, end, type_ in spans])
    made.user_data[ID] = document.id
    return made
