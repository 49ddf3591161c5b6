from django.urls import path

from leads.views import edit, leads, score_card, search

urlpatterns = [
    path("leads/", leads.lead_list, name="list"),
    path("leads/filters/", leads.lead_filters, name="filters"),
    path("leads/bulk/", leads.bulk_action, name="bulk"),
    path("leads/export.csv", leads.lead_export, name="export"),
    path("leads/views/", leads.save_view, name="save_view"),
    path("leads/views/<int:pk>/delete/", leads.delete_view, name="delete_view"),
    path("leads/new/", edit.new, name="new"),
    path("leads/<int:pk>/edit/", edit.edit, name="edit"),
    path("leads/<int:pk>/archive/", leads.archive, name="archive"),
    path("leads/<int:pk>/restore/", leads.restore, name="restore"),
    path("search/", search.search, name="search"),
    path("settings/score/", score_card.edit, name="score_card"),
    path("settings/score/preview/", score_card.preview, name="score_preview"),
    path("settings/score/reset/", score_card.reset, name="score_reset"),
]
