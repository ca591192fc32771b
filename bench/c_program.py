"""A crisis as a C program, generated from its core program: the practical limit of speed on one machine.

Runs are simulated in blocks of lanes, one array a quantity; loops over lanes are what gcc makes vectors of. Options
are weighed only in the lanes in which their actor has an occasion, branches and effects only where a site fires. Draws
have the engine's addresses, so the same runs come out, up to the last bits of ``exp`` and ``log``. It does the core of
the language as far as a generated crisis needs it: foresight ``none``, no past, no votes; else `Unsupported`.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import numpy as np

from bench.c_choices import occasion, picked
from bench.c_expressions import Kernel, Reader, Unsupported
from bench.clock import Spent
from brinkmanship.core.prior import CUT, MOST, Z95
from brinkmanship.core.program import Chance, Choice, Lowered, OutcomeSpec, ParameterSpec
from brinkmanship.engine.compose import totals, unconditional
from brinkmanship.engine.ensemble import GROUP
from brinkmanship.lang import nodes
from brinkmanship.lang.nodes import Expression, Slot, slots_read

LANES = 256
"""Runs stepped together: their state stays in a core's second cache."""
FLAGS = ("-O3", "-march=native", "-ffast-math")
X86 = platform.machine() in ("x86_64", "AMD64")
WIDE = ("-mprefer-vector-width=512",) if X86 else ()
LIBRARIES = ("-pthread", *(["-lmvec"] if X86 else []), "-lm")
HEADERS = Path(__file__).parent


@dataclass(frozen=True)
class CProgram:
    """A compiled program.

    Attributes
    ----------
    compile_seconds
        What gcc took.
    """

    path: Path
    outcomes: tuple[str, ...]
    compile_seconds: float

    def run(self, runs: int, threads: int = 1) -> tuple[np.ndarray, Spent]:
        """Outcomes ``(run, outcome)`` of runs 0 to ``runs``, and the time that simulating took."""
        file = self.path.with_suffix(".outcomes")
        said = subprocess.run(
            [self.path, str(runs), str(threads), file], check=True, capture_output=True, text=True
        ).stdout
        return np.fromfile(file, np.uint8).reshape(runs, -1).astype(bool), Spent(*map(float, said.split()))


def build(
    lowered: Lowered, folder: Path, *, seed: int = 0, lanes: int = LANES, flags: Sequence[str] = (*FLAGS, *WIDE)
) -> CProgram:
    """Write and compile the C program of a crisis.

    Raises
    ------
    Unsupported
        When the crisis has something that the C program does not do, or there is no gcc.
    """
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Unsupported("gcc is not installed")
    text = source(lowered, seed, lanes)
    (folder / "crisis.c").write_text(text, encoding="utf-8")
    started = time.perf_counter()
    command = [gcc, *flags, f"-I{HEADERS}", "crisis.c", "-o", "crisis", *LIBRARIES]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    taken = time.perf_counter() - started
    return CProgram(folder / "crisis", tuple(spec.name for spec in lowered.program.outcomes), taken)


def source(lowered: Lowered, seed: int = 0, lanes: int = LANES) -> str:
    """The C source of a crisis."""
    program = lowered.program
    if program.ballots or lowered.past.pins or lowered.past.measurements or lowered.timeline.origin or program.kept:
        raise Unsupported("votes, a documented past, or copies taken when the future begins")
    writer = _Writer(lowered, seed)
    # What is derived from parameters alone is known once all else is written, and computed at the start.
    rest = "".join(writer.stages()) + writer.outcomes()
    begin = writer.start()
    head = f"""#define LANES {lanes}
#define SLOTS {len(writer.reader.slots)}
#define GROUP {GROUP}
#define PARAMETERS {max(len(writer.reader.parameters), 1)}
#define OUTCOMES {len(program.outcomes)}
#define OPTIONS {max(len(program.options), 1)}
#define PRIORITIES {max(len(writer.priorities), 1)}
#define WORDS {max(writer.most_words, 1)}
#define WRITES {writer.most_writes}
#define STEPS {lowered.timeline.steps}
#define SPAN {lowered.timeline.step!r}
#define END {lowered.timeline.end!r}
#include "c_runtime.h"
#include "c_main.h"
"""
    return head + begin + rest


