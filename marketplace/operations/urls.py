"""Routes of operations, below /api/v1/."""

from django.urls import path

from marketplace.operations.api.views import OperationView

urlpatterns = [path("operations/<uuid:operation_id>", OperationView.as_view(), name="operation")]
