"""The text of the policy as a value: parsed, compiled and decided with, in pure Python that feels nothing of the world."""
