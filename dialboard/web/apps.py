from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages: templates, their words and static files. No models; those are control's."""

    name = "dialboard.web"
    label = "web"
