"""The mapping file: its grammar, its model, and turning rows into documents with it."""
