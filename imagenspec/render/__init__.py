"""Recipes to pictures: a plan, its requests, their answers, files and locks."""
