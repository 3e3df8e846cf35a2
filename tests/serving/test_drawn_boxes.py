"""What is drawn and written of a detector's answers."""

import json

import pandas as pd
from PIL import Image

from dlsuite.serving.drawn_boxes import write_drawn


def test_a_file_without_an_answer_stands_in_the_json_with_its_error(tmp_path):
    seen = tmp_path / "seen.png"
    Image.new("RGB", (40, 30), "white").save(seen)
    found = [{"class_name": "cell", "score": 0.9, "box": [5.0, 5.0, 20.0, 20.0]}]
    answers = pd.DataFrame(
        {
            "file": [str(seen), "broken.png"],
            "detections": [found, None],
            "error": ["", "it is no picture"],
        }
    )
    files = write_drawn(answers, tmp_path / "drawn")
    assert [file.name for file in files] == ["seen.png", "detections.json"]
    assert json.loads(files[-1].read_text()) == [
        {"file": str(seen), "drawn": "seen.png", "detections": found},
        {"file": "broken.png", "error": "it is no picture"},
    ]
