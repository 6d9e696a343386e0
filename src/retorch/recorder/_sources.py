"""`record_sources`: the user's own source files, as this process runs them, kept with the run."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import sys
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import xxhash

from retorch.recorder._kept_list import read_or_begin, write
from retorch.recorder._own_files import own_modules, own_script
from retorch.runs import SOURCES_FILE, SOURCES_SCHEMA, RunFolder, SourceSet, read_source_sets, utc_now

LARGEST_FILE, LARGEST_SET = 2 * 1024 * 1024, 16 * 1024 * 1024
"""How many bytes of text are kept, of a file and of all files of a session."""

NOTEBOOK, WORDS, PROMPT = "<notebook>", "<string>", "<stdin>"
"""What stands for a file where there is none: cells, `python -c WORDS`, and what Python does not keep."""

_PACKED_QUICKLY = 3
# The clock that stamps files lags a few ms behind the one that dates the process.
_CLOCKS_APART_S = 0.02
_TIME_OF_IMPORT = time.time()


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when this process was seen to run it first.

    Attributes:
        text: None where it is not kept.
        fingerprint: 16 hexadecimal digits; of the bytes where there is no text, empty where they cannot be read.
        missing: why there is no text.
        late: whether the file is younger than the process.
    """

    text: str | None
    fingerprint: str
    missing: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class OwnSources:
    """All files of the user's that this process has loaded up to now.

    Attributes:
        script: the file that Python was started with, absolute.
        files: by absolute name, in the order of loading.
    """

    script: str | None
    files: dict[str, Source]

    def texts(self) -> Iterator[str]:
        """Walk over the texts that could be read."""
        return (source.text for source in self.files.values() if source.text is not None)

    def fingerprint_of(self, file: str) -> str:
        """Return the fingerprint of a file; empty where it is not known."""
        return self.files[file].fingerprint if file in self.files else ""

    def as_set(self) -> SourceSet:
        """Return what is kept with a run, within the bounds."""
        kept, left_out, room = {}, {}, LARGEST_SET
        for file, source in self.files.items():
            size = 0 if source.text is None else len(_encoded(source.text))
            if source.text is None or size > room:
                reason = source.missing or "the other files fill the room"
                left_out[file] = f"{reason}, fingerprint {source.fingerprint}" if source.fingerprint else reason
            else:
                kept[file], room = source.text, room - size
        late = tuple(file for file, source in self.files.items() if source.late)
        return SourceSet(utc_now(), self.script, kept, late, left_out)


def record_sources(folder: RunFolder) -> None:
    """Keep the text of the user's own source files with the run: the script and all modules loaded up to now.

    Call it when the run starts and again when it ends, for the modules that were imported in between. Nothing is
    written when nothing is new. Files that a module already runs are not read again: an edit after the start is no
    part of this run. Sources that contradict the recorded ones, such as those of a resume after an edit, make a new
    set; the old ones stay.

    Raises:
        RunFolderError: the file cannot be written.
    """
    file = folder.path / SOURCES_FILE
    sets = read_or_begin(file, lambda: read_source_sets(folder.path))
    new = own_sources().as_set()
    merged = [*sets[:-1], _together(sets[-1], new)] if sets and _agree(sets[-1], new) else [*sets, new]
    if merged != sets:
        _write(file, merged)


def own_sources() -> OwnSources:
    """Find the user's own source files and read those that were not read before."""
    script, files = own_script(), {}
    for file, module in own_modules():
        files[file] = _remembered(file, module)
    return OwnSources(script, files | _without_file())


# Kept for the process: what Python compiled does not change when the file does.
_known: dict[str, tuple[object, Source]] = {}


def _remembered(file: str, module: ModuleType) -> Source:
    """Read a file once for each time that its module was loaded; a reload gives the module another spec."""
    loaded = vars(module).get("__spec__") or weakref.ref(module)
    known = _known.get(file)
    if known is None or known[0] is not loaded:  # a reloaded module's spec is equal to the old one
        _known[file] = known = (loaded, _read(file))
    return known[1]


