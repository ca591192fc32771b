"""One step, draws, valuation, replay and ensembles: arrays only, written against an array namespace."""
