# path: blog/models.py
from django.db import models


class EntryQuerySet(models.QuerySet):
    def published(self):
        return self.filter(live=True)  # calls: nothing


class EntryManager(models.Manager):
    def get_queryset(self):
        return EntryQuerySet(self.model)  # calls: ::EntryQuerySet

    def recent(self):
        return self.get_queryset().published()  # calls: ::EntryManager.get_queryset, ::EntryQuerySet.published


class Entry(models.Model):
    title = models.CharField()
    objects = EntryManager()  # calls: ::EntryManager
    live = EntryQuerySet.as_manager()

    def publish(self):
        return None


class Comment(models.Model):
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE)
    parent = models.ForeignKey("Comment", on_delete=models.CASCADE)

    def hide(self):
        self.entry.publish()  # calls: ::Entry.publish
        self.parent.hide()  # calls: ::Comment.hide


def use():
    Entry.objects.recent()  # calls: ::EntryManager.recent
    Entry.live.published()  # calls: ::EntryQuerySet.published
    Entry.live.published().first().publish()  # calls: ::EntryQuerySet.published, ::Entry.publish [candidate]
    Comment.objects.get(pk=1).hide()  # calls: ::Comment.hide
    Comment.objects.filter(x=1).order_by("y").first().hide()  # calls: ::Comment.hide
    Comment.objects.create().hide()  # calls: ::Comment.hide
    for comment in Comment.objects.all():
        comment.hide()  # calls: ::Comment.hide
# path: blog/views.py
def index(request):
    return None


def detail(request, pk):
    return None
# path: blog/urls.py
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.index),  # references: blog/views.py::index
    path("more/", include("blog.more_urls")),  # references: blog/more_urls.py
]
# path: blog/more_urls.py
urlpatterns = []
# path: app.py
from flask import Flask
from fastapi import FastAPI, Depends
from starlette.applications import Starlette
from starlette.routing import Route
from celery import shared_task
import click

app = Flask(__name__)
api = FastAPI()


class Session:
    def commit(self):
        return None


def get_session():
    yield Session()  # calls: ::Session


@app.route("/")  # decorates: ::home; calls: external:flask.Flask.route
def home():
    return None


@api.get("/")
def read(session: Session = Depends(get_session)):  # references: ::get_session
    session.commit()  # calls: ::Session.commit


def page(request):
    return None


routes = [Route("/", page)]  # references: ::page


@shared_task
def send_mail(to):
    return None


@click.group()
def cli():
    return None


@cli.command()  # references: ::cli
def run():
    home()  # calls: ::home


send_mail("x")  # calls: ::send_mail
send_mail.delay("x")  # calls: ::send_mail
send_mail.apply_async(args=["x"])  # calls: ::send_mail
home()  # calls: ::home
# path: tests/conftest.py
import pytest

from app import Session


@pytest.fixture
def session():
    made = Session()
    yield made
    made.commit()  # calls: app.py::Session.commit
# path: tests/test_app.py
import pytest


class Client:
    def get(self):
        return None


@pytest.fixture
def client(session):  # calls: tests/conftest.py::session
    session.commit()  # calls: app.py::Session.commit
    return Client()  # calls: ::Client


def test_client(client, session):  # calls: ::client, tests/conftest.py::session
    client.get()  # calls: ::Client.get
    session.commit()  # calls: app.py::Session.commit; tests: app.py::Session.commit
# path: plugins.py
import importlib

found = importlib.import_module("blog.views")
found.index(None)  # calls: blog/views.py::index
