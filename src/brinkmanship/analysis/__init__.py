"""What is asked of a crisis as a whole: ablations, replay, base rates, robustness, coverage, and their review."""
