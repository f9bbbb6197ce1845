"""Draw ``docs/architecture.svg``: the folders of the core, and which imports which.

``python tools/architecture.py`` writes it; with ``--check`` it only fails where the file is no
longer what the code says. Rows come from the layers of import-linter in ``pyproject.toml``, words
from the docstrings of the folders, arrows from their imports (those for typing too). An arrow that
follows from two others is left out, and so are those to the lowest rows, which all stand on.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "packages" / "core" / "src" / "brainkernel"
PICTURE = ROOT / "docs" / "architecture.svg"

GROUND = ("base", "errors")  # all stand on these: arrows to them would hide the others
HIDDEN = ("__main__", "_plugin", "plugin")  # a file each, no stage

# The way of a network: what one stage hands to the next.
WAY = (
    ("model", "lowering", "classes and groups"),
    ("lowering", "program", "the network as data"),
    ("program", "codegen", "blocks and tables"),
    ("codegen", "execution", "the printed text"),
    ("execution", "recording", "records"),
    ("recording", "simulation", "datasets"),
)

LEFT, BOXES, RIGHT = 220, 560, 150  # widths of the three columns
BOX, GAP, NEAR, TOP = 40, 20, 4, 30  # heights
WIDTH = LEFT + BOXES + RIGHT
EDGE = LEFT + BOXES
BLUE, GREY, RED = "#1f4e79", "#8a94a0", "#b03a2e"


@dataclass(frozen=True)
class Box:
    """A folder in the picture."""

    name: str
    y: int

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + BOX / 2


def rows() -> list[list[str]]:
    """Read the folders of the core from the layers, the highest row first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [layer.replace("(", "").replace(")", "").split(" : ") for layer in layers]
    shown = [[name for name in row if name not in HIDDEN] for row in names]
    return [row for row in shown if row]


def imported(path: Path) -> Iterator[str]:
    """Name the modules of the core that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module="brainkernel"):
                yield from (f"brainkernel.{alias.name}" for alias in node.names)
            case ast.ImportFrom(module=str(module)) if module.startswith("brainkernel."):
                yield module
            case ast.Import():
                yield from (a.name for a in node.names if a.name.startswith("brainkernel."))


def imports(names: list[str]) -> dict[str, set[str]]:
    """Find which of these folders each of them imports."""
    arrows: dict[str, set[str]] = {name: set() for name in names}
    for path in sorted(CORE.rglob("*.py")):
        source = path.relative_to(CORE).parts[0].removesuffix(".py")
        if source not in arrows:
            continue
        targets = {module.split(".")[1] for module in imported(path)}
        arrows[source] |= targets & arrows.keys() - {source, *GROUND}
    return arrows


def reached(arrows: dict[str, set[str]], start: str) -> set[str]:
    """Find what can be reached from a folder, itself left out."""
    found: set[str] = set()
    waiting = list(arrows[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(arrows[name])
    return found


def direct(arrows: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Leave out the arrows that follow from two others. Those that point up all remain."""
    row = {name: number for number, name in enumerate(arrows)}
    down = {name: {to for to in arrows[name] if row[to] > row[name]} for name in arrows}
    pairs = []
    for source, targets in arrows.items():
        for target in sorted(targets, key=row.__getitem__):
            others = down[source] - {target}
            if not any(target in reached(down, other) for other in others):
                pairs.append((source, target))
    return pairs


def words(name: str) -> str:
    """Read the first sentence of a folder's docstring."""
    folder, file = CORE / name / "__init__.py", CORE / f"{name}.py"
    path = folder if folder.exists() else file
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n\n")[0].split(".")[0].replace("\n", " ")


def place(layers: list[list[str]]) -> dict[str, Box]:
    """Give each folder its place, close to those of the same layer."""
    boxes: dict[str, Box] = {}
    y = TOP
    for names in layers:
        for name in names:
            boxes[name] = Box(name, y)
            y += BOX + NEAR
        y += GAP - NEAR
    return boxes


def text(x: float, y: float, words_: str, style: str) -> str:
    """Print a line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(words_)}</text>'


def draw_box(box: Box) -> Iterator[str]:
    """Print a folder, with its name and what it is."""
    on_the_way = any(box.name in stages[:2] for stages in WAY)
    fill, line = ("#e8f0f8", BLUE) if on_the_way else ("#f6f7f8", GREY)
    yield (
        f'<rect x="{LEFT}" y="{box.y}" width="{BOXES}" height="{BOX}" rx="5" '
        f'fill="{fill}" stroke="{line}"/>'
    )
    style = f'font-weight="bold" font-size="13" fill="{BLUE}"'
    yield text(LEFT + 10, box.y + 17, box.name, style)
    words_ = textwrap.shorten(words(box.name), 100, placeholder=" …")
    yield text(LEFT + 10, box.y + 32, words_, 'font-size="11" fill="#333"')


def draw_import(source: Box, target: Box) -> str:
    """Print an import as an arc on the right, further out the longer it is."""
    out = EDGE + 20 + abs(target.y - source.y) / 4
    towards = 8 if target.y > source.y else -8
    y0, y1 = source.middle + towards, target.middle - towards
    return (
        f'<path d="M {EDGE} {y0:.0f} C {out:.0f} {y0:.0f}, {out:.0f} {y1:.0f}, '
        f'{EDGE + 2} {y1:.0f}" fill="none" stroke="{GREY}" stroke-width="1.2" '
        'marker-end="url(#grey)"/>'
    )


def draw_stage(number: int, source: Box, target: Box, label: str) -> Iterator[str]:
    """Print what one stage hands to the next, as a numbered arc on the left."""
    towards = 8 if target.y > source.y else -8
    y0, y1 = source.middle + towards, target.middle - towards
    out = LEFT - 20 - abs(target.y - source.y) / 5
    yield (
        f'<path d="M {LEFT} {y0:.0f} C {out:.0f} {y0:.0f}, {out:.0f} {y1:.0f}, '
        f'{LEFT - 2} {y1:.0f}" fill="none" stroke="{RED}" stroke-width="1.8" '
        'marker-end="url(#red)"/>'
    )
    style = f'font-size="11" fill="{RED}" text-anchor="end"'
    yield text(LEFT - 58, (y0 + y1) / 2 + 4, f"{number}  {label}", style)


def marker(name: str, color: str) -> str:
    """Print the head of an arrow."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" fill="{color}"/></marker>'
    )


def picture() -> str:
    """Print the whole picture."""
    layers = rows()
    boxes = place(layers)
    height = max(box.y for box in boxes.values()) + BOX + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Helvetica, Arial, sans-serif">',
        f"<defs>{marker('grey', GREY)}{marker('red', RED)}</defs>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(58, 18, "the way of a network", f'font-size="11" fill="{RED}"'),
        text(EDGE + 8, 18, "imports", f'font-size="11" fill="{GREY}"'),
    ]
    for source, target in direct(imports([*boxes])):
        lines.append(draw_import(boxes[source], boxes[target]))
    for number, (source, target, label) in enumerate(WAY, start=1):
        lines.extend(draw_stage(number, boxes[source], boxes[target], label))
    for box in boxes.values():
        lines.extend(draw_box(box))
    return "\n".join([*lines, "</svg>", ""])


def main(arguments: list[str]) -> int:
    """Write the picture, or say whether it is what the code says."""
    drawn = picture()
    if "--check" not in arguments:
        PICTURE.write_text(drawn, encoding="utf-8")
        return 0
    if PICTURE.read_text(encoding="utf-8") == drawn:
        return 0
    print("docs/architecture.svg is old: run `python tools/architecture.py`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
