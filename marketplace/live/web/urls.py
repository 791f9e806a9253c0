"""Routes of the pages, at the root of the site."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import path
from django.utils.decorators import decorator_from_middleware
from django.views.generic import RedirectView

from marketplace.live.web import views
from marketplace.live.web.security import ContentSecurityPolicy

View = Callable[..., HttpResponseBase]
page: Callable[[View], Any] = decorator_from_middleware(ContentSecurityPolicy)

urlpatterns = [
    path("", page(RedirectView.as_view(pattern_name="jobs-page")), name="home"),
    path("login", page(views.sign_in), name="login"),
    path("logout", page(views.sign_out), name="logout"),
    # Where a page names no icon, such as those of the administration, browsers ask for this.
    path("favicon.ico", RedirectView.as_view(url=static("live/mark.svg")), name="favicon"),
    path("jobs", page(views.jobs), name="jobs-page"),
    path("jobs/<uuid:job_id>", page(views.job), name="job-page"),
]
