"""A repository of recipes: configuration, discovery, and the order of passes."""
