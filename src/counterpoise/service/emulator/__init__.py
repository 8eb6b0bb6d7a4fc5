"""Cameras on loopback that replay pictures: for the demo, the tests and the benchmarks."""
