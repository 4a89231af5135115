"""The documented facts: models, fields, classes, codes and schemas."""
