"""Goes on with the run in a folder to its end, and writes down where that leads."""

import sys

import numpy as np
from test_exact_resume import CHOOSING
from toys import classifier, task

from dlsuite.training import Checkpoints, fit_stages
from dlsuite.training.variables import capture

folder, result = sys.argv[1:]
model = classifier(seed=1)  # What is resumed decides, not the seed.
history = fit_stages(task(model, training=CHOOSING, checkpoints=Checkpoints(folder), resume=True))
np.savez(result, losses=np.array(history.series("dev.loss")), **capture(model))
