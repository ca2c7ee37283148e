"""QuickBooks Online: the only folder where its field names may appear."""
