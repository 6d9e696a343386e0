"""`command_line`: how this process was started, without the secrets that a command line can hold."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HIDDEN = "***"

_LONGEST_WORD = 1_000
_WORDS = r"(?:api|access|private|secret|auth|account)[-_]?key|token|password|passwd|passphrase|secret|credentials?"
# `--tokenizer` and `--max-tokens` are no secrets: the word has to end there.
_OPTION = re.compile(rf"-{{1,2}}(?:[\w.]+[-_.])*?(?:{_WORDS})$", re.IGNORECASE)
_SETTING = re.compile(rf"((?:-{{0,2}}|.*[-_./+~])(?:{_WORDS})=).+", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"(\w+://)[^/@\s]+@")


def command_line() -> dict[str, Any]:
    """Return the words of the command line, the interpreter with its options, and the folder."""
    return {
        "argv": without_secrets(sys.argv),
        "interpreter": sys.executable,
        "words": without_secrets(sys.orig_argv),
        "cwd": _cwd(),
    }


def without_secrets(words: Sequence[str]) -> list[str]:
    """Hide what follows an option such as `--api-key`, `--token` or `password=`, and logins in addresses.

    >>> without_secrets(["train.py", "--hf-token", "abc", "--tokenizer", "bpe", "db.password=xyz"])
    ['train.py', '--hf-token', '***', '--tokenizer', 'bpe', 'db.password=***']
    """
    shown: list[str] = []
    for number, word in enumerate(words):
        follows = number > 0 and _OPTION.match(words[number - 1]) is not None and not word.startswith("--")
        shown.append(HIDDEN if follows else _shown(word))
    return shown


def _shown(word: str) -> str:
    word = _ADDRESS.sub(rf"\1{HIDDEN}@", _SETTING.sub(rf"\1{HIDDEN}", word))
    return word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]} and {len(word) - _LONGEST_WORD:,} more"


def _cwd() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:
        return None  # it was deleted under the process
