from django.urls import path

from outreach.views import enrollments, sequence_editor, sequences, templates

STEP = "sequences/<int:pk>/steps/<uuid:key>"
urlpatterns = [
    path("sequences/", sequences.index, name="sequences"),
    path("sequences/new/", sequences.create, name="sequence_new"),
    path("sequences/copy/", sequences.copy_ready, name="sequence_copy_ready"),
    path("sequences/enroll/", sequences.enroll_bulk, name="enroll_bulk"),
    path("sequences/<int:pk>/", sequence_editor.editor, name="sequence"),
    path("sequences/<int:pk>/people/", sequences.people, name="sequence_people"),
    path("sequences/<int:pk>/copy/", sequences.copy, name="sequence_copy"),
    path("sequences/<int:pk>/state/", sequences.state, name="sequence_state"),
    path("sequences/<int:pk>/settings/", sequences.settings_page, name="sequence_settings"),
    path("sequences/<int:pk>/enroll/", sequences.enroll, name="sequence_enroll"),
    path("sequences/<int:pk>/rule/", sequences.rule, name="sequence_rule"),
    path("sequences/<int:pk>/steps/add/", sequence_editor.add, name="step_add"),
    path(f"{STEP}/save/", sequence_editor.save, name="step_save"),
    path(f"{STEP}/move/", sequence_editor.move, name="step_move"),
    path(f"{STEP}/remove/", sequence_editor.remove, name="step_remove"),
    path(f"{STEP}/variant/", sequence_editor.variant, name="step_variant"),
    path(f"{STEP}/preview/", sequence_editor.show, name="step_preview"),
    path(f"{STEP}/test/", sequence_editor.send_test, name="step_test"),
    path("enrollments/<int:pk>/pause/", enrollments.pause, name="enrollment_pause"),
    path("enrollments/<int:pk>/resume/", enrollments.resume, name="enrollment_resume"),
    path("enrollments/<int:pk>/stop/", enrollments.stop, name="enrollment_stop"),
    path("templates/", templates.index, name="templates"),
    path("templates/new/", templates.new, name="template_new"),
    path("templates/snippets/", templates.snippets, name="snippets"),
    path("templates/pains/", templates.pains, name="pains"),
    path("templates/<int:pk>/", templates.detail, name="template"),
    path("templates/<int:pk>/copy/", templates.copy, name="template_copy"),
    path("templates/<int:pk>/archive/", templates.archive, name="template_archive"),
]
