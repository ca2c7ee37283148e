"""What a user would write with each of the other clients: one small program each.

Each is called with a system's address and an export, creates its invoices as quickly as that client
documents, and prints the seconds and the seconds of CPU of that work, its own start left out.
"""
