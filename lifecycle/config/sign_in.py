"""The settings of django-allauth; part of `settings.py`."""

from urllib.parse import urlsplit

from lifecycle.config.cache import ProcessRates
from lifecycle.config.env import env, sign_in_providers, site_url

_SITE = site_url()
_OURS = "lifecycle.people"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "requests"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)

ACCOUNT_ADAPTER = f"{_OURS}.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = f"{_OURS}.forms.SignupForm"
ACCOUNT_FORMS = {
    name: f"{_OURS}.sign_in.forms.{form}"
    for name, form in {
        "login": "SignIn",
        "signup": "SignUp",
        "add_email": "AddAddress",
        "change_password": "ChangePassword",
        "set_password": "SetPassword",
        "reset_password": "ForgotPassword",
        "reset_password_from_key": "NewPassword",
        "reauthenticate": "SignInAgain",
    }.items()
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that has just given the password
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Emeritus: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(_SITE).scheme
ACCOUNT_REAUTHENTICATION_REQUIRED = True

MFA_ADAPTER = f"{_OURS}.sign_in.second_factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Emeritus"
MFA_TOTP_TOLERANCE = 1  # accepts a clock that is 30 seconds off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _SITE.startswith("https://")
MFA_FORMS = {
    name: f"{_OURS}.sign_in.second_factor_forms.{form}"
    for name, form in {
        "authenticate": "ShowCode",
        "reauthenticate": "ShowCodeAgain",
        "authenticate_webauthn": "ShowPasskey",
        "reauthenticate_webauthn": "ShowPasskeyAgain",
        "login_webauthn": "SignInWithPasskey",
        "activate_totp": "AddApp",
        "add_webauthn": "AddPasskey",
        "edit_webauthn": "RenamePasskey",
    }.items()
}
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", _SITE.startswith("https://"))

# allauth's defaults; while Valkey is away, each process enforces its own share.
ACCOUNT_RATE_LIMITS = ProcessRates(
    {
        "login": "30/m/ip",
        "login_failed": "10/m/ip,5/300s/key",
        "reauthenticate": "10/m/user",
        "change_password": "5/m/user",
        "reset_password": "20/m/ip,5/m/key",
        "reset_password_from_key": "20/m/ip",
        "signup": "20/m/ip",
        "manage_email": "10/m/user",
    }
)

SIGN_IN_PROVIDERS = sign_in_providers()
SOCIALACCOUNT_ADAPTER = f"{_OURS}.sign_in.external_accounts.IdentityAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False  # new people enter their name first
SOCIALACCOUNT_FORMS = {
    "signup": f"{_OURS}.sign_in.forms.SignUpWithIdentity",
    "disconnect": f"{_OURS}.sign_in.forms.Disconnect",
}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"APPS": [each.as_app() for each in SIGN_IN_PROVIDERS.values()]}
}

USERSESSIONS_TRACK_ACTIVITY = False
