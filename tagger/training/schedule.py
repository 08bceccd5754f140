"""How the learning rate changes: its share of the highest rate, as a function of the progress from 0 to 1."""

import math
from collections.abc import Callable, Mapping

from tagger.config import ScheduleName

SCHEDULES: Mapping[ScheduleName, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: (1.0 + math.cos(math.pi * progress)) / 2.0,
}
