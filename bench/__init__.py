"""What it costs to simulate: measured in one run, beside a practical limit and beside neighbouring systems."""
