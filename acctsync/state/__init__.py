"""What is remembered between runs, in one SQLite file per connection.

Known documents, the outbox, the runs and the audit trail.
"""
