"""Brings TensorFlow in the way the program does, before a test module asks for it."""

import tagger.network  # noqa: F401
