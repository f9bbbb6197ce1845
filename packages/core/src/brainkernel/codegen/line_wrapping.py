"""Long lines of generated text, broken where a reader would break them.

The users' own lines stay as they are.
"""

from __future__ import annotations

WIDTH = 110


def wrap(line: str) -> list[str]:
    """Break a generated line at the arguments of its last call, or else at the terms of its sum."""
    if len(line) <= WIDTH or line.lstrip().startswith(("#", '"')):
        return [line]
    margin = line[: len(line) - len(line.lstrip())]
    opening = _opening(line)
    if opening:
        head, inner, tail = (
            line[: opening + 1],
            line[opening + 1 : line.rindex(")")],
            line[line.rindex(")") :],
        )
        return [head, *_fill(inner, margin), f"{margin}{tail}"]
    left, separator, right = line.partition(" = ")
    terms = _split(right, " + ")
    if not separator or len(terms) < 2:
        return [line]
    return [
        f"{left} = (",
        f"{margin}    {terms[0]}",
        *(f"{margin}    + {term}" for term in terms[1:]),
        f"{margin})",
    ]


def _fill(inner: str, margin: str) -> list[str]:
    lines, line = [], f"{margin}   "
    for argument in _split(inner, ", "):
        if len(line) + len(argument) + 2 > WIDTH and line.strip():
            lines.append(f"{line},")
            line = f"{margin}   "
        line += f"{'' if line == f'{margin}   ' else ','} {argument}"
    return [*lines, f"{line},"]


def _opening(line: str) -> int:
    """Where the call opens that closes at the end of the line; 0 where there is none."""
    depth = 0
    for place in range(line.rindex(")") if ")" in line else -1, -1, -1):
        depth += {")": 1, "(": -1}.get(line[place], 0)
        if depth == 0:
            ends = line[line.rindex(")") + 1 :] in ("", ":")
            before = line[:place].rpartition(" = ")[2]
            # a comma after the last argument would make a tuple of what is no call
            is_call = line[place - 1].isalnum() or line[place - 1] == "_"
            is_alone = not any(sign in before for sign in (" + ", " * "))
            return place if ends and is_call and is_alone else 0
    return 0


def _split(text: str, separator: str) -> list[str]:
    """The pieces between separators that stand outside parentheses and brackets."""
    partition, depth, begin = [], 0, 0
    for place, sign in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if depth == 0 and text.startswith(separator, place):
            partition.append(text[begin:place])
            begin = place + len(separator)
    return [*partition, text[begin:]]
