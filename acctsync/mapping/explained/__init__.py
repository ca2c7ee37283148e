"""Tells of one document what made each of its values: cells, rules, entries of the books."""
