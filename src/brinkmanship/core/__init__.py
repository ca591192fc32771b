"""The small core that every construct of the language lowers to: sites, branches, guarded updates."""
