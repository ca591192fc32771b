"""Machine code from LLVM code, and the folder that keeps it from one day to the next."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from brinkmanship.engine import cache
from brinkmanship.engine.compiled.llvm.elementwise import FUNCTIONS
from brinkmanship.engine.compiled.llvm.kernel import vector_name

SEAL = 32
"""Bytes before the machine code in a file of the cache, made from all the others: a damaged file is not run."""
QUICK, FULL = 0, 2
"""LLVM's levels of code generation: quick to make, or twice as fast to run (from bench/)."""


@functools.cache
def processor() -> tuple[str, str]:
    """The name of this machine's processor, and its features, as LLVM writes them."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _machine(speed: int) -> Any:
    """LLVM's target machine, a new one each time: whatever runs code takes it over and disposes of it."""
    name, features = processor()
    return llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=speed, jit=True)


def width() -> int:
    """Runs in a vector: as many numbers as a register holds."""
    return 8 if "+avx512f" in processor()[1].split(",") else 4


@functools.cache
def vector_functions(width: int) -> frozenset[str]:
    """The functions of which the C library brings versions for vectors (GNU, on x86)."""
    if not sys.platform.startswith("linux") or "+avx2" not in processor()[1].split(","):
        return frozenset()
    try:
        llvm.load_library_permanently("libmvec.so.1")
    except RuntimeError:
        return frozenset()
    return frozenset(name for name in FUNCTIONS if llvm.address_of_symbol(vector_name(name, width)))


def key(*parts: str) -> str:
    """The name of what is compiled, from all that its machine code depends on."""
    made = [llvmlite.__version__, *processor(), str(width()), *sorted(vector_functions(width()))]
    return hashlib.blake2b("\0".join([*parts, *made]).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Made:
    """What is kept of a compiled step: machine code, the places of its faults, and of quick code what it came from."""

    code: bytes
    faults: tuple[str, ...]
    module: bytes = b""

    def finished(self) -> Made:
        """The same in code that takes longer to make and less to run."""
        return Made(_machine(FULL).emit_object(llvm.parse_bitcode(self.module)), self.faults)


def kept(name: str) -> Made | None:
    """What the cache has under a name; None if it is not there whole."""
    whole = cache.kept(f"{name}.code")
    if whole is None or whole[:SEAL] != _seal(whole[SEAL:]):
        return None
    parts, rest = [], whole[SEAL:]
    for _ in range(3):
        size, rest = int.from_bytes(rest[:8], "little"), rest[8:]
        parts.append(rest[:size])
        rest = rest[size:]
    return Made(parts[0], tuple(json.loads(parts[1])), parts[2])


def keep(name: str, made: Made) -> None:
    """Put machine code into the cache."""
    parts = made.code, json.dumps(made.faults).encode(), made.module
    whole = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    cache.keep(f"{name}.code", _seal(whole) + whole)


def _seal(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=SEAL).digest()


def made(text: str, faults: Sequence[str]) -> Made:
    """Quick code of a module, and the module in LLVM's own short form."""
    module = _module(text)
    # Generating code changes the module.
    short = module.as_bitcode()
    return Made(_machine(QUICK).emit_object(module), tuple(faults), short)


def _module(text: str) -> Any:
    """A module from its text.

    Calls to small functions are written out. LLVM's other passes are left out: on straight code they take twice as
    long as code generation and gain nothing that shows (bench/).
    """
    name, features = processor()
    wide = f'"prefer-vector-width"="{64 * width()}" "target-cpu"="{name}" "target-features"="{features}"'
    groups = [
        f"attributes #0 = {{ nounwind noinline {wide} }}",
        f"attributes #1 = {{ nounwind willreturn noinline memory(none) {wide} }}",
        f"attributes #2 = {{ nounwind willreturn alwaysinline memory(none) {wide} }}",
    ]
    module = llvm.parse_assembly("\n".join([text, *groups]))
    module.verify()
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.run(module, llvm.create_pass_builder(_machine(QUICK), llvm.create_pipeline_tuning_options()))
    return module


def small(text: str, name: str) -> int:
    """The address of a function of a module that is small enough to be made anew each time."""
    return loaded(_machine(FULL).emit_object(_module(text)), name)


def loaded(code: bytes, name: str = "walk") -> int:
    """The address of a function in machine code."""
    backing = llvm.parse_assembly("")
    engine = llvm.create_mcjit_compiler(backing, _machine(QUICK))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(name)
    # Code that is in use is never given back: at the interpreter's end LLVM may be gone before it.
    engine.detach()
    return address
