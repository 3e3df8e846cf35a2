"""The diabetes patients that scikit-learn carries."""

from dlsuite.data.examples import Collection
from dlsuite.data.tables import column_kinds, named_columns, table_examples


def diabetes() -> Collection:
    """442 patients by ten measurements; the target is the disease's progression after a year.

    Measurements are in their own units (years, mmHg, mg/dl …), the target is 25 to 346
    (Efron et al. 2004, Least Angle Regression).

    Returns:
        Examples `{"columns": {name: float32}, "target": float32}`.
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    columns = named_columns(bunch.data, bunch.feature_names)
    return Collection(
        {"all": table_examples(columns, bunch.target)},
        {
            "source": "sklearn.datasets.load_diabetes",
            "columns": column_kinds(columns),
            "target": "progression",
            "licence": "none stated",
            "bad_examples": [],
        },
    )
