"""The services around LogLama: what is known of each of them."""
