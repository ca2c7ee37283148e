"""The command line: one module per command; parse, ask the engine, report, exit."""
