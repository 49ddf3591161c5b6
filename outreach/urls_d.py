from django.urls import path

from outreach.views import company, simulate

urlpatterns = [
    path("leads/<int:pk>/company/pause/", company.pause, name="company_pause"),
    path("leads/<int:pk>/company/resume/", company.resume, name="company_resume"),
    path("leads/<int:pk>/company/stop/", company.stop, name="company_stop"),
    path("sequences/<int:pk>/stop/", company.stop_sequence, name="sequence_stop"),
    path("sequences/<int:pk>/simulate/", simulate.simulate, name="sequence_simulate"),
]
