"""A step recorded, translated to LLVM code, and blocks of runs simulated with it."""
