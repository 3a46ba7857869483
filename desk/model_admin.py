"""Desk: a model's pages, on which nothing is written except by one call into a service.

Django's own forms that edit, add and delete rows are closed. A desk has a list, a page of
facts for each row, and *acts*: forms that hand their answers to a service. What the service
refuses is shown in its own words.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from desk import related
from desk.acts import Act
from desk.forms import DeskForm
from desk.page import Panel, Section, Tool


class DeskSite(Protocol):
    """What a desk asks of the site it stands in: who sees what."""

    name: str

    def visible_teams(self, request: HttpRequest) -> QuerySet[Any]: ...
    def roles_of(self, request: HttpRequest) -> frozenset[str]: ...
    def reads_everything(self, request: HttpRequest) -> bool: ...
    def remember_refusal(self, request: HttpRequest, refusal: Exception) -> None: ...
    def each_context(self, request: HttpRequest) -> dict[str, Any]: ...


class Desk(ModelAdmin):
    """Base of every page in the admin. Subclasses say what is shown and what can be done."""

    #: Look-up from this model to its team; "" where rows belong to no team.
    team_path: ClassVar[str] = ""
    #: Roles whose holders are shown the button for a new one.
    adders: ClassVar[tuple[str, ...]] = ()
    add_form: ClassVar[type[DeskForm] | None] = None
    add_title: ClassVar[str] = ""
    #: Said once a new one is there, after its name.
    added: ClassVar[str] = "is registered"
    acts: ClassVar[Sequence[Act]] = ()
    detail_template = "desk/detail.html"
    detail_select_related: ClassVar[tuple[str, ...]] = ()
    #: The errors a service may raise on purpose; `config.admin_site` names them.
    refusals: ClassVar[type[Exception]] = Exception

    admin_site: Any
    list_per_page = 50
    actions = None
    list_filter_sheet = False

    # Who may: everybody signed in sees what their teams own; nobody writes past a service.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.add_form is None:
            return False
        return bool(self.admin_site.roles_of(request) & set(self.adders))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if not self.team_path or self.admin_site.reads_everything(request):
            return rows
        return rows.filter(**{f"{self.team_path}__in": self.admin_site.visible_teams(request)})

    # What a page shows.

    def badges(self, request: HttpRequest, obj: Any) -> Iterable[Any]:
        """Small words beside the title."""
        return ()

    def summary(self, request: HttpRequest, obj: Any) -> str:
        """One sentence under the title."""
        return ""

    def sections(self, request: HttpRequest, obj: Any) -> Iterable[Section]:
        """Facts about the object."""
        return ()

    def panels(self, request: HttpRequest, obj: Any) -> Iterable[Panel]:
        """Related things this app knows of."""
        return ()

    def tools(self, request: HttpRequest, obj: Any) -> Iterable[Tool]:
        """Links beside the title."""
        return ()

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What a page with its own template needs besides."""
        return {}

    # The pages themselves.

    def get_urls(self) -> list[URLPattern]:
        names = self.model._meta.app_label, self.model._meta.model_name
        acts = [
            path(
                f"<path:object_id>/{act.name}/",
                self.admin_site.admin_view(self._act_view),
                {"act_name": act.name},
                name="{}_{}_{}".format(*names, act.name.replace("-", "_")),
            )
            for act in self.all_acts()
        ]
        return acts + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one object, or the form for a new one."""
        if object_id is None:
            return self._add(request)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        obj = self._find(request, object_id)
        return TemplateResponse(request, self.detail_template, self._context(request, obj))

    def delete_view(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        raise PermissionDenied

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An object's history is on its page, read from the trail."""
        return HttpResponseRedirect(self.url_of(self._find(request, object_id)) + "#trail")

    def url_of(self, obj: Model) -> str:
        """Where an object's page is."""
        meta = obj._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])

    def _find(self, request: HttpRequest, object_id: str) -> Any:
        rows = self.get_queryset(request).select_related(*self.detail_select_related)
        try:
            return rows.get(pk=self.model._meta.pk.to_python(object_id))
        except Exception as fault:
            if isinstance(fault, (self.model.DoesNotExist, ValueError)) or hasattr(fault, "code"):
                raise Http404(f"No {self.model._meta.verbose_name} {object_id} here.") from None
            raise

    def _context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        panels = [*self.panels(request, obj), *related.panels_about(request, obj)]
        return {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.model._meta,
            "original": obj,
            "badges": list(self.badges(request, obj)),
            "summary": self.summary(request, obj),
            "sections": list(self.sections(request, obj)),
            "panels": sorted(panels, key=lambda panel: panel.order),
            "tools": self._tools(request, obj),
            **self.page_context(request, obj),
        }

    def _tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        offered = [act for act in self.all_acts() if act.label and act.offered(request, obj)]
        page = self.url_of(obj).removesuffix("change/")
        own = [Tool(act.label, f"{page}{act.name}/", act.icon, act.main) for act in offered]
        return [*self.tools(request, obj), *related.tools_about(request, obj), *own]

    def all_acts(self) -> list[Act]:
        """This desk's own acts and those the apps above offer on its pages."""
        return [*self.acts, *related.acts_about(self.model._meta.label)]

    # Forms: each hands its answers to one service call.

    def create(self, answers: dict[str, Any], *, by: Any) -> Any:
        """Make a new one by its service; subclasses with an `add_form` say how."""
        raise PermissionDenied

    def _add(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request) or self.add_form is None:
            raise PermissionDenied
        title = self.add_title or f"New {self.model._meta.verbose_name}"
        form = self._bind(self.add_form, request, None)
        if form.is_valid():
            made = self._try(request, form, lambda: self.create(form.cleaned_data, by=request.user))
            if made is not None:
                messages.success(request, f"{str(made)[:200]} {self.added}.")
                return HttpResponseRedirect(self.url_of(made))
        return self._form_page(request, form, title, None)

    def _act_view(self, request: HttpRequest, object_id: str, act_name: str) -> HttpResponse:
        act = next(one for one in self.all_acts() if one.name == act_name)
        obj = self._find(request, object_id)
        form = self._bind(act.form, request, obj)
        if form.is_valid():
            call = lambda: act.carry_out(obj, request.user, form.cleaned_data) or obj  # noqa: E731
            made = self._try(request, form, call)
            if made is not None:
                messages.success(request, act.done)
                return HttpResponseRedirect(self.url_of(made))
        return self.refused(request, obj, act, form)

    def refused(self, request: HttpRequest, obj: Any, act: Act, form: DeskForm) -> HttpResponse:
        """The form again, with what was wrong; a page with its own form may show that instead."""
        return self._form_page(request, form, act.label, obj)

    def _bind(self, form: type[DeskForm], request: HttpRequest, obj: Any) -> DeskForm:
        given = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
        first = self.initial(request, form, obj)
        return form(request=request, desk=self, obj=obj, initial=first, **given)

    def initial(self, request: HttpRequest, form: type[DeskForm], obj: Any) -> dict[str, Any]:
        """What a form starts with; the address may bring some of it."""
        return dict(request.GET.items())

    def _try(self, request: HttpRequest, form: DeskForm, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except self.admin_site.refusals as refusal:
            form.refuse(refusal)
            self.admin_site.remember_refusal(request, refusal)
            return None

    def _form_page(
        self, request: HttpRequest, form: DeskForm, title: str, obj: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": obj,
            "form": form,
            "back": self.url_of(obj) if obj else "",
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "desk/form.html", context, status=status)
