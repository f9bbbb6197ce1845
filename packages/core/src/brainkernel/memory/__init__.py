"""How much memory a network and its records will take."""
