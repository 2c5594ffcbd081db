"""The keys and identity indexes, in a database of their own: a copy of the data alone opens nothing and answers nobody."""
