"""Addresses of what staff do with comments, and of the review desk."""

from django.urls import path

from course_admin.review import views
from course_admin.review.clusters import views as cluster_views
from course_admin.review.eyes import views as eyes_views
from course_admin.review.insights import views as insight_views
from course_admin.review.rubric import views as rubric_views
from course_admin.review.rubric import writing as rubric_writing
from course_admin.review.similarity import views as similarity_views
from course_admin.review.submissions_list import views as list_views
from course_admin.submissions import converters  # noqa: F401 - registers them

DESK = "courses/<slug:slug>/assignments/<slug:assignment>/"

urlpatterns = [
    path("comments/<int:comment>/release/", views.release, name="comment-release"),
    path("comments/<int:comment>/delete/", views.delete, name="comment-delete"),
    path("courses/<slug:slug>/insights/", insight_views.course_insights, name="course-insights"),
    path("courses/<slug:slug>/needs-eyes/", eyes_views.needs_eyes, name="needs-eyes"),
    path(f"{DESK}submissions/", list_views.submissions, name="submissions"),
    path(f"{DESK}submissions/<attempt:public_id>/", list_views.submission, name="submission"),
    path(f"{DESK}failures/", cluster_views.failures, name="failures"),
    path(f"{DESK}failures/<slug:key>/", cluster_views.failure, name="failure"),
    path(f"{DESK}failures/<slug:key>/answer/", cluster_views.answer, name="failure-answer"),
    path(f"{DESK}failures/<slug:key>/withdraw/", cluster_views.withdraw, name="failure-withdraw"),
    path(f"{DESK}failures/<slug:key>/split/", cluster_views.split, name="failure-split"),
    path(f"{DESK}failures/<slug:key>/merge/", cluster_views.merge, name="failure-merge"),
    path(f"{DESK}failures/<slug:key>/regrade/", cluster_views.regrade, name="failure-regrade"),
    path(f"{DESK}failures/compare/<attempt:one>/<attempt:other>/", cluster_views.compare, name="failure-compare"),
    path(f"{DESK}similarity/", similarity_views.similarity, name="similarity"),
    path(f"{DESK}similarity/compare/", similarity_views.compare, name="similarity-compare"),
    path(f"{DESK}similarity/texts/", similarity_views.add_text, name="similarity-text-add"),
    path(f"{DESK}similarity/texts/<int:text>/remove/", similarity_views.remove_text, name="similarity-text-remove"),
    path(f"{DESK}similarity/<slug:one>/<slug:other>/", similarity_views.side_by_side, name="side-by-side"),
    path(f"{DESK}by-hand/", rubric_views.by_hand, name="by-hand"),
    path(f"{DESK}by-hand/next/", rubric_views.following, name="by-hand-next"),
    path(f"{DESK}by-hand/rubric/", rubric_writing.rubric, name="by-hand-rubric"),
    path(f"{DESK}by-hand/deal/", rubric_views.deal, name="by-hand-deal"),
    path(f"{DESK}by-hand/calibration/", rubric_views.calibration, name="by-hand-calibration"),
    path(f"{DESK}by-hand/<int:grading>/", rubric_views.grade, name="by-hand-grade"),
    path(f"{DESK}insights/", insight_views.insights, name="insights"),
    path(f"{DESK}insights/<slug:table>.csv", insight_views.insights_csv, name="insights-csv"),
]
