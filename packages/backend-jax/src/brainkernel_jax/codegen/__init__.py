"""What is printed for JAX, and what the printed text calls."""