def _read(file: str) -> Source:
    if not file.endswith(".py") and Path(file).suffix in (".so", ".pyd", ".pyc"):
        return _unread(file, "compiled, without its source")
    try:
        # As Python opens what it is going to run: a replay serves the recorded text there.
        with io.open_code(file) as stream:
            data = stream.read(LARGEST_FILE + 1)
        text = importlib.util.decode_source(data)
    except OSError as error:
        return Source(None, "", f"cannot be read: {error.strerror}")
    except (SyntaxError, UnicodeDecodeError):
        return _unread(file, "no text")
    if len(data) > LARGEST_FILE:
        return _unread(file, f"larger than {LARGEST_FILE // 2**20} MiB")
    return Source(text, _fingerprint(text), late=_is_late(file))


def _unread(file: str, why: str) -> Source:
    digest = xxhash.xxh3_64()
    try:
        with Path(file).open("rb") as stream:
            while chunk := stream.read(LARGEST_FILE):
                digest.update(chunk)
    except OSError:
        return Source(None, "", why)
    return Source(None, digest.hexdigest(), why, late=_is_late(file))


def _without_file() -> dict[str, Source]:
    """Find the text of what was typed into a notebook, or on the command line behind `-c`."""
    main = vars(sys.modules["__main__"])
    if not str(main.get("__file__") or PROMPT).startswith("<"):
        return {}
    cells = main.get("In")
    if isinstance(cells, list) and all(isinstance(cell, str) for cell in cells):
        return _typed(NOTEBOOK, "".join(f"# In [{number}]\n{cell}\n\n" for number, cell in enumerate(cells) if cell))
    words = sys.orig_argv
    if sys.argv[:1] == ["-c"] and "-c" in words[:-1]:
        return _typed(WORDS, words[words.index("-c") + 1])
    missing = "typed at a prompt, or read from standard input; Python does not keep it"
    return {PROMPT: Source(None, "", missing)}


def _typed(name: str, text: str) -> dict[str, Source]:
    return {name: Source(text, _fingerprint(text))}


def _fingerprint(text: str) -> str:
    return xxhash.xxh3_64_hexdigest(_encoded(text))


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # what was typed into a notebook may hold anything


def _is_late(file: str) -> bool:
    try:
        return Path(file).stat().st_mtime > _process_start() + _CLOCKS_APART_S
    except OSError:
        return False


@cache
def _process_start() -> float:
    """Return when this process started, in seconds since 1970."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return _TIME_OF_IMPORT  # no Linux: later than the truth by the imports before ours


def _agree(old: SourceSet, new: SourceSet) -> bool:
    """Tell whether a file that both sets know has the same content in both. A notebook may have grown."""
    texts = [(file, text, new.files[file]) for file, text in old.files.items() if file in new.files]
    return (
        old.script == new.script
        and all(before == now or (file == NOTEBOOK and now.startswith(before)) for file, before, now in texts)
        and all(new.left_out.get(file, why) == why for file, why in old.left_out.items())
    )


def _together(old: SourceSet, new: SourceSet) -> SourceSet:
    late = (*old.late, *(file for file in new.late if file not in old.late and file not in old.files))
    files = old.files | new.files
    left_out = {file: why for file, why in (old.left_out | new.left_out).items() if file not in files}
    return replace(old, files=files, late=late, left_out=left_out)


def _write(file: Path, sets: Sequence[SourceSet]) -> None:
    texts = {_fingerprint(text): text for one in sets for text in one.files.values()}
    described = [
        {
            "since": one.since,
            "script": one.script,
            "files": {name: _fingerprint(text) for name, text in one.files.items()},
            "late": one.late,
            "left_out": one.left_out,
        }
        for one in sets
    ]
    write(file, {"schema": SOURCES_SCHEMA, "sets": described, "texts": texts}, _pack)


def _pack(data: bytes) -> bytes:
    return gzip.compress(data, _PACKED_QUICKLY, mtime=0)
