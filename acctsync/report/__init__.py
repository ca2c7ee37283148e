"""What a command found or did, shown to a person as text or to a program as JSON."""
