import tracemalloc

from tagger.language_models.spool import temporary_spool


def test_what_was_put_in_comes_back_from_its_end():
    parts = ["one\n", "", "z\u00e9ro \U0001f600", "\ud800 half", "last"]
    with temporary_spool() as spool:
        for part in parts:
            spool.add(part)
        assert list(spool.backwards()) == parts[::-1]
        spool.add("more")
        assert list(spool.backwards()) == ["more", *parts[::-1]]


def test_nothing_comes_back_from_nothing():
    with temporary_spool() as spool:
        assert list(spool.backwards()) == []


def test_it_is_on_disk():
    tracemalloc.start()
    try:
        with temporary_spool() as spool:
            for _ in range(200):
                spool.add("x" * 100_000)
            assert sum(len(part) for part in spool.backwards()) == 20_000_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
