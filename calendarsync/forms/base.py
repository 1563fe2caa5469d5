"""The look of all forms in one place: Bootstrap's class for each kind of widget."""

from __future__ import annotations

from typing import Any

from django import forms

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Textarea, "form-control"),
    (forms.widgets.Input, "form-control"),
)


def css_class(widget: forms.Widget) -> str:
    """Return Bootstrap's class for `widget`, or nothing for one without a look."""
    if isinstance(widget, forms.HiddenInput):
        return ""
    return next((name for kind, name in _CLASSES if isinstance(widget, kind)), "")


class StyledMixin:
    """Give every widget of a form its class, and mark those in error."""

    fields: dict[str, forms.Field]
    errors: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if name := css_class(field.widget):
                field.widget.attrs.setdefault("class", name)

    def full_clean(self) -> None:
        """Validate as always, then mark the fields in error."""
        super().full_clean()  # type: ignore[misc]
        for name in self.errors:
            if name in self.fields:
                attrs = self.fields[name].widget.attrs
                attrs["class"] = f"{attrs.get('class', '')} is-invalid".strip()


class StyledForm(StyledMixin, forms.Form):
    """A form in the look of the product. Show its fields with `_components/field.html`."""
