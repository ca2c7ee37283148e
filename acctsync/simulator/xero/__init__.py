"""A simulated Xero organisation: Xero's own words, rules, limits and shapes of error.

What is simulated, and from which facts, is said where it is enforced. Where the facts run out a
setting chooses (`organisation.Settings`), and its default is what costs a careless client most.
"""
