"""What is measured: one module each, with the databases it runs on and a function that returns its figures."""
