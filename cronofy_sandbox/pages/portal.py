"""The portal: from `/oauth/authorize` through the chosen service's sign-in to the permission page and back.

One view serves every step between the choice and the permission; `catalogue` says which steps a service has.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cronofy_sandbox.models import Account, Application, Profile
from cronofy_sandbox.pages import problems, visits
from cronofy_sandbox.pages.catalogue import BY_KEY, SERVICES, Step, owner_of, permission_sentences
from cronofy_sandbox.pages.forms import FORMS, ServerForm, StepForm
from cronofy_sandbox.pages.visits import Visit
from cronofy_sandbox.services import accounts, clock, oauth
from cronofy_sandbox.services.accounts import SignInRefused
from cronofy_sandbox.services.oauth import AuthorizeRequest

# Where the browser keeps the account it last linked: the next login joins it unless the application avoids that.
REMEMBERED_ACCOUNT = "account"
SIGN_IN_STEPS = (Step.ACCOUNT, Step.EMAIL, Step.PASSWORD, Step.CREDENTIALS)
HEADINGS = {
    Step.LINK: "Link your {label} calendar",
    Step.ACCOUNT: "Choose an account",
    Step.EMAIL: "Sign in to {label}",
    Step.PASSWORD: "Enter your password",
    Step.CREDENTIALS: "Sign in to {label}",
    Step.CONSENT: "Let Calendar Link Sandbox use your {label} account?",
}


@dataclass
class Walk:
    """One request inside a visit: what the browser sent, what is remembered, who asks."""

    request: HttpRequest
    visit: Visit
    wanted: AuthorizeRequest
    application: Application

    def save(self) -> None:
        """Remember what changed."""
        visits.save(self.request.session, self.visit)

    def joined_account(self) -> Account | None:
        """Return the account that a new login will be added to, or None when it starts its own."""
        remembered = Account.objects.filter(uid=self.request.session.get(REMEMBERED_ACCOUNT, "")).first()
        return oauth.joined_account(self.wanted, remembered, now=clock.now())

    def page(self, template: str, heading: str, *, status: int = 200, **context: object) -> HttpResponse:
        """Render one page of the portal with what all of them show."""
        context |= {
            "visit": self.visit,
            "application": self.application,
            "service": self.visit.service,
            "heading": heading,
        }
        return render(self.request, f"sandbox/portal/{template}.html", context, status=status)

    def go_on(self) -> HttpResponse:
        """Send the browser to the first page that is not done."""
        return redirect(next_url(self.visit))


def next_url(visit: Visit) -> str:
    """Return the address of the first page of `visit` that is not done."""
    if visit.service is None:
        return reverse("portal", args=[visit.ticket])
    step = visit.next_step()
    if step is None:
        return reverse("portal-permission", args=[visit.ticket])
    return reverse("portal-step", args=[visit.ticket, step])


def problem_page(request: HttpRequest, code: str, *, detail: str = "") -> HttpResponse:
    """Render a problem from which no way leads back to the application."""
    problem = problems.PAGES[code]
    context = {"problem": problem, "heading": problem.heading, "detail": detail}
    return render(request, "sandbox/portal/problem.html", context, status=problem.status)


def inside_visit(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view a Walk instead of request and ticket; without a living visit, say that the request has expired."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, ticket: str, **rest: str) -> HttpResponse:
        try:
            visit = visits.load(request.session, ticket)
            wanted = AuthorizeRequest(**visit.wanted)
            walk = Walk(request, visit, wanted, wanted.application)
        except (visits.VisitEnded, Application.DoesNotExist):
            return problem_page(request, "expired")
        visit.hint = request.GET.get("email", visit.hint)
        return view(walk, **rest)

    return wrapped


@require_GET
@never_cache
def authorize(request: HttpRequest) -> HttpResponse:
    """Begin: check what the application asks for, then start a visit at the choice of a service or past it."""
    # https://docs.cronofy.com/developers/api/authorization/request-authorization/
    try:
        wanted = oauth.validate_request(request.GET.dict())
    except oauth.RequestRefused as refused:
        return problem_page(request, refused.code, detail=refused.code)
    except oauth.RedirectError as refused:
        return redirect(refused.url)
    visit = visits.start(request.session, asdict(wanted), hint=request.GET.get("email", ""))
    if wanted.provider in BY_KEY:
        visit.choose(BY_KEY[wanted.provider])
        visits.save(request.session, visit)
    return redirect(next_url(visit))


@require_http_methods(["GET", "POST"])
@inside_visit
def choose(walk: Walk) -> HttpResponse:
    """Offer the five services, or take the choice."""
    service = BY_KEY.get(walk.request.POST.get("service", ""))
    if service is not None:
        walk.visit.choose(service)
        walk.save()
        return walk.go_on()
    return walk.page("choose", "Choose your calendar service", services=SERVICES, linked_to=walk.joined_account())


@require_http_methods(["GET", "POST"])
@inside_visit
def step(walk: Walk, name: str) -> HttpResponse:
    """Show or take one step of the chosen service. Steps cannot be skipped."""
    if name not in list(Step):
        raise Http404
    current = Step(name)
    if not walk.visit.is_open(current):
        return walk.go_on()
    form = _form(walk, current)
    try:
        if walk.request.POST.get("action") == "demo":
            return _demo(walk)
        if form.is_bound and form.is_valid():
            return _take(walk, current, form)
    except SignInRefused as refused:
        if refused.code in problems.PAGES:
            walk.save()
            return redirect("portal-problem", walk.visit.ticket, refused.code)
        form = _refused_form(walk, form, refused.code)
    return _step_page(walk, current, form)


def _form(walk: Walk, current: Step) -> StepForm:
    kind = ServerForm if current is Step.CREDENTIALS and walk.visit.server_unknown else FORMS[current]
    return kind(walk.visit, walk.request.POST if walk.request.method == "POST" else None)


def _step_page(walk: Walk, current: Step, form: StepForm) -> HttpResponse:
    addresses = dict.fromkeys([*form.service.demo_addresses, walk.visit.demo_address])
    return walk.page(
        current,
        HEADINGS[current].format(label=form.service.label),
        status=422 if form.errors else 200,
        form=form,
        addresses=list(addresses),
        failures=[{"address": address, "meaning": meaning} for address, meaning in form.service.failures],
    )


def _take(walk: Walk, current: Step, form: StepForm) -> HttpResponse:
    """Do what a valid form says and go on. May raise SignInRefused."""
    visit, answers = walk.visit, form.cleaned_data
    if current in {Step.ACCOUNT, Step.EMAIL, Step.CREDENTIALS} and answers["email"]:
        _note_address(visit, answers["email"])
    if "password" in answers:
        _sign_in(walk, answers["password"], server_url=answers.get("server_url", ""))
    visit.finish(current)
    walk.save()
    return walk.go_on()


def _note_address(visit: Visit, address: str) -> None:
    """Remember the address and, with it, that no other page has to ask for it. May raise SignInRefused."""
    owner = owner_of(address)
    visit.email = address
    if owner is None or owner is not visit.service:
        raise SignInRefused("wrong_account_type", suggestion=owner.key if owner else "")
    visit.finish(Step.EMAIL)


def _demo(walk: Walk) -> HttpResponse:
    """Sign in without typing as the demo person. May raise SignInRefused."""
    walk.visit.email = walk.visit.demo_address
    _sign_in(walk, accounts.PASSWORD)
    walk.visit.finish(*SIGN_IN_STEPS)
    walk.save()
    return walk.go_on()


def _sign_in(walk: Walk, password: str, *, server_url: str = "") -> None:
    """Try the sign-in and remember who it was. May raise SignInRefused."""
    visit = walk.visit
    profile = accounts.sign_in(
        visit.service_key, visit.email, password, server_url=server_url, join=walk.joined_account()
    )
    visit.profile_uid = profile.uid


def _refused_form(walk: Walk, form: StepForm, code: str) -> StepForm:
    """Return the form with the refusal in its place; an unknown server brings the field for its address."""
    if code == "autodiscovery_failed" and isinstance(form, ServerForm):
        form.add_error("server_url", problems.form_error(code))
        return form
    if code == "autodiscovery_failed":
        walk.visit.server_unknown = True
        walk.save()
        form = ServerForm(walk.visit, walk.request.POST)
        form.add_error(None, problems.form_error(code))
        return form
    field = {"unknown_address": "email", "wrong_password": "password", "app_password_needed": "password"}.get(code)
    form.full_clean()
    form.add_error(field if field in form.fields else None, problems.form_error(code))
    return form


@require_http_methods(["GET", "POST"])
@inside_visit
def permission(walk: Walk) -> HttpResponse:
    """Ask whether the application may use the account; the answer sends the browser back to it."""
    visit = walk.visit
    profile = Profile.objects.select_related("account").filter(uid=visit.profile_uid).first()
    if visit.next_step() is not None or profile is None:
        return walk.go_on() if visit.next_step() else redirect("portal", visit.ticket)
    decision = walk.request.POST.get("decision")
    if decision == "allow":
        visits.end(walk.request.session, visit)
        walk.request.session[REMEMBERED_ACCOUNT] = profile.account.uid
        return redirect(oauth.issue_code(walk.wanted, profile))
    if decision == "deny":
        return _refuse(walk)
    return walk.page(
        "permission",
        f"Allow {walk.application.name} to use your calendar?",
        sentences=permission_sentences(walk.wanted.scope),
        return_host=urlsplit(walk.wanted.redirect_uri).netloc,
        linked_to=_other_login(profile),
    )


def _other_login(profile: Profile) -> str:
    """Return the account's own address when this login is a further one of it, else nothing."""
    return profile.account.email if profile.account.email != profile.name else ""


