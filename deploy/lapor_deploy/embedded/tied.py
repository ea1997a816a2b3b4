"""Runs a program so that it cannot outlive the process that started it. Standard library only.

`python -I -S tied.py <launch file>`; the launch file is made by `program.Program.write`. A program is never
left behind: on Linux the kernel sends it `death_signal` when its parent ends in any way, also by SIGKILL.
A user is changed here because PostgreSQL refuses to run as root, and the environment is set here because a
supervisor's own configuration file cannot carry every value (line ends, quotes, percent signs).
"""

import ctypes
import json
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(launch_file: str) -> None:
    launch = json.loads(Path(launch_file).read_text(encoding="utf-8"))
    parent = os.getppid()
    Path(launch["pid_file"]).write_text(str(os.getpid()), encoding="utf-8")
    os.chdir(launch["cwd"])
    if launch["uid"] is not None:
        os.setgroups([])
        os.setgid(launch["gid"])
        os.setuid(launch["uid"])
    # After setuid, which clears it.
    if sys.platform == "linux" and launch["death_signal"]:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, launch["death_signal"], 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the process that started this one is gone")
    os.execve(launch["argv"][0], launch["argv"], launch["env"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1])
