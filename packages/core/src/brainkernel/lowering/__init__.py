"""From objects to arrays: a network becomes a program and the data that it runs on."""
