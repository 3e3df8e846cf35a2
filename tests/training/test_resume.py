"""Checkpoints survive torn files, refuse damaged ones and keep every bit."""

import json
import resource

import ml_dtypes
import numpy as np
import pytest

from dlsuite.training.resume import CheckpointError, Checkpoints, Place, Saved


def saved(epoch):
    arrays = {"model/0": np.full((2, 3), epoch, "float32"), "model/1": np.int64(epoch)}
    return Saved(Place(epoch), {k: np.asarray(a) for k, a in arrays.items()}, {"loss": 0.1 * epoch})


@pytest.fixture
def three(tmp_path):
    checkpoints = Checkpoints(tmp_path / "run")
    for epoch in (1, 2, 3):
        checkpoints.save(saved(epoch), keep=5)
    checkpoints.close()
    return checkpoints


def test_every_bit_comes_back(tmp_path):
    arrays = {
        "a": np.array([np.pi, -0.0, np.nan], "float64"),
        "b": np.array([1.5, 2.25], ml_dtypes.bfloat16),
        "c": np.array([[7, 0]], "uint32"),
        "d": np.array(3, "int64"),
    }
    notes = {"history": [{"loss": 0.1 + 0.2}], "best": float("inf")}
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Saved(Place(4), arrays, notes), keep=1)
    checkpoints.close()
    back = Checkpoints(tmp_path).load()
    assert back.place == (4, 0)
    assert back.notes == notes
    for key, array in arrays.items():
        assert back.arrays[key].dtype == array.dtype
        assert back.arrays[key].tobytes() == array.tobytes()


def test_only_the_newest_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for epoch in range(1, 6):
        checkpoints.save(saved(epoch), keep=2)
    checkpoints.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"epoch-00000{n}.{e}" for n in (4, 5) for e in ("json", "npz")]
    assert checkpoints.places() == [(4, 0), (5, 0)]


def test_an_empty_or_missing_folder_has_nothing_to_load(tmp_path):
    assert Checkpoints(tmp_path).load() is None
    assert Checkpoints(tmp_path / "none").load() is None


def test_a_checkpoint_is_durable_once_waited_for(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.durable_epochs == 0
    checkpoints.save(saved(3), keep=1)
    checkpoints.wait()
    assert checkpoints.durable_epochs == 3
    checkpoints.close()
    checkpoints.save(saved(4), keep=1)
    assert checkpoints.load().place.epochs == checkpoints.durable_epochs == 4
    checkpoints.close()


def test_a_torn_newest_gives_the_one_before_and_says_so(three):
    path = three.folder / "epoch-000003.npz"
    path.write_bytes(path.read_bytes()[:-20])
    back = Checkpoints(three.folder)
    assert back.load().place.epochs == 2
    (message,) = back.messages
    assert "epoch 3 (epoch-000003.npz is torn or was changed)" in message
    assert "The one of epoch 2 is sound." in message
    assert back.durable_epochs == 2


def test_arrays_without_their_json_count_for_nothing(three):
    (three.folder / "epoch-000003.json").unlink()
    assert three.load().place.epochs == 2
    assert three.messages == []


def test_json_without_its_arrays_is_passed_over(three):
    (three.folder / "epoch-000003.npz").unlink()
    assert three.load().place.epochs == 2
    assert "No such file" in three.messages[0]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("0.30000000000000004", "0.3"), "its JSON file was changed"),
        (lambda text: text[: len(text) // 2], "epoch 3 ("),
        (lambda text: "[]", "epoch 3 ("),
    ],
)
def test_a_changed_json_is_found_out(three, damage, said):
    path = three.folder / "epoch-000003.json"
    path.write_text(damage(path.read_text()))
    assert three.load().place.epochs == 2
    assert said in three.messages[0]


def test_another_format_is_refused_by_name(three, monkeypatch):
    monkeypatch.setattr("dlsuite.training.resume.FORMAT", 4)
    with pytest.raises(CheckpointError, match=r"its format must be 4. Received: 3"):
        three.load()


def test_a_folder_of_ruins_is_an_error(three):
    for path in three.folder.glob("*.npz"):
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"No checkpoint in .* is sound: epoch 3 .*epoch 1"):
        three.load()


def test_a_process_that_dies_between_the_files_leaves_the_old_state(three):
    # What the writer leaves when it dies before its last rename.
    (three.folder / "epoch-000004.npz.part").write_bytes(b"half")
    (three.folder / "epoch-000005.npz").write_bytes(b"whole, without its JSON file")
    assert three.load().place.epochs == 3
    three.save(saved(4), keep=2)
    three.close()
    assert not list(three.folder.glob("*.part"))
    assert three.places() == [(3, 0), (4, 0)]


def test_damaged_later_checkpoints_do_not_crowd_out_sound_ones(three):
    (three.folder / "epoch-000003.npz").write_bytes(b"torn")
    (three.folder / "epoch-final.json").write_text("not one of ours")
    assert three.load().place.epochs == 2
    three.save(saved(2), keep=1)
    three.close()
    assert three.places() == [(2, 0)]
    assert three.load().place.epochs == 2


def test_a_checkpoint_that_cannot_be_written_is_said_once_and_the_next_is_tried(tmp_path, caplog):
    folder = tmp_path / "file"
    folder.write_text("in the way")
    checkpoints = Checkpoints(folder)
    for epoch in (1, 2):
        checkpoints.save(saved(epoch), keep=1)
    checkpoints.wait()
    assert checkpoints.durable_epochs == 0
    (said,) = caplog.messages
    assert said == (
        f"A checkpoint cannot be written to {folder}: File exists. Training goes on; what can be "
        "resumed: there is none."
    )
    folder.unlink()
    checkpoints.save(saved(3), keep=1)
    checkpoints.close()
    assert checkpoints.durable_epochs == 3
    assert len(caplog.messages) == 1


def test_a_checkpoint_that_breaks_off_leaves_the_one_before_whole(three, caplog):
    allowed, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))  # bytes in a file, as a quota would
    try:
        three.save(saved(4), keep=1)
        three.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, most))
    assert three.load().place.epochs == 3
    assert len(three.places()) == 3
    assert not list(three.folder.glob("*.part"))
    assert "File too large. Training goes on; what can be resumed: the newest" in caplog.text


def test_the_manifest_is_plain_json(three):
    manifest = json.loads((three.folder / "epoch-000002.json").read_text())
    assert manifest["content"]["notes"] == {"loss": 0.2}
    assert manifest["content"]["dtypes"] == {"model/0": "float32", "model/1": "int64"}
