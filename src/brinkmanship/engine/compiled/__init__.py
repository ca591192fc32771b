"""A step recorded, translated to machine code, and blocks of runs simulated with it."""
