"""Do what was decided: gather facts, carry a plan out, survive whatever happens meanwhile."""
