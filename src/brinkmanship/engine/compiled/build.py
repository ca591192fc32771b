"""Machine code from LLVM code, and the folder that keeps it from one day to the next."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

SPEED = 2
"""LLVM's level of optimisation (our choice, from bench/: level 3 takes longer and gains nothing)."""


@cache
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


@cache
def vector_library() -> bool:
    """Whether the C library brings vector versions of its functions (GNU, on x86)."""
    if not sys.platform.startswith("linux") or "+avx2" not in processor()[1].split(","):
        return False
    try:
        llvm.load_library_permanently("libmvec.so.1")
    except RuntimeError:
        return False
    return bool(llvm.address_of_symbol("_ZGVeN8v_exp" if width() == 8 else "_ZGVdN4v_exp"))


def cache_folder() -> Path:
    """Where compiled crises are kept: ``BRINK_CACHE``, else the user's cache folder."""
    named = os.environ.get("BRINK_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brinkmanship"


def key(*parts: str) -> str:
    """The name of what is compiled, from all that its machine code depends on."""
    whole = "\0".join([*parts, llvmlite.__version__, *processor(), str(width()), str(vector_library()), str(SPEED)])
    return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def kept(name: str) -> bytes | None:
    """Machine code from the cache; None if it is not there."""
    try:
        return (cache_folder() / f"{name}.o").read_bytes()
    except OSError:
        return None


def keep(name: str, code: bytes) -> None:
    """Put machine code into the cache, whole or not at all; a cache that cannot be written is done without."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(code)
        os.replace(file.name, folder / f"{name}.o")
    except OSError:
        return


def compiled(text: str) -> bytes:
    """Machine code of a module."""
    target, (name, features) = _machine(), processor()
    wide = f'"prefer-vector-width"="{64 * width()}" "target-cpu"="{name}" "target-features"="{features}"'
    groups = [
        f"attributes #0 = {{ nounwind noinline {wide} }}",
        f"attributes #1 = {{ nounwind noinline memory(none) {wide} }}",
        f"attributes #2 = {{ nounwind alwaysinline memory(none) {wide} }}",
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
