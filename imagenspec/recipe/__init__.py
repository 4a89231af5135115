"""What a recipe means: shape, variables, cases and templates."""
