"""The parts of a first mapping as text."""
