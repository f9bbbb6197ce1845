"""Networks: building, running, reading and setting values."""
