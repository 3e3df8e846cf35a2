"""A store that lies about where its files are reaches none of this machine's."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from dlsuite.tracking import Location, StoreError
from dlsuite.tracking.logged_model import log_saved_model
from dlsuite.tracking.paths import as_name, own_path
from dlsuite.tracking.records import RunRecord


def test_only_a_store_in_a_file_has_paths_and_only_below_its_artifacts(tmp_path):
    database = tmp_path / "mlflow.db"
    local = Location(f"sqlite:///{database}", tmp_path, database)
    server = Location("http://127.0.0.1:9", tmp_path, None)
    inside = tmp_path / "artifacts" / "1" / "models"
    assert own_path(local, inside.as_uri()) == inside
    for outside in (
        "file:///home/me",
        f"file://{tmp_path}/artifacts/../../x",
        f"file://{tmp_path}/artifacts",
        "mlflow-artifacts:/1",
    ):
        assert own_path(local, outside) is None
    assert own_path(server, inside.as_uri()) is None


@pytest.mark.parametrize("given", ["../../..", "", "a/b", "/", ".", "m-1\n"])
def test_an_id_that_could_lead_elsewhere_is_refused(given):
    with pytest.raises(StoreError, match="must consist of letters"):
        as_name(given)
    assert as_name("m-0123_af") == "m-0123_af"


class Liar:
    """Answers as a hostile server might: with a folder that is the user's own."""

    tracking_uri = "http://127.0.0.1:9"

    def __init__(self, folder: Path) -> None:
        self.model = SimpleNamespace(
            status=None, model_id="m-1", artifact_location=folder.as_uri(), tags={"": ""}
        )

    def get_run(self, run_id):
        return SimpleNamespace(info=SimpleNamespace(experiment_id="1"))

    def search_logged_models(self, *asked):
        return []

    def create_logged_model(self, *given, **named):
        return self.model

    def get_logged_model(self, model_id):
        return self.model

    def finalize_logged_model(self, *given):
        raise ConnectionError("gone")


def log(client, model: Path = Path("nowhere")) -> None:
    log_saved_model(
        client,
        "f" * 32,
        model,
        inputs={},
        outputs={"mean": ("float32", ())},
        example={},
        requirements=None,
        parameters={},
        scores=[],
        key="key",
    )


def test_a_folder_that_a_server_names_outlives_an_upload_that_fails(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"dear")
    with pytest.raises(OSError, match="nowhere"):
        log(Liar(tmp_path))
    assert (tmp_path / "photo.png").read_bytes() == b"dear"


def test_a_signal_while_a_model_is_stored_is_not_lost_to_a_store_that_has_gone(tmp_path):
    liar = Liar(tmp_path / "artifacts" / "1" / "models")
    liar.tracking_uri = f"sqlite:///{tmp_path}/mlflow.db"

    def interrupt() -> None:
        raise KeyboardInterrupt

    liar.log_model_artifacts = lambda *given: interrupt()
    (tmp_path / "saved").mkdir()
    with pytest.raises(KeyboardInterrupt):
        log(liar, tmp_path / "saved")


def test_a_models_name_that_leads_elsewhere_is_not_followed(tmp_path):
    location = Location("http://127.0.0.1:9", tmp_path / "mlruns", None)
    connection = SimpleNamespace(location=location, client=Liar(tmp_path))
    facts = dict.fromkeys(("name", "pipeline", "status", "started", "duration"), "")
    record = RunRecord(
        run_id="f" * 32,
        params={},
        metrics={},
        tags={"model_id": "../../.."},
        connection=connection,
        artifact_uri="",
        **facts,
    )
    with pytest.raises(StoreError, match="must consist of letters"):
        record.saved_model()
    assert list(tmp_path.iterdir()) == []
