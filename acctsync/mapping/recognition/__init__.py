"""What columns mean: which of them are what parts of a record, as suggestions to confirm."""
