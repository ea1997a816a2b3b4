"""How long the machines look: some seconds by default, as long as is asked for by `LAPOR_TEST_MODEL_EXAMPLES` and
`LAPOR_TEST_MODEL_STEPS`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

SHORT = (Phase.explicit, Phase.reuse, Phase.generate)


def profile(examples: int, steps: int) -> settings:
    """The short one shows what it found as it found it: to make it small takes longer than a test may last."""
    deep = os.environ.get("LAPOR_TEST_MODEL_EXAMPLES")
    return settings(
        max_examples=int(deep or examples),
        stateful_step_count=int(os.environ.get("LAPOR_TEST_MODEL_STEPS", str(steps))),
        phases=tuple(Phase) if deep else SHORT,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
