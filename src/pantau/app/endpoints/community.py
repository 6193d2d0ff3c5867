"""Forms, endpoints and operators' pages of what visitors and operators say to each other."""

from fastapi import APIRouter

from pantau.admin.announcements import AnnouncementPages, AnnouncementServices
from pantau.admin.camera_notice import CameraNoticePages
from pantau.admin.feedback import FeedbackInbox
from pantau.admin.pages import MakePages
from pantau.app.areas import area_service
from pantau.app.community import Community
from pantau.app.doors import Doors
from pantau.feedback.api import FeedbackApi
from pantau.notices.api import NoticeApi
from pantau.portal.feedback.page import FeedbackPages
from pantau.portal.watch.votes import VotePages
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses


def community_routers(community: Community, clients: ClientAddresses) -> tuple[APIRouter, ...]:
    """Return the endpoints."""
    feedback = FeedbackApi(
        community.feedback, community.votes, senders=community.senders, clients=clients
    )
    notices = NoticeApi(
        community.announcements, community.notices, clients=clients, clock=community.base.clock
    )
    groups = (
        feedback.endpoints,
        feedback.votes,
        notices.announcements,
        notices.cameras,
        notices.areas,
        notices.hub,
    )
    return tuple(group.router for group in groups)


def community_forms(community: Community, pages: Pages, doors: Doors) -> tuple[APIRouter, ...]:
    """Return the form `/masukan` and the votes `/suara`."""
    form = FeedbackPages(
        community.feedback,
        senders=community.senders,
        stamps=community.stamps,
        pages=pages,
        csrf=doors.csrf,
        clients=doors.clients,
    )
    voting = VotePages(community.votes, community.catalogue, community.senders)
    return (form.endpoints.router, voting.endpoints.router)


def community_pages(community: Community) -> tuple[MakePages, ...]:
    """Return the pages of operators, for `Services.further`."""
    catalogue, areas = community.catalogue, area_service(community.base).public
    announcing = AnnouncementServices(
        announcements=community.announcements,
        catalogue=catalogue,
        areas=areas,
        clock=community.base.clock,
    )
    return (
        lambda frame: FeedbackInbox(frame, feedback=community.feedback, catalogue=catalogue),
        lambda frame: AnnouncementPages(frame, announcing),
        lambda frame: CameraNoticePages(
            frame, notices=community.notices, catalogue=catalogue, areas=areas
        ),
    )
