"""A made-up ecosystem of five services, for a first look, for tests, screenshots and benchmarks."""
