"""The program: a network as plain data, and the contracts between the kernel and what runs it."""
