"""The journal's tables and the guards the database itself keeps over them."""
