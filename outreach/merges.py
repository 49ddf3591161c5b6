"""What of this app goes with a lead when it is merged into another one.

Messages and enrolments stay with the lead they were made for: its thread is shown with the
keeper's, and its sequence stops.
"""

from leads.merged_rows import Kind, register
from outreach.models import Booking, Task
from outreach.services.handover import tasks_merged

register(Kind(Task, "task", "tasks", then=tasks_merged), Kind(Booking, "booking", "bookings"))
