"""JSON lines of `tokens` and `ner_tags`, as data sets at Hugging Face have them."""

import json
from collections.abc import Iterable, Iterator

from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.options import Context
from tagger.conversion.readers.huggingface import DOCUMENT, SENTENCE, TAGS, TOKENS
from tagger.conversion.writers.rows import aligned_documents, note_lost_space
from tagger.corpus.schemes import IOB2


def write_huggingface(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[bytes]:
    """A line a sentence, with the name of its document and its place there, from 0; or an id where it stands alone."""
    scheme = context.options.scheme or IOB2
    for aligned in aligned_documents(documents, context):
        note_lost_space(aligned, context)
        for number, sentence in enumerate(aligned.sentences):
            id_ = aligned.document.id
            record: dict[str, object] = {"id": id_} if aligned.document.alone else {DOCUMENT: id_, SENTENCE: number}
            record[TOKENS] = sentence.tokens
            record[TAGS] = scheme.tags_of(sentence.entities, len(sentence.tokens))
            yield json.dumps(record, ensure_ascii=False).encode() + b"\n"
