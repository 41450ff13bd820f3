"""What allauth registers is taken out of the back office: its rows are credentials, and nobody mends those by hand.

Who lost their second factor is helped by `manage.py forget_second_factor NAME`.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])
