"""The product's addresses with the demo inbox, as DEMO=1 serves them."""

from django.urls import include, path

from salesagent import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("salesagent.demo.urls"))]
