"""One complaint's clocks, lived through minute by minute: slow, obvious, and with nothing of escalation's code in it.

`office`: which minutes count. `watch`: a stopwatch that counts them down. `life`: the complaint. `inbox`: in which
order what is written is heard.
"""

from tests.support.escalation_model.clocks import Said
from tests.support.escalation_model.life import Life
from tests.support.escalation_model.office import Office, instant, minute

__all__ = ["Life", "Office", "Said", "instant", "minute"]
