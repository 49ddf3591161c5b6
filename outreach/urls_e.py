from django.urls import path

from outreach.views import approvals, today

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/checklist/", today.hide_checklist, name="hide_checklist"),
    path("today/<int:pk>/", today.task, name="today_task"),
    path("tasks/<int:pk>/done/", today.done, name="task_done"),
    path("tasks/<int:pk>/snooze/", today.snooze, name="task_snooze"),
    path("tasks/<int:pk>/skip/", today.skip, name="task_skip"),
    path("tasks/<int:pk>/undo/", today.undo, name="task_undo"),
    path("tasks/<int:pk>/answer/", today.answer, name="task_answer"),
    path("touches/<int:pk>/resolve/", today.resolve, name="touch_resolve"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/bulk/", approvals.approve_bulk, name="approve_bulk"),
    path("approvals/<int:pk>/", approvals.detail, name="approval"),
    path("approvals/<int:pk>/approve/", approvals.approve, name="approve"),
    path("approvals/<int:pk>/edit/", approvals.edit, name="approval_edit"),
    path("approvals/<int:pk>/redraft/", approvals.redraft, name="approval_redraft"),
    path("approvals/<int:pk>/skip/", approvals.skip, name="approval_skip"),
    path("approvals/<int:pk>/undo/", approvals.undo, name="approval_undo"),
]
