"""Drills: what becomes of calls when relays, tors and bridges are killed or frozen. Start reading in drill.py."""
