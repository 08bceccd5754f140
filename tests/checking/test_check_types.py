import pytest

from tagger.checking.entity_types import are_similar


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PER", "Per"),
        ("PER", "PERS"),
        ("PER", "PERSON"),
        ("person", "PERSONS"),
        ("geo-loc", "geo_loc"),
        ("geo-loc", "geoloc"),
        ("LOCATION", "LOCATON"),
        ("organization", "organisation"),
        ("PER", "PER\u00a0"),
    ],
)
def test_two_spellings_of_a_type_are_similar(one, other):
    assert are_similar(one, other)
    assert are_similar(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PER", "ORG"),
        ("location", "location-city"),
        ("date", "time"),
        ("type1", "type2"),
        ("DATE", "RATE"),
        ("person", "product"),
        ("musicartist", "movie"),
        ("location-stop", "location-street"),
        ("event-cause", "disaster-type"),
        ("B", "BIO"),
        ("*", "+"),
    ],
)
def test_other_types_are_not(one, other):
    assert not are_similar(one, other)
    assert not are_similar(other, one)
