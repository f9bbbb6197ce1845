"""Networks as pure functions, which JAX can differentiate."""
