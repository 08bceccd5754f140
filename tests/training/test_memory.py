"""Many runs in one process: nothing of those that are over stays."""

import gc

import pytest
from small_runs import train

from tagger.training.memory import release_run


def graphs():
    return [one for one in gc.get_objects() if type(one).__name__ == "FuncGraph"]


@pytest.mark.slow
def test_no_graph_of_a_run_stays_in_memory(eight, tmp_path):
    release_run()
    before = len(graphs())
    train(eight, tmp_path / "model")
    assert len(graphs()) > before  # the leak that is to be mended
    release_run()
    assert len(graphs()) == before
