"""Sound as a few whole numbers a second, and a language model that writes them."""
