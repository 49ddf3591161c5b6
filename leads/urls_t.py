from django.urls import path

from leads.views import lead, lead_facts

urlpatterns = [
    path("leads/<int:pk>/", lead.detail, name="detail"),
    path("leads/<int:pk>/earlier/", lead.earlier, name="earlier"),
    path("leads/<int:pk>/live/", lead.live, name="live"),
    path("leads/<int:pk>/note/", lead.note, name="note"),
    path("leads/<int:pk>/change/", lead_facts.change, name="change"),
    path("leads/<int:pk>/pains/", lead_facts.pain_add, name="pain_add"),
    path("pains/<int:pk>/delete/", lead_facts.pain_delete, name="pain_delete"),
    path("pains/<int:pk>/confirm/", lead_facts.pain_confirm, name="pain_confirm"),
    path("enquiries/<int:pk>/confirm/", lead_facts.inquiry_confirm, name="inquiry_confirm"),
    path("leads/<int:pk>/deals/", lead_facts.deal_open, name="deal_open"),
    path("deals/<int:pk>/close/", lead_facts.deal_close, name="deal_close"),
]
