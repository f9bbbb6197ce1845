"""The Numba backend of brainkernel: the printed program, compiled to machine code and threaded."""
