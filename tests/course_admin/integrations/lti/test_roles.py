"""What a platform's roles make of somebody: only roles in the course count, and of a sub-role what stands before it."""

import pytest

from course_admin.integrations.lti.roles import role_in_course, teaches

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
COURSE, PERSON = f"{LIS}membership", f"{LIS}institution/person"


@pytest.mark.parametrize(
    ("roles", "ours"),
    [
        ([f"{COURSE}#Learner"], "student"),
        ([f"{COURSE}#Instructor"], "instructor"),
        ([f"{COURSE}#Mentor"], "observer"),
        ([f"{COURSE}#Instructor", f"{COURSE}/Instructor#TeachingAssistant"], "TA"),
        ([f"{COURSE}/Instructor#TeachingAssistantSection", f"{COURSE}#Instructor"], "TA"),
        ([f"{COURSE}#Instructor", f"{COURSE}/Instructor#Grader"], "TA"),
        ([f"{COURSE}/Instructor#PrimaryInstructor"], "instructor"),
        (["Learner"], "student"),
        (["Instructor", "TeachingAssistant"], "TA"),
        (["urn:lti:role:ims/lis/Instructor"], "instructor"),
        ([f"{PERSON}#Instructor", f"{COURSE}#Learner"], "student"),  # teaches at the university, learns in this course
        (["urn:lti:instrole:ims/lis/Instructor", f"{COURSE}#Learner"], "student"),
        ([f"{COURSE}/Learner#Instructor"], "student"),
        ([f"{COURSE}/Mentor#LearnerInstructor"], "observer"),
        ([f"{PERSON}#Instructor"], ""),
        ([f"{LIS}system/person#Administrator"], ""),
        (["https://evil.example/membership#Instructor"], ""),
        ([f"{COURSE}#Learner\n"], ""),
        ([{}, None, 7], ""),
        ("Instructor", ""),
        (None, ""),
    ],
)
def test_what_somebody_is_in_the_course(roles, ours):
    assert role_in_course(roles) == ours
    assert teaches(roles) is (ours == "instructor")


@pytest.mark.parametrize("role", ["Administrator", "ContentDeveloper"])
def test_who_keeps_a_course_there_may_link_it_and_is_nobody_on_the_roster(role):
    assert teaches([f"{COURSE}#{role}"])
    assert role_in_course([f"{COURSE}#{role}"]) == ""
    assert not teaches([f"{PERSON}#{role}"])
