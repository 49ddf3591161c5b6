"""Whether this process was asked to end. Long loops look between two messages, never inside one."""

import threading

requested = threading.Event()
