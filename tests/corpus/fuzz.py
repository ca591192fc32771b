"""Fuzz the reader of crises: ``python tests/corpus/fuzz.py [FILES]``, by default 10,000 files and as many expressions.

Every file and expression loads or ends in diagnostics, in bounded time and memory; anything else is an error that is
shown with its seed. With ``--atheris`` (a package to be installed first, on Linux) expressions and files are fuzzed
guided by the branches that they reach; further arguments go to libFuzzer, e.g. ``-runs=10000``.
"""

import random
import resource
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import mutations  # noqa: E402 - stands beside this file

from brinkmanship.core.crisis import check  # noqa: E402
from brinkmanship.errors import CrisisError  # noqa: E402
from brinkmanship.lang.parse import ExpressionFault, parse  # noqa: E402

BAD = sorted(path.parent for path in (HERE / "bad").glob("*/crisis.yaml") if path.stat().st_size)
SOURCES = [HERE / "everything", HERE / "suspicious" / "everything", *BAD]
SIGNS = [*"+-*/()[]<>=,.% '\"", "**", "==", " and ", " or ", " not ", " if ", " else ", " for x in actors", "\n"]


def read(folder: Path) -> str:
    """What became of a folder: ``sound``, or ``faults``."""
    try:
        check(folder)
    except CrisisError as error:
        assert error.diagnostics
        assert str(error)
        return "faults"
    return "sound"


def read_expression(text: str) -> str:
    """What became of an expression."""
    parse.cache_clear()
    try:
        parse(text)
    except ExpressionFault as fault:
        assert 0 <= fault.at <= len(text)
        return "faults"
    return "sound"


def expression(luck: random.Random) -> str:
    """Words and signs in any order, now and then very many of them, now and then any characters."""
    if luck.random() < 0.2:
        return "".join(
            chr(luck.choice((luck.randrange(128), luck.randrange(0x3000)))) for _ in range(luck.randrange(60))
        )
    size = luck.choice((3, 6, 12, 400, 3000))
    return "".join(
        luck.choice(mutations.WORDS if luck.random() < 0.5 else SIGNS) for _ in range(luck.randrange(1, size))
    )


def campaign(count: int) -> None:
    """Fuzz ``count`` files and as many expressions, and say what came of it."""
    slowest: dict[str, tuple[float, int]] = {"files": (0.0, 0), "expressions": (0.0, 0)}
    met: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(count):
            luck = random.Random(seed)
            folder = Path(scratch) / str(seed)
            source = luck.choice((SOURCES[0], SOURCES[0], luck.choice(SOURCES)))
            mutations.folder(source, folder, luck)
            text = expression(luck)
            for kind, reading in (("files", partial(read, folder)), ("expressions", partial(read_expression, text))):
                began = time.process_time()
                met[f"{kind}: {reading()}"] += 1
                slowest[kind] = max(slowest[kind], (time.process_time() - began, seed))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(dict(sorted(met.items())))
    print("slowest, seconds and seed:", {kind: (round(took, 2), seed) for kind, (took, seed) in slowest.items()})
    print(f"peak memory: {peak:.0f} MB")


def guided() -> None:
    """Coverage-guided fuzzing; libFuzzer takes over the process."""
    import atheris  # type: ignore[import-not-found]

    atheris.instrument_all()

    def one(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        read_expression(provider.ConsumeUnicodeNoSurrogates(200))
        with tempfile.TemporaryDirectory() as scratch:
            text = (HERE / "everything" / "crisis.yaml").read_bytes()
            at = provider.ConsumeIntInRange(0, len(text))
            (Path(scratch) / "crisis.yaml").write_bytes(text[:at] + provider.ConsumeBytes(200) + text[at:])
            read(Path(scratch))

    atheris.Setup([arg for arg in sys.argv if arg != "--atheris"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    if "--atheris" in sys.argv:
        guided()
    else:
        campaign(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
