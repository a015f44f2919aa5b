"""Form fields that look alike, say what is wrong with them, and keep what was typed."""

from typing import Any

from django import forms


class Dressed(forms.Form):
    """Every field gets its class, and says to assistive technology that it is wrong and where the help is."""

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **{"label_suffix": "", **values})
        for name, field in self.fields.items():
            attributes = field.widget.attrs
            if not isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect):
                attributes["class"] = f"input {attributes.get('class', '')}".strip()
            attributes["aria-describedby"] = f"id_{name}_problem id_{name}_help"

    def mark_problems(self) -> None:
        """Tells the fields with errors so; for a form that is shown again."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    @property
    def complete(self) -> bool:
        """Whether every field is right; marks those that are not."""
        fine = self.is_valid()
        self.mark_problems()
        return fine


class Form(Dressed):
    """A form of ours."""

    def __init__(self, data: Any = None, **values: Any) -> None:
        super().__init__(data, **values)


def text(label: str, missing: str, *, help: str = "", mono: bool = False, **more: Any) -> forms.CharField:
    """A line of text; `missing` is the sentence when it is empty."""
    widget = forms.TextInput(attrs={"class": "mono" if mono else "", "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(
        label=label, help_text=help, error_messages={"required": missing}, widget=more.pop("widget", widget), **more
    )


def secret(label: str, missing: str, *, help: str = "") -> forms.CharField:
    """A secret: never sent back to the browser, not even after a mistake elsewhere in the form."""
    widget = forms.PasswordInput(attrs={"class": "mono", "autocomplete": "off"}, render_value=False)
    return forms.CharField(label=label, help_text=help, error_messages={"required": missing}, widget=widget)
