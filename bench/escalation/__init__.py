"""One small model in four systems: `crisis.yaml` here, plain Python, Mesa and PsychSim."""
