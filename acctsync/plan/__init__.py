"""Decide what must change for the books to match the export: pure functions over values."""
