"""What `loglama init` proposes: services read off the files of a folder."""
