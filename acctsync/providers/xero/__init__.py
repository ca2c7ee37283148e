"""Xero: the only folder where its field names may appear."""
