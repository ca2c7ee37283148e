"""Measures acctsync beside the clients that people would use instead; see README.md."""
