from django.urls import path

from salesagent.lib import views

app_name = "lib"
urlpatterns = [
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/part/", views.job_part, name="job_part"),
    path("<int:pk>/stop/", views.job_stop, name="job_stop"),
]
