"""The vault: nobody is readable without a clause."""
