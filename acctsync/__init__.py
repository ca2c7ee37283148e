"""Push a billing system's exports into QuickBooks Online or Xero: exactly once, to the cent."""

__version__ = "0.1.0"
