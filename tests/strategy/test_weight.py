"""What the two rooms of numbers and pictures drag into a process."""

import subprocess
import sys


def test_strategy_and_figures_import_neither_a_framework_nor_pyplot():
    code = (
        "import dlsuite.strategy, dlsuite.figures, sys;"
        "print([name for name in ('tensorflow', 'keras', 'mlflow', 'sklearn', 'matplotlib.pyplot')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
