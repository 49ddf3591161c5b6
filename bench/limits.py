"""512 MB and one CPU for a process group, where the host lets us (root and cgroup v1)."""

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
MEMORY = 512 * 1024 * 1024


class Limits:
    """`with Limits() as limits: Popen(..., preexec_fn=limits.enter)`; `active`: it holds."""

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = memory
        self.groups: list[Path] = []
        self.active = False

    def __enter__(self) -> "Limits":
        name = f"salesagent-bench-{os.getpid()}"
        try:
            memory, cpu = ROOT / "memory" / name, ROOT / "cpu" / name
            memory.mkdir()
            self.groups.append(memory)
            (memory / "memory.limit_in_bytes").write_text(str(self.memory))
            cpu.mkdir()
            self.groups.append(cpu)
            (cpu / "cpu.cfs_period_us").write_text("100000")
            (cpu / "cpu.cfs_quota_us").write_text("100000")
            self.active = True
        except OSError:
            self.active = False
        return self

    def enter(self) -> None:
        """In the child, before it runs the program."""
        if self.active:
            for group in self.groups:
                (group / "cgroup.procs").write_text(str(os.getpid()))

    def peak_mb(self) -> float | None:
        if not self.active:
            return None
        return int((self.groups[0] / "memory.max_usage_in_bytes").read_text()) / 1048576

    def refused(self) -> int | None:
        """How often the kernel had to refuse memory."""
        if not self.active:
            return None
        return int((self.groups[0] / "memory.failcnt").read_text())

    def __exit__(self, *exc: object) -> None:
        for group in self.groups:
            try:
                group.rmdir()
            except OSError:
                continue
