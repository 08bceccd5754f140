"""JSON lines of texts with offsets, as `tagger tag` writes them, and of tokens where they are known."""

import json
from collections.abc import Iterable, Iterator

from tagger.conversion.annotated import AnnotatedDocument
from tagger.conversion.options import Context


def write_jsonl(documents: Iterable[AnnotatedDocument], context: Context) -> Iterator[bytes]:
    """A line for each document; offsets are code points, `sentences` are lists of tokens, each its start and end."""
    for document in documents:
        record: dict[str, object] = {"id": document.id, "text": document.text}
        record["entities"] = [
            {"start": span.start, "end": span.end, "type": span.type, "text": document.text[span.start : span.end]}
            for span in document.spans
        ]
        if document.sentences is not None:
            record["sentences"] = [
                [[start, start + len(token)] for start, token in zip(sentence.starts, sentence.tokens, strict=True)]
                for sentence in document.sentences
            ]
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"
