"""Pictures and files on the disk: whole or not there, and kept until they are where they belong."""
