"""Small language models with random weights, each made once."""

import pytest
from small_language_models import write_language_model


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Give the model with these options; it is not to be changed."""
    found = {}

    def make(**options):
        key = tuple(sorted(options.items()))
        if key not in found:
            found[key] = write_language_model(tmp_path_factory.mktemp("language") / "model", **options)
        return found[key]

    return make
