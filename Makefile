# The two promises of the README are `make demo` and `make test`; each does its own set-up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: demo test slow check coverage bench reliability clean

demo: $(STAMP)
	$(BIN)/dlsuite train digits_lenet5
	$(BIN)/dlsuite export latest exports/digits --examples 10
	$(BIN)/dlsuite predict exports/digits exports/digits/examples

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow"

slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy dlsuite pipelines

coverage: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow" \
		--cov --cov-report=term --cov-fail-under=95

# For a machine that does nothing else. It trains on Fashion-MNIST where DLSUITE_DATA has
# it; where PyTorch is installed (the extra `peers`), it is compared with that too.
bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Hours: trainings killed, files broken, stores taken away, two hours of soak. docs/reliability.md.
reliability: $(STAMP)
	$(BIN)/python -m benchmarks.reliability

$(STAMP): setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache exports