def _refuse(walk: Walk) -> HttpResponse:
    visits.end(walk.request.session, walk.visit)
    return redirect(walk.wanted.refusal_url())


@require_POST
@inside_visit
def cancel(walk: Walk) -> HttpResponse:
    """Go back to the application without linking anything."""
    return _refuse(walk)


@require_GET
@inside_visit
def problem(walk: Walk, code: str) -> HttpResponse:
    """Show trouble of this visit, with the ways on that there are."""
    found = problems.PAGES.get(code)
    if found is None:
        raise Http404
    owner = owner_of(walk.visit.email)
    return walk.page(
        "problem",
        found.heading,
        status=found.status,
        problem=found,
        switch_to=owner if code == "wrong_account_type" and owner is not walk.visit.service else None,
        try_again_url=next_url(walk.visit),
    )


@require_GET
@inside_visit
def app_password(walk: Walk) -> HttpResponse:
    """Explain app-specific passwords and hand out the sandbox's."""
    return walk.page(
        "help_app_password",
        "How to make an app-specific password",
        demo_password=accounts.APP_PASSWORD,
        back_url=next_url(walk.visit),
    )


@require_GET
@inside_visit
def ews(walk: Walk) -> HttpResponse:
    """Explain what the administrator of an Exchange server has to switch on."""
    return walk.page("help_ews", "Switching on Exchange Web Services", back_url=next_url(walk.visit))
