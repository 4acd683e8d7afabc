"""The parts of scripts/leak-audit."""
