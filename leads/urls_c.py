from django.urls import path

from leads.views import form_settings, imports, public_form

urlpatterns = [
    path("leads/import/", imports.start, name="import"),
    path("imports/<int:pk>/", imports.match, name="import_match"),
    path("imports/<int:pk>/check/", imports.check, name="import_check"),
    path("imports/<int:pk>/run/", imports.run, name="import_run"),
    path("imports/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("imports/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("imports/<int:pk>/bad-rows.csv", imports.bad_rows, name="import_bad_rows"),
    path("f/<slug:slug>/", public_form.form, name="form"),
    path("f/<slug:slug>/thanks/", public_form.thanks, name="form_thanks"),
    path("settings/form/", form_settings.settings_page, name="form_settings"),
]
