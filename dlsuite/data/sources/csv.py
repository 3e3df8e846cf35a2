"""Tables of numbers and categories in CSV files."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from dlsuite.data.bad_examples import OnBadExample, settle
from dlsuite.data.delimited import (
    Decimal,
    Kind,
    Separator,
    Table,
    has_decimal_commas,
    kind_of,
    number,
    read_table,
)
from dlsuite.data.doubts import about_texts
from dlsuite.data.examples import Collection, DataError
from dlsuite.data.table_files import (
    part_files,
    require_columns,
    same_header,
    summary,
    usable_rows,
)
from dlsuite.data.tables import column_kinds, table_examples
from dlsuite.data.target_columns import TargetColumns, Task, target_columns

Name = Annotated[str, Field(min_length=1)]


def csv(
    path: Annotated[str, Field(min_length=1)],
    target: Name | list[Name],
    *,
    task: Task = "auto",
    label_separator: Annotated[str, Field(min_length=1)] | None = None,
    columns: Mapping[str, Kind] | None = None,
    missing: Literal["error", "impute"] = "error",
    groups: str | None = None,
    separator: Separator = "auto",
    decimal: Decimal = ".",
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Rows of a CSV file, or of `train.csv` with `dev.csv` and `test.csv` in a folder.

    The first line names the columns. A column is one of numbers if nine in ten of its values are;
    the others are then typing errors. Fields that are empty, NA, NaN, null, none or ? are missing.

    Args:
        path: The file or folder, in UTF-8, gzipped or not.
        target: Column to predict; or several: the classes of each at once, or with
            `task: multilabel` a column of 0 and 1 for each label.
        task: `auto` predicts a number where `target` is a column of numbers, else a class. Say
            `classification` where classes are numbered.
        label_separator: What stands between labels, for a target column that lists any number of
            them; an empty field is an example without labels.
        columns: `number`, `category` or `ignore` for columns that would be read otherwise.
        missing: `impute` keeps rows that miss inputs: a number is then the mean of training and
            told to be missing by a feature of its own, a category has one more value.
        groups: Column that says what a split must not cut, a person or a time, for `by: group` and
            `by: time`. It is not an input.
        separator: Between fields; `auto` takes the most frequent in the first line.
        decimal: What separates the decimals of numbers.
        on_bad_example: Whether rows that cannot be read, or miss what is not imputed, are errors or
            left out.

    Returns:
        Examples `{"columns": {name: float32 or str}, "target": float32 or int32}`, or `"target":
        uint8 [L]` for labels and `int32 [O]` for several classes, in alphabetical order or that of
        their numbers. A missing number is NaN, a missing category an empty text.
    """
    told = target_columns(target, task, label_separator)
    tables = {part: read_table(file, separator) for part, file in part_files(path).items()}
    given = dict(columns or {})
    _check_columns(tables, told, groups, given)
    kinds = _kinds(tables[next(iter(tables))], told, task, groups, given, decimal)
    gaps = set(kinds) - {*told.names, groups} if missing == "impute" else ()
    good, bad = usable_rows(tables, kinds, told, decimal, gaps)
    total = sum(len(table.fields) for table in tables.values())
    settle(bad, total, f"rows ({summary(bad)})" if bad else "rows", on_bad_example, path)
    about, targets = told.read(good, on_bad_example)
    parts = {}
    for part, values in good.items():
        inputs = {n: c for n, c in values.items() if n not in (*told.names, groups)}
        kept = None if groups is None else values[groups]
        parts[part] = table_examples(inputs, targets[part].values, kept, targets[part].strata)
    about |= {"source": path, "target": told.target, "bad_examples": bad}
    asked = () if task == "auto" and told.form == "value" else told.names
    about["notes"] = _notes(tables[next(iter(tables))], kinds, [*asked, *given], decimal)
    about["columns"] = column_kinds(next(iter(parts.values())).rows["columns"])
    return Collection(parts, about)


def _kinds(
    table: Table,
    told: TargetColumns,
    task: Task,
    groups: str | None,
    given: Mapping[str, Kind],
    decimal: Decimal,
) -> dict[str, Kind]:
    """What each column is read as; those to ignore are left out."""
    kinds = {n: given.get(n) or kind_of(table.column(n), decimal) for n in table.header}
    guessed = [n for n, kind in kinds.items() if kind == "category" and n not in given]
    _check_decimals([n for n in guessed if told.form != "listed" or n not in told.names], table)
    if groups is not None:
        kinds[groups] = kind_of(table.column(groups), decimal)
    if told.form == "classes" and task == "auto":
        _check_whole([n for n in told.names if kinds[n] == "number"], table, decimal)
    for name in told.names:
        if task == "regression":
            kinds[name] = "number"
        elif task != "auto" or told.form != "value":
            kinds[name] = "category"
    return {name: kind for name, kind in kinds.items() if kind != "ignore"}


def _notes(
    table: Table, kinds: Mapping[str, Kind], named: Sequence[str], decimal: Decimal
) -> list[str]:
    """What to say of columns that were taken as texts unasked."""
    texts = [name for name, kind in kinds.items() if kind == "category" and name not in named]
    said = (about_texts(name, table.column(name), decimal) for name in texts)
    return [sentence for sentence in said if sentence]


def _check_decimals(names: Sequence[str], table: Table) -> None:
    found = [name for name in names if has_decimal_commas(table.column(name))]
    if found:
        first = table.column(found[0])
        raise DataError(
            f"The columns {', '.join(found)} hold numbers with a decimal comma, such as "
            f'{next(value for value in first if "," in value)}: `decimal: ","` reads them. '
            f"`columns: {{{found[0]}: category}}` takes them as texts.",
            argument="decimal",
        )


def _check_whole(names: Sequence[str], table: Table, decimal: Decimal) -> None:
    for name in names:
        found = (number(value, decimal) for value in table.column(name))
        if not all(value == round(value) for value in found if math.isfinite(value)):
            raise DataError(
                "Several columns can be predicted at once where each holds classes. "
                f"Received: {name}, which holds fractions; `task: classification` takes them as "
                "names of classes.",
                argument="target",
            )


def _check_columns(
    tables: Mapping[str, Table], told: TargetColumns, groups: str | None, given: Mapping[str, Kind]
) -> None:
    header = same_header(tables)
    require_columns("target", told.names, header)
    require_columns("groups", [groups] if groups else [], header)
    require_columns("columns", list(given), header)
    inputs = [n for n in header if n not in (*told.names, groups) and given.get(n) != "ignore"]
    ignored = any(given.get(name) == "ignore" for name in told.names)
    if not inputs or ignored or groups in told.names:
        raise DataError(
            "A table needs a target and one more column to predict it from. "
            f"Received: target {', '.join(told.names)}, groups {groups}, inputs "
            f"{', '.join(inputs) or 'none'}."
        )
