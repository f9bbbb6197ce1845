"""Running a printed program: its arrays, its threads, and the choice of a backend."""
