"""How the network learns, in TensorFlow, and how it leaves TensorFlow."""

import tagger.network  # noqa: F401 - brings TensorFlow in quietly, before any module here asks for it
