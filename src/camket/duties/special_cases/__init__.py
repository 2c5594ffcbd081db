"""§3, special cases: somebody is contacted outside an inquiry, with a reason written down and a second person who agrees."""
