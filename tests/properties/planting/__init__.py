"""Recipes without a finding, and defects to plant in them: each with the code and the place of its one finding."""
