"""Machine code for this processor from the record of a step."""
