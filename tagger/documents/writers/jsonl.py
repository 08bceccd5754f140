"""A document as a line of JSON."""

import json
import re

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.surrogates import SURROGATE


def to_jsonl(document: TaggedDocument) -> str:
    """The document's id, text and entities in one line, with its end; offsets are code points."""
    entities = [_fields(entity) for entity in document.entities]
    line = json.dumps({"id": document.id, "text": document.text, "entities": entities}, ensure_ascii=False)
    return SURROGATE.sub(_escape, line) + "\n"


def _fields(entity: TextEntity) -> dict[str, object]:
    return {
        "start": entity.start,
        "end": entity.end,
        "type": entity.type,
        "text": entity.text,
        "confidence": round(entity.confidence, 4),
    }


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"
