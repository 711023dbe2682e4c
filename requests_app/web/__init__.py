"""The researcher's pages. They read, and call one action each; they never write."""
