"""What all tests share: Hypothesis runs the same examples each time, so that a red run is red again."""

from hypothesis import HealthCheck, settings

settings.register_profile("rollstep", derandomize=True, deadline=None, max_examples=100,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rollstep")
