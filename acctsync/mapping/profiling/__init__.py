"""How columns are called and written: names in plain words, styles of numbers and dates."""
