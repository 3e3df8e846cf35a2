"""What looks at several runs at once, or starts them."""

from dlsuite.studies.compare import compare
from dlsuite.studies.comparison import Comparison
from dlsuite.studies.page import write

__all__ = ["Comparison", "compare", "write"]
