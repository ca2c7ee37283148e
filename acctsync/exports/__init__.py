"""Export files: what they are declared to be, and reading them row by row with places."""
