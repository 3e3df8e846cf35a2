"""Why a text is no YAML, in the words of a recipe."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlsuite.recipe.environment import shown

Mark = tuple[int, int]


class Unreadable(Exception):
    """The text is no YAML: message and position (line, column), both 1-based."""

    def __init__(self, message: str, mark: Mark) -> None:
        super().__init__(message)
        self.message, self.mark = message, mark


def unreadable(error: YAMLError, text: str) -> Unreadable:
    """What keeps a text from being YAML, and where."""
    if not isinstance(error, MarkedYAMLError):
        at = getattr(error, "position", 0)
        mark = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        return Unreadable(f"cannot hold the character {text[at]!r}", mark)
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark or mark
    message = _wording(error.problem or "", f"{opened.line + 1}:{opened.column + 1}")
    if "could not find" in (error.problem or ""):
        mark = opened
    return Unreadable(message, (mark.line + 1, mark.column + 1))


def _wording(problem: str, opened: str) -> str:
    found = re.search(r"'(.+?)'", problem)
    what = found[1] if found else ""
    wordings = {
        "found character '\\t'": "a tab cannot indent YAML. Use spaces",
        "that cannot start any token": f"a text cannot start with {what}. Put it in quotes",
        "expected ',' or ']'": f"expected , or ] in the list that opens at {opened}",
        "expected ',' or '}'": f"expected , or }} in the mapping that opens at {opened}",
        "mapping values are not allowed": "a `key: value` cannot stand here. Check the "
        "indentation, or put a text that holds `: ` in quotes",
        "could not find expected ':'": "expected `key: value`",
        "unexpected end of stream": f"the quoted text that opens at {opened} has no end",
        "found undefined alias": f"*{what} refers to an anchor &{what} that does not come before",
        "but found another document": "a recipe is one document, so `---` can only come first",
        "expected <block end>": "the indentation does not fit the lines above, which start at "
        f"{opened}",
        "found unknown escape": f"\\{what} means nothing in double quotes. Use single quotes",
        "expected the node content": f"expected a value. Received: {what}",
    }
    known = (text for part, text in wordings.items() if part in problem)
    return shown(next(known, f"is not YAML: {problem}"))
