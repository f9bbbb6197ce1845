"""Where everything lies in the arrays that JAX is handed."""
