"""Wrong crises by the thousand: what is right is changed at random, byte by byte and word by word."""

import random
import re
from pathlib import Path

WORDS = [
    "null",
    "true",
    "false",
    "~",
    "{}",
    "[]",
    "[[",
    "]]",
    "{a:",
    "}",
    "-",
    ":",
    "?",
    "|",
    ">",
    "&",
    "*",
    "&x",
    "*x",
    "!!int",
    "!!python/name:os",
    "0",
    "-1",
    "1e999",
    "-1e999",
    "nan",
    ".inf",
    "0.5",
    "1.5",
    "1000000000000",
    "9999-12-31",
    "0001-01-01",
    "2020-01-05",
    "2020-13-01",
    "by",
    "on",
    "day",
    "principal",
    "bloc",
    "red",
    "blue",
    "actors",
    "tension",
    "at_war",
    "strike",
    "force",
    "poisson(1)",
    "normal(0,1)",
    "sum(x",
    "for",
    "x",
    "in",
    "actors)",
    "tension[red]",
    "days_since(strike)",
    "belief(nerve)",
    "at_from(tension)",
    "running(clock)",
    "share(red)",
    "times(strike,red)",
    "active(strike)",
    "pending(strike)",
    "(((",
    ")))",
    "not",
    "not",
    "not",
    "----",
    "**",
    "0**-1",
    "1/0",
    "if",
    "else",
    "and",
    "or",
    "in",
    "is",
    "lambda",
    "__class__",
    "().__class__",
    "'\\'",
    '"',
    "#",
    "\\x00",
    "\u202e",
    "\ufeff",
    "😀",
    "start",
    "stop",
    "present",
    "all",
    "called_off",
    "together",
    "neither",
    "value",
    "range90",
    "switch",
    "categories",
    "distribution",
    "add",
    "set",
    "if",
    "priority",
    "each",
    "unless",
    "branches",
    "chance",
    "then",
]


def mutate(text: bytes, luck: random.Random) -> bytes:
    """A text with one to four changes."""
    for _ in range(luck.choice((1, 1, 1, 2, 3, 4))):
        text = luck.choice((_byte, _span, _word, _word, _lines, _value, _value, _number, _number, _number))(text, luck)
    return text


def _byte(text: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(text) + 1)
    return text[:at] + bytes([luck.randrange(256 if luck.random() < 0.2 else 128)]) + text[at + luck.randint(0, 1) :]


def _span(text: bytes, luck: random.Random) -> bytes:
    at, size = luck.randrange(len(text) + 1), luck.randrange(40)
    return text[:at] + text[at + size :] if luck.random() < 0.5 else text[: at + size] + text[at:]


def _word(text: bytes, luck: random.Random) -> bytes:
    found = list(re.finditer(rb"(?<=[\s(\[,])[A-Za-z_]\w*(?![\w:])", text))
    if not found:
        return text
    here = luck.choice(found)
    word = luck.choice(found).group() if luck.random() < 0.5 else luck.choice(WORDS).encode()
    return text[: here.start()] + word + text[here.end() :]


def _lines(text: bytes, luck: random.Random) -> bytes:
    lines = text.split(b"\n")
    here, there = luck.randrange(len(lines)), luck.randrange(len(lines))
    lines[here], lines[there] = lines[there], lines[here]
    if luck.random() < 0.3:
        del lines[here]
    return b"\n".join(lines)


def _number(text: bytes, luck: random.Random) -> bytes:
    found = list(re.finditer(rb"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])", text))
    if not found:
        return text
    here = luck.choice(found)
    number = luck.choice(
        (
            "0",
            "1",
            "-1",
            "-0.5",
            "1e-9",
            "1e9",
            "1e300",
            "0.999",
            "3.7",
            "100000",
            "tension",
            "1 / tension",
            "poisson(3)",
        )
    )
    return text[: here.start()] + number.encode() + text[here.end() :]


def _value(text: bytes, luck: random.Random) -> bytes:
    """What stands behind one colon, exchanged for what stands behind another, or for a word."""
    lines = text.split(b"\n")
    keyed = [index for index, line in enumerate(lines) if b": " in line]
    if not keyed:
        return text
    here, there = luck.choice(keyed), luck.choice(keyed)
    key, value = lines[here].split(b": ", 1)[0], lines[there].split(b": ", 1)[1]
    lines[here] = key + b": " + (value if luck.random() < 0.5 else luck.choice(WORDS).encode())
    return b"\n".join(lines)


def folder(source: Path, target: Path, luck: random.Random) -> None:
    """A copy of a crisis with one of its files changed."""
    files = sorted(path for path in source.rglob("*.yaml") if path.is_file())
    changed = luck.choices(files, [1 + path.stat().st_size for path in files])[0]
    for path in files:
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(mutate(path.read_bytes(), luck) if path == changed else path.read_bytes())
