import json

from hypothesis import given
from tagged_documents import NEWS, PLAIN, tagged_documents

from tagger.corpus.document import TaggedDocument, TextEntity
from tagger.documents.writers.jsonl import to_jsonl


def test_a_document_is_one_line_of_plain_json():
    assert to_jsonl(NEWS) == (
        r'{"id": "news/\"1\"", "text": "Zoë 👩‍🚀 said “hi” to \"IBM\r\nDeutschland\" & <b>\tin Rome", "entities": ['
        '{"start": 0, "end": 3, "type": "PER", "text": "Zoë", "confidence": 0.9877}, '
        r'{"start": 22, "end": 38, "type": "Org/X", "text": "IBM\r\nDeutschland", "confidence": 0.5}, '
        '{"start": 49, "end": 53, "type": "LOC", "text": "Rome", "confidence": 1.0}]}\n'
    )


def test_a_document_without_entities_has_an_empty_list():
    assert to_jsonl(PLAIN) == '{"id": "plain.txt", "text": "Nothing here.", "entities": []}\n'


def test_half_a_character_is_escaped_wherever_it_stands():
    entity = TextEntity(0, 1, "\udfff", "\udc00", 0.5)
    line = to_jsonl(TaggedDocument("\ud800", "\udc00😀", (entity,), ()))
    assert line.encode("utf-8").count(b"\\u") == 4
    assert '"text": "\\udc00😀"' in line


@given(tagged_documents())
def test_a_line_parses_back_to_the_same_values(document):
    line = to_jsonl(document)
    assert line.encode("utf-8").endswith(b"\n")
    assert line.count("\n") == 1
    fields = json.loads(line)
    assert list(fields) == ["id", "text", "entities"]
    assert (fields["id"], fields["text"]) == (document.id, document.text)
    assert len(fields["entities"]) == len(document.entities)
    for found, entity in zip(fields["entities"], document.entities, strict=True):
        assert fields["text"][found["start"] : found["end"]] == found["text"] == entity.text
        assert (found["start"], found["end"], found["type"]) == (entity.start, entity.end, entity.type)
        assert abs(found["confidence"] - entity.confidence) <= 0.5e-4 + 1e-12
        assert len(repr(found["confidence"]).partition(".")[2]) <= 4 or found["confidence"] < 1e-3
