"""Addresses of news and of their settings."""

from django.urls import path

from course_admin.notifications import views

urlpatterns = [
    path("news/", views.news, name="news"),
    path("news/read/", views.read_all, name="news-read"),
    path("news/settings/", views.preferences, name="news-settings"),
    path("news/<int:news_id>/", views.open_news, name="news-open"),
    path("news/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
