"""Windows of a stream joined are the text, onward and turned round, and every id but the first is predicted once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.training.pretraining.streams import chunks_of, count_windows, windows_of


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 8))
def test_chunks_are_the_text_in_pieces_of_one_size(sizes, size):
    text = np.arange(sum(sizes), dtype=np.int32)
    chunks = [chunk.tolist() for chunk in chunks_of(iter(np.split(text, np.cumsum(sizes)[:-1])), size)]
    assert [one for chunk in chunks for one in chunk] == text.tolist()
    assert [len(chunk) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert all(0 < len(chunk) <= size for chunk in chunks)


def test_a_chunk_is_given_as_soon_as_it_is_whole():
    def parts():
        yield np.arange(3, dtype=np.int32)
        pytest.fail("more was read than the first chunk needs")

    assert next(chunks_of(parts(), 3)).tolist() == [0, 1, 2]


@given(st.integers(2, 120), st.integers(1, 7), st.integers(2, 9))
def test_windows_joined_are_the_streams_and_each_id_is_predicted_once(ids, streams, steps):
    text = np.arange(ids, dtype=np.int32) + 100
    windows = list(windows_of(text, streams, steps))
    width = len(windows[0].onward[0])
    assert width <= streams
    assert width in {streams, 1} or (width + 1) * steps > ids - 1  # fewer only where the text is short
    sizes = [window.onward[0].shape[1] for window in windows]
    assert sizes[:-1] == [steps] * (len(sizes) - 1)
    assert 0 < sizes[-1] <= steps
    assert [window.begins for window in windows] == [True] + [False] * (len(windows) - 1)
    for way, whole in (("onward", text), ("reverse", text[::-1])):
        read, following = (np.concatenate([getattr(one, way)[side] for one in windows], axis=1) for side in (0, 1))
        count = read.size
        assert ids - 1 - count < width
        assert read.ravel().tolist() == whole[:count].tolist()
        assert following.ravel().tolist() == whole[1 : count + 1].tolist()
    assert abs(count_windows(ids, width, steps) - len(windows)) <= 1


def test_streams_by_hand():
    first, second = windows_of(np.array([7, 1, 2, 3, 4, 5, 6, 8, 9], np.int32), 2, 3)
    assert first.onward[0].tolist() == [[7, 1, 2], [4, 5, 6]]
    assert first.onward[1].tolist() == [[1, 2, 3], [5, 6, 8]]
    assert second.onward[0].tolist() == [[3], [8]]
    assert second.onward[1].tolist() == [[4], [9]]
    assert first.reverse[0].tolist() == [[9, 8, 6], [4, 3, 2]]
    assert second.reverse[1].tolist() == [[4], [7]]
    assert (first.begins, second.begins) == (True, False)
