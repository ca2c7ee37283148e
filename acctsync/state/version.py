"""What identifies a state file and its schema, known without loading the migrations."""

APPLICATION_ID = 0x41435359  # "ACSY"
SCHEMA_VERSION = 4
