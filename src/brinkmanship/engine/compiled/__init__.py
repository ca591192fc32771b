"""A step traced by JAX, translated to LLVM code, and blocks of runs simulated with it."""
