"""The wines that scikit-learn carries."""

from dlsuite.data.examples import Collection
from dlsuite.data.tables import column_kinds, named_columns, table_examples


def wine() -> Collection:
    """178 Italian wines of three cultivars by 13 chemical measurements (UCI, Forina et al. 1988).

    Returns:
        Examples `{"columns": {name: float32}, "target": int32}`.
    """
    from sklearn.datasets import load_wine

    bunch = load_wine()
    columns = named_columns(bunch.data, bunch.feature_names)
    return Collection(
        {"all": table_examples(columns, bunch.target)},
        {
            "source": "sklearn.datasets.load_wine",
            "columns": column_kinds(columns),
            "target": "cultivar",
            "class_names": [str(name) for name in bunch.target_names],
            "licence": "CC BY 4.0",
            "bad_examples": [],
        },
    )
