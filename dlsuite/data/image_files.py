"""Image files: how they are checked, and how they are read.

What is checked of every file: that it is an image at all, that its header can be read and that it
is whole. A JPEG must reach its end mark and a PNG must pass its checksums; other forms, which
carry neither, are decoded once. The bytes are read for the content hash anyway. What this misses
is damage inside of a JPEG, which `verify="decode"` finds for the price of an epoch's decoding.
Findings are kept in an index by path, size and date: the second run only asks for the dates. What
`decode` found answers for `header` too. A file that cannot be opened is asked for again each time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dlsuite.data.hashing import content_key
from dlsuite.data.image_index import Found, Index
from dlsuite.data.picture_bytes import (
    LARGEST_FILE,
    SIMPLE,
    Channels,
    Examined,
    Size,
    Verify,
    decode,
    examined,
)
from dlsuite.progress import working
from dlsuite.types import Tree

SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"),
        *(".pbm", ".pgm", ".ppm", ".pnm"),
    )
)
# What may stand where a file should.
KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
EDITION = 5  # of what is checked: findings of another one are not read
CHUNK = 64  # files that a thread reads before it reports
ABSENT = "absent"  # stamp of what cannot be asked, such as a link to nothing


class Common(NamedTuple):
    """What all pictures of a place have in common, so that nobody asks each of them.

    Attributes:
        size: Height and width of each, None where they differ.
        forms: All that are among them, see `picture_bytes.Examined`.
    """

    size: Size | None
    forms: frozenset[str]

    @classmethod
    def of(cls, sizes: Iterable[Size], forms: Iterable[str]) -> Common:
        """Of pictures of these sizes and forms."""
        different = set(sizes)
        return cls(different.pop() if len(different) == 1 else None, frozenset(forms))


@dataclass(frozen=True)
class Checked:
    """What was found of N files.

    Attributes:
        keys: Content hash of each, `[N]`.
        reasons: Why each cannot be read, or an empty string, `[N]`.
        sizes: Height and width of each in pixels, 0 of what cannot be read, `[N, 2]`.
        forms: Of each, see `picture_bytes.Examined`, `[N]`.
    """

    keys: np.ndarray
    reasons: np.ndarray
    sizes: np.ndarray
    forms: np.ndarray

    @property
    def common(self) -> Common:
        """Of those that can be read."""
        good = self.reasons == ""
        return Common.of(map(tuple, self.sizes[good].tolist()), self.forms[good])


def check_files(
    root: Path,
    paths: Sequence[str],
    cache: Path,
    verify: Verify,
    stamps: Sequence[str] | None = None,
) -> Checked:
    """Reads what is new or changed among `paths` below `root`, and remembers it in `cache`.

    Args:
        root: The folder.
        paths: Files below it.
        cache: Where the index of checked files is kept.
        verify: `decode` decodes each file, `header` looks at its header and end; for it what
            `decode` found before is taken too.
        stamps: Size and date of each file as `stamp_of` tells them, where they are known.
    """
    told = [stamp_of(root / path) for path in paths] if stamps is None else stamps
    place = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:24]
    index = Index(cache / "index" / f"{place}-{EDITION}.jsonl")
    answers: tuple[Verify, ...] = ("header", "decode") if verify == "header" else ("decode",)
    known = [
        any((old := index.find(path, _state(stamp, mode))) and old.key for mode in answers)
        for path, stamp in zip(paths, told, strict=True)
    ]
    new = [path for path, is_known in zip(paths, known, strict=True) if not is_known]
    unopened: dict[str, Found] = {}
    if new:
        current = {path: _state(stamp, verify) for path, stamp in zip(paths, told, strict=True)}
        with working("checking pictures", len(new), "pictures") as work, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow about odd files; threads share the filter
            for findings in _checked(root, new, current, verify):
                # What keeps a file from being opened passes without changing its size and date.
                index.add({path: each for path, each in findings.items() if each.key})
                unopened |= {path: each for path, each in findings.items() if not each.key}
                work.advance(len(findings))
    index.tidy()
    found = [unopened.get(path) or index.known[path] for path in paths]
    return Checked(
        keys=np.array([each.key for each in found], "U32"),
        reasons=np.array([each.reason for each in found], dtype=object),
        sizes=np.array([(each.height, each.width) for each in found], np.int32).reshape(-1, 2),
        forms=np.array([each.form for each in found], dtype=object),
    )


def _state(stamp: str, verify: Verify) -> str:
    """What a finding holds for: the file as it is, looked at so."""
    return f"{stamp} {verify} {EDITION}"


def stamp_of(file: Path | os.DirEntry[str]) -> str:
    """What changes when a file does: its size and date."""
    try:
        facts = file.stat()
    except OSError:
        return ABSENT
    return f"{facts.st_size} {facts.st_mtime_ns}"


def image_reader(root: Path, channels: Channels, common: Common) -> Callable[[Tree], Tree]:
    """The `decode` of image examples: `{"path", "label"}` to `{"image": uint8 [H, W, C], "label"}`.

    Paths are below `root`. Grey is made of colour by the luma formula, colour of grey by repeating
    it; transparency is dropped, an animation gives its first picture, and an orientation tag is
    not obeyed. Where all pictures have one size, H and W are known before one is read, and whole
    batches are encoded at once.
    """
    folder = os.fsencode(root) + b"/"

    def read(row: Tree) -> Tree:
        import tensorflow as tf

        contents = tf.io.read_file(tf.strings.join([folder, row["path"]]))
        image = decode(contents, channels, simple=common.forms <= SIMPLE[channels])
        image = tf.ensure_shape(image, [*(common.size or (None, None)), channels])
        return {**{n: v for n, v in row.items() if n != "path"}, "image": image}

    return read


def _checked(
    root: Path, paths: Sequence[str], stamps: Mapping[str, str], verify: Verify
) -> Iterator[dict[str, Found]]:
    """Findings of a few files at a time, in any order; only so many wait as are being read."""
    chunks = (paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK))
    workers = 2 * (os.cpu_count() or 1)

    def check(chunk: Sequence[str]) -> dict[str, Found]:
        looked = {path: _check(root / path, verify) for path in chunk}
        return {path: Found(stamps[path], key, *what) for path, (key, what) in looked.items()}

    with ThreadPoolExecutor(workers) as pool:
        waiting: set[Future[dict[str, Found]]] = set()
        try:
            for chunk in chunks:
                waiting.add(pool.submit(check, chunk))
                if len(waiting) > workers:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            yield from (each.result() for each in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def _check(path: Path, verify: Verify) -> tuple[str, Examined]:
    """Content key of a file, empty if it is not read, and what it is, see `Examined`."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            kind = KINDS.get(stat.S_IFMT(facts.st_mode), "device")
            return "", Examined(f"not a file but a {kind}")
        if facts.st_size > LARGEST_FILE:
            wrong = f"{facts.st_size:,} bytes, and at most {LARGEST_FILE:,} are read"
            return "", Examined(wrong)
        data = path.read_bytes()
    except OSError as error:
        return "", Examined(f"cannot be read: {error.strerror}")
    return content_key(data), examined(data, verify)
