"""Sentences as tokens and tags."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tagger.conversion.alignment import AlignedSentence, align
from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.findings import Kind
from tagger.conversion.options import Context


@dataclass(frozen=True, slots=True)
class AlignedDocument:
    """A document and its sentences, of which it has at least one."""

    document: AnnotatedDocument
    sentences: list[AlignedSentence]


def aligned_documents(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[AlignedDocument]:
    """Documents with their entities on tokens; those without a token are noted and left out."""
    for document in documents:
        sentences = align(document, context)
        if sentences:
            yield AlignedDocument(document, sentences)
        else:
            context.findings.add(Kind.WORDLESS, document.place_at(0), document.id)


def note_lost_space(aligned: AlignedDocument, context: Context) -> None:
    """Note where a text is not its tokens with a blank between them, a sentence a line."""
    text = "".join(" ".join(sentence.tokens) + "\n" for sentence in aligned.sentences)
    if text.rstrip("\n") != aligned.document.text.rstrip("\n"):
        context.findings.add(Kind.SPACES, aligned.document.place_at(0), aligned.document.id)
