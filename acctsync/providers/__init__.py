"""The books' side: one port, one folder per vendor. A vendor's words stay in its folder."""
