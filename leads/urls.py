"""Pages of leads: list, thread, imports, public form, do-not-contact list."""

from django.conf import settings
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from leads import webhooks
from leads.views import (
    consent,
    corrections,
    crm,
    crm_connect,
    crm_fields,
    decisions,
    edit,
    form_settings,
    hubspot,
    imports,
    lead,
    lead_facts,
    leads,
    public_form,
    score_card,
    search,
    suppression,
)


class CrmConverter(StringConverter):
    """One of the services in wiring.CRMS."""

    regex = "|".join(settings.CRMS)


register_converter(CrmConverter, "crm")
CRM = "settings/connections/<crm:provider>/"
app_name = "leads"
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
    path("settings/score/learn/", score_card.learn, name="score_learn"),
    path("settings/score/rules/", score_card.by_rules, name="score_rules"),
    path("settings/score/hint/", score_card.hint, name="score_hint"),
    path("settings/score/version/<int:number>/", score_card.version, name="score_version"),
    path("settings/corrections/", corrections.page, name="corrections"),
    path("corrections/<int:pk>/take-back/", corrections.take_back, name="correction_take_back"),
    path("leads/<int:pk>/score/wrong/", corrections.score, name="score_wrong"),
    path("leads/<int:pk>/signal/wrong/", corrections.signal, name="signal_wrong"),
    path("leads/<int:pk>/step/wrong/", corrections.next_step, name="step_wrong"),
    path("settings/decisions/", decisions.page, name="decisions"),
    path("decisions/<int:pk>/settle/", decisions.settle, name="decision_settle"),
    path("decisions/<int:pk>/undo/", decisions.undo, name="decision_undo"),
    path("leads/<int:pk>/", lead.detail, name="detail"),
    path("leads/<int:pk>/earlier/", lead.earlier, name="earlier"),
    path("leads/<int:pk>/live/", lead.live, name="live"),
    path("leads/<int:pk>/note/", lead.note, name="note"),
    path("leads/<int:pk>/change/", lead_facts.change, name="change"),
    path("leads/<int:pk>/consent/", consent.record, name="consent"),
    path("leads/<int:pk>/consent/withdraw/", consent.withdraw, name="consent_withdraw"),
    path("leads/<int:pk>/pains/", lead_facts.pain_add, name="pain_add"),
    path("pains/<int:pk>/delete/", lead_facts.pain_delete, name="pain_delete"),
    path("pains/<int:pk>/confirm/", lead_facts.pain_confirm, name="pain_confirm"),
    path("enquiries/<int:pk>/confirm/", lead_facts.inquiry_confirm, name="inquiry_confirm"),
    path("leads/<int:pk>/deals/", lead_facts.deal_open, name="deal_open"),
    path("deals/<int:pk>/close/", lead_facts.deal_close, name="deal_close"),
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
    path("settings/suppression/", suppression.page, name="suppression"),
    path("settings/suppression/look-up/", suppression.look_up, name="suppression_look_up"),
    path("settings/suppression/add/", suppression.add, name="suppression_add"),
    path("settings/suppression/export/", suppression.export, name="suppression_export"),
    path("settings/suppression/list/", suppression.take_in, name="suppression_import"),
    path("settings/suppression/<int:pk>/lift/", suppression.lift, name="suppression_lift"),
    path("settings/connections/hubspot/sign-in/", hubspot.go, name="hubspot_go"),
    path("settings/connections/hubspot/back/", hubspot.callback, name="hubspot_callback"),
    path(CRM, crm.page, name="crm"),
    path(CRM + "connect/", crm_connect.connect, name="crm_connect"),
    path(CRM + "check/", crm_connect.check, name="crm_check"),
    path(CRM + "off/", crm_connect.off, name="crm_off"),
    path(CRM + "values/", crm_connect.options, name="crm_options"),
    path(CRM + "choices/", crm.choices, name="crm_choices"),
    path(CRM + "fields/<slug:kind>/", crm_fields.table, name="crm_fields"),
    path(CRM + "start/", crm.start, name="crm_start"),
    path(CRM + "conflicts/<int:pk>/", crm.settle, name="crm_settle"),
    path(CRM + "history/", crm.history, name="crm_history"),
    path(CRM + "runs/<int:pk>/", crm.run, name="crm_run"),
    path(CRM + "runs/<int:pk>/live/", crm.live, name="crm_live"),
    path(CRM + "runs/<int:pk>/pause/", crm.pause, name="crm_pause"),
    path(CRM + "runs/<int:pk>/undo/", crm.undo, name="crm_undo"),
    path("hooks/hubspot/", webhooks.hubspot, name="hubspot_hook"),
]
