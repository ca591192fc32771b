"""Machine code from LLVM code, and the folder that keeps it from one day to the next."""

from __future__ import annotations

import functools
import hashlib
import sys
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from brinkmanship.engine import cache
from brinkmanship.engine.compiled.elementwise import FUNCTIONS
from brinkmanship.engine.compiled.kernel import vector_name

SEAL = 32
"""Bytes before the machine code in a file of the cache, made from all the others: a damaged file is not run."""
SPEED = 2
"""LLVM's level of optimisation (our choice, from bench/: level 3 takes longer and gains nothing)."""


@functools.cache
def processor() -> tuple[str, str]:
    """The name of this machine's processor, and its features, as LLVM writes them."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _machine() -> Any:
    """LLVM's target machine, a new one each time: whatever runs code takes it over and disposes of it."""
    name, features = processor()
    return llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=SPEED, jit=True)


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
    made = [llvmlite.__version__, *processor(), str(width()), *sorted(vector_functions(width())), str(SPEED)]
    return hashlib.blake2b("\0".join([*parts, *made]).encode(), digest_size=16).hexdigest()


def _seal(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=SEAL).digest()


def kept(name: str) -> bytes | None:
    """Machine code from the cache; None if it is not there whole."""
    whole = cache.kept(f"{name}.code")
    if whole is None:
        return None
    code = whole[SEAL:]
    return code if whole[:SEAL] == _seal(code) else None


def keep(name: str, code: bytes) -> None:
    """Put machine code into the cache."""
    cache.keep(f"{name}.code", _seal(code) + code)


def compiled(text: str) -> bytes:
    """Machine code of a module."""
    target, (name, features) = _machine(), processor()
    wide = f'"prefer-vector-width"="{64 * width()}" "target-cpu"="{name}" "target-features"="{features}"'
    groups = [
        f"attributes #0 = {{ nounwind noinline {wide} }}",
        f"attributes #1 = {{ nounwind willreturn noinline memory(none) {wide} }}",
        f"attributes #2 = {{ nounwind willreturn alwaysinline memory(none) {wide} }}",
    ]
    module = llvm.parse_assembly("\n".join([text, *groups]))
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    options.loop_unrolling = False
    llvm.create_pass_builder(target, options).getModulePassManager().run(
        module, llvm.create_pass_builder(target, options)
    )
    return target.emit_object(module)


def loaded(code: bytes) -> int:
    """The address of ``walk`` in machine code."""
    backing = llvm.parse_assembly("")
    engine = llvm.create_mcjit_compiler(backing, _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address("walk")
    # Code that is in use is never given back: at the interpreter's end LLVM may be gone before it.
    engine.detach()
    return address
