"""Runs that are parts of another: found below it, left out of lists; tables come back exactly."""

import pandas as pd
import pytest

from dlsuite.tracking import StoreError


def test_a_part_is_found_below_its_parent_and_in_no_list(store):
    with store.start("p", "whole") as parent:
        with store.start("p", "whole, part 1", parent=parent.run_id, tags={"fold": 1}):
            pass
        with store.start("p", "whole, part 2", parent=parent.run_id):
            pass
    assert [part.name for part in store.children(parent.run_id)] == [
        "whole, part 2",
        "whole, part 1",
    ]
    assert store.find("latest").run_id == parent.run_id
    assert list(store.runs()["name"]) == ["whole"]
    assert list(store.runs(status="FINISHED")["name"]) == ["whole"]
    assert store.find("whole, part 1").tags["fold"] == "1"
    assert store.children(store.find("whole, part 1").run_id) == []


def test_a_table_comes_back_with_the_very_numbers_and_names_it_had(store):
    table = pd.DataFrame(
        {
            "key": ["00012", "1e5"],
            "label": ["NA", "1"],
            "predicted": ["", "01"],
            "label_of_colour": ["7", "8"],
            "loss": [0.1 + 0.2, float("nan")],
            "correct": [True, False],
        }
    )
    numbers = pd.DataFrame({"key": ["1"], "predicted": [1 / 3], "target": [2.0]})
    with store.start("p", "a") as run:
        run.table("examples/test", table)
        run.table("examples/dev", numbers)
    back = store.find("a").table("examples/test")
    assert back.astype(object).equals(table.astype(object))
    assert back["correct"].dtype == bool
    assert store.find("a").table("examples/dev")["predicted"].tolist() == [1 / 3]
    with pytest.raises(StoreError, match=r"keeps no `examples/train\.csv`"):
        store.find("a").table("examples/train")
