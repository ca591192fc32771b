"""A crisis as its author wrote it: records with places, evidence, history."""
