"""Published editions of the policy: they never change, and which one is in force is an event that never goes back."""
