from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse


class Login(LoginView):
    template_name = "accounts/login.html"
    redirect_authenticated_user = True


def locked_out(request: HttpRequest, credentials: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse("Too many tries. Wait 15 minutes.", status=429)