class _Writer:
    """Writes the functions of one program."""

    def __init__(self, lowered: Lowered, seed: int):
        self.program, self.lowered = lowered.program, lowered
        self.reader = Reader(lowered, seed)
        program = lowered.program
        stages = (program.calendar, program.perception, program.resolution, program.events, program.institutions)
        writes = [u for sites in stages for site in sites for branch in site.branches for u in branch.updates]
        self.priorities = sorted({update.priority for update in writes if update.operation == "set"})
        most = [sum(max(len(branch.updates) for branch in site.branches) for site in sites) for sites in stages]
        self.most_writes = max(1, *most)
        self.most_words = 1
        self.ranks = {key: rank for rank, key in enumerate(program.options)}

    # --- stages ---------------------------------------------------------------------------------

    def stages(self) -> Iterator[str]:
        """The functions of all stages, and one that takes them in turn."""
        program = self.program
        calls = []
        for name in ("calendar", "perception", "choices", "resolution", "events", "processes", "institutions"):
            sites = getattr(program, name)
            if not sites:
                continue
            calls.append(f"    {name}(b, step, day);\n")
            if name == "choices":
                yield self._function(name, "".join(self._choice(choice) for choice in sites))
            elif name == "processes":
                yield self._function(name, self._processes(sites))
            else:
                yield self._function(name, "".join(self._site(site) for site in sites) + "    settle(b);\n")
        yield self._bounds()
        yield self._function("step_", "".join(calls), head=False)

    def _function(self, name: str, body: str, *, head: bool = True) -> str:
        common = "    OPEN(b)\n" if head else ""
        return f"\nstatic void {name}(Block *b, uint32_t step, double day)\n{{\n{common}{body}}}\n"

    def _choice(self, choice: Choice) -> str:
        first = self.ranks[choice.options[0].key]
        if [self.ranks[option.key] for option in choice.options] != list(range(first, first + len(choice.options))):
            raise Unsupported("options out of order")
        body = occasion(choice, self.reader) + picked(choice, self.program, self.reader)
        return f"    {{\n{body}    chose(b, {first}, n);\n    }}\n"

    def _site(self, site: Chance) -> str:
        """Where a site fires, and what it writes."""
        option = self._chosen_by(site)
        fires = f"    n = b->counts[{option}]; memcpy(lanes, b->deeds[{option}], n * sizeof(int));\n"
        if option is None:
            fires = self._fires(site)
        body = "\n        ".join(self._branches(site))
        return f"    {{\n{fires}{_listed_loop(body)}    }}\n"

    def _chosen_by(self, site: Chance) -> int | None:
        """The option that a site carries out, if that is all there is to it."""
        match site.when:
            case nodes.Compare((Slot(key), nodes.Number()), (">",)) if key.startswith("chosen(") and not site.occurs:
                return self.ranks[key.removeprefix("chosen(").removesuffix(")")]
        return None

    def _fires(self, site: Chance) -> str:
        """The lanes in which a site fires; chances are computed in a loop of their own, which gcc makes vectors of."""
        kernel = Kernel(self.reader, "i")
        when = kernel.truth(self.reader.ready(site.when)) if site.when is not None else "1"
        first = ""
        if site.occurs is not None:
            chances = Kernel(self.reader, "i")
            occurs = chances.value(self.reader.ready(site.occurs))
            first = f"    fill({self.reader.key(site.name)}, run, step, w[0][0], w[0][1]);\n"
            first += self._loop([*chances.lines, f"next[i] = {occurs};"])
            when = f"{when} & (unit(w[0][0][i]) < next[i])"
        return f"{first}{self._loop([*kernel.lines, f'fires[i] = going[i] & {when};'])}    n = listed(fires, lanes);\n"

    def _branches(self, site: Chance) -> Iterator[str]:
        """Statements for one lane in which a site fires."""
        if len(site.branches) == 1:
            yield from self._updates(site, 0)
            return
        kernel = Kernel(self.reader, "i")
        yield f"uint32_t words[2]; one({self.reader.key(site.name)}, run[i], step, words);"
        edges = [
            kernel.value(self.reader.ready(branch.chance)) for branch in site.branches if branch.chance is not None
        ]
        yield from kernel.lines
        yield "const double u = unit(words[1]); double edge = 0; int branch = 0;"
        for edge in edges:
            yield f"edge += {edge}; branch += u >= edge;"
        for number in range(len(site.branches)):
            yield f"{'else ' if number else ''}if (branch == {number}) {{"
            yield from self._updates(site, number)
            yield "}"

    def _updates(self, site: Chance, number: int) -> Iterator[str]:
        kernel = Kernel(self.reader, "i")
        for update in site.branches[number].updates:
            value = kernel.value(self.reader.ready(update.value))
            guard = f"if ({kernel.truth(self.reader.ready(update.guard))}) " if update.guard is not None else ""
            slot = self.reader.slots[update.slot]
            if update.operation == "add":
                kernel.lines.append(f"{guard}add(b, {slot}, i, {value});")
            else:
                kernel.lines.append(f"{guard}set(b, {self.priorities.index(update.priority)}, {slot}, i, {value});")
        yield from kernel.lines

    def _processes(self, sites: Sequence[Chance]) -> str:
        """Every slot that moves by itself: those that no other reads in place, the others by way of a copy."""
        moved = totals([each for site in sites for each in unconditional(site)])
        reads = {slot: (slots_read(value) & moved.keys()) - {slot} for slot, value in moved.items()}
        tied = set().union(*reads.values()) | {slot for slot, others in reads.items() if others}
        later = [slot for slot in moved if slot in tied]
        body = "".join(self._moved(slot, moved[slot], f"next[{k} * LANES + i]") for k, slot in enumerate(later))
        for slot, value in moved.items():
            if slot not in tied:
                body += self._moved(slot, value, f"s[{self.reader.slots[slot]} * LANES + i]")
        for k, slot in enumerate(later):
            body += f"    memcpy(s + {self.reader.slots[slot]} * LANES, next + {k} * LANES, LANES * sizeof(double));\n"
        return body

    def _moved(self, slot: str, value: Expression, place: str) -> str:
        words: dict[str, str] = {}
        kernel = Kernel(self.reader, "i", words)
        found = self._within(slot, kernel.value(self.reader.ready(value)))
        return self._drawn(words) + self._loop([*kernel.lines, f"{place} = {found};"])

    def _drawn(self, words: dict[str, str], runs: str = "run") -> str:
        self.most_words = max(self.most_words, len(words))
        return "".join(
            f"    fill({self.reader.key(address)}, {runs}, step, {place}[0], {place}[1]);\n"
            for address, place in words.items()
        )

    @staticmethod
    def _loop(lines: Sequence[str]) -> str:
        body = "\n        ".join(lines)
        return f"    for (int i = 0; i < LANES; i++) {{\n        {body}\n    }}\n"

    def _within(self, slot: str, value: str) -> str:
        spec = self.program.slots[slot]
        if spec.low is None or spec.high is None:
            return value
        return f"lower_(upper_({value}, {self.reader.number(spec.low)!r}), {self.reader.number(spec.high)!r})"

    def _bounds(self) -> str:
        limits = []
        for key in self.reader.slots:
            spec = self.program.slots.get(key)
            bounded = spec is not None and spec.low is not None and spec.high is not None
            pair = [self.reader.number(spec.low), self.reader.number(spec.high)] if bounded else [-1e300, 1e300]
            limits.append(f"{{{pair[0]!r}, {pair[1]!r}}}")
        return f"\nconst double BOUNDS[SLOTS][2] = {{{', '.join(limits)}}};\n"

    # --- before the first step, and after each ---------------------------------------------------

    def start(self) -> str:
        """Parameters, start values, and what follows from parameters alone."""
        body = "".join(self._parameter(spec) for spec in self.program.parameters.values())
        starts = {key: self.reader.folded(spec.start) for key, spec in self.program.slots.items()}
        order = TopologicalSorter({key: slots_read(node) for key, node in starts.items()}).static_order()
        body += "".join(self._started(key, starts[key]) for key in order)
        for node, name in self.reader.hoister.derived.items():
            kernel = Kernel(self.reader, "i")
            value = kernel.value(node)
            body += self._loop([*kernel.lines, f"p[{self.reader.parameters[name]} * LANES + i] = {value};"])
        return self._function("start", body)

    def _started(self, slot: str, value: Expression) -> str:
        words: dict[str, str] = {}
        kernel = Kernel(self.reader, "i", words)
        found = self._within(slot, kernel.value(value))
        return self._drawn(words, "group") + self._loop(
            [*kernel.lines, f"s[{self.reader.slots[slot]} * LANES + i] = {found};"]
        )

    def _parameter(self, spec: ParameterSpec) -> str:
        """One parameter of all lanes, drawn from its prior as `brinkmanship.engine.priors` does."""
        place = f"p[{self.reader.parameters[spec.key]} * LANES + i]"
        numbers = [self.reader.number(each) for each in spec.numbers]
        words = {f"parameter/{spec.key}": "w[0]"}
        lines: list[str] = []
        if spec.form == "constant":
            return self._loop([f"{place} = {numbers[0]!r};"])
        if spec.form == "drawn":
            assert spec.draw is not None
            words = {}
            kernel = Kernel(self.reader, "i", words)
            value = kernel.value(self.reader.folded(spec.draw))
            lines = [*kernel.lines, f"{place} = {value};"]
        elif spec.form == "switch":
            lines = [f"{place} = unit(w[0][0][i]) < {numbers[0]!r} ? 1.0 : 0.0;"]
        elif spec.form == "categories":
            edges = np.cumsum(numbers[:-1])
            lines = [f"{place} = " + (" + ".join(f"(unit(w[0][0][i]) >= {float(e)!r})" for e in edges) or "0") + ";"]
        else:
            lines = self._two_piece(spec, numbers, place)
        return self._drawn(words, "group") + self._loop(lines)

    def _two_piece(self, spec: ParameterSpec, numbers: Sequence[float], place: str) -> list[str]:
        forward = {"plain": lambda x: x, "log": np.log, "logit": lambda x: np.log(x / (1 - x))}[spec.scale]
        low, middle, high = (float(forward(each)) for each in numbers)
        back = {"plain": "y", "log": f"exp(lower_(y, {MOST}))", "logit": f"1.0 / (1.0 + exp(lower_(-y, {MOST})))"}
        return [
            f"const double z = lower_(upper_(standard(w[0][0][i], w[0][1][i]), {-CUT}), {CUT});",
            f"const double y = {middle!r} + (z > 0 ? {high - middle!r} : {middle - low!r}) * z / {Z95!r};",
            f"{place} = {back[spec.scale]};",
        ]

    def outcomes(self) -> str:
        """What came true in a step, and what is true at the end of a run."""
        program = self.program
        kernel = Kernel(self.reader, "i")
        lines, ends = [], ["0"]
        for rank, spec in enumerate(program.outcomes):
            if spec.predicate is None or spec.kind == "at_end":
                continue
            true = kernel.truth(self.reader.ready(spec.predicate))
            lines.append(f"const int o{rank} = going[i] & {true}{self._undecided(spec)};")
            if spec.ends:
                ends.append(f"o{rank}")
        lines += [f"b->hits[{rank}][i] |= o{rank};" for rank, spec in enumerate(program.outcomes)
                  if spec.predicate is not None and spec.kind != "at_end"]  # fmt: skip
        lines += [f"fires[i] = {' | '.join(ends)};", "any |= fires[i];"]
        body = "    int any = 0;\n" + self._loop([*kernel.lines, *lines])
        body += "    if (any) {\n    n = listed(fires, lanes);\n    close_(b, n, lanes);\n"
        body += "    for (int j = 0; j < n; j++) going[lanes[j]] = 0;\n    }\n"
        return self._close() + self._function("outcomes", body)

    def _undecided(self, spec: OutcomeSpec) -> str:
        if spec.contest is None:
            return ""
        rivals = [rank for rank, each in enumerate(self.program.outcomes) if each.contest == spec.contest]
        return "".join(f" & !b->hits[{rank}][i]" for rank in rivals)

    def _close(self) -> str:
        kernel = Kernel(self.reader, "i")
        for rank, spec in enumerate(self.program.outcomes):
            if spec.kind == "at_end":
                assert spec.predicate is not None
                kernel.lines.append(f"b->hits[{rank}][i] = {kernel.truth(self.reader.ready(spec.predicate))};")
            elif spec.kind == "undecided":
                kernel.lines.append(f"b->hits[{rank}][i] = 1{self._undecided(spec)};")
        body = "\n        ".join(kernel.lines)
        head = "\nstatic void close_(Block *b, int n, const int *lanes)\n{\n    READ(b)\n    const double day = END;\n"
        return f"{head}{_listed_loop(body)}}}\n"


def _listed_loop(body: str) -> str:
    return f"    for (int j = 0; j < n; j++) {{\n        const int i = lanes[j];\n        {body}\n    }}\n"
