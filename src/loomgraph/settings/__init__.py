"""Settings: the only reader of environment variables and of the configuration file.

``load`` gives one frozen object that is passed down; nothing below reads the environment. What is set about one thing
is a group with a file of its own; all that is said of a setting stands in one line of its group. This package must not
know what the settings are used for.
"""

from __future__ import annotations

from loomgraph.settings.declaring import PREFIX as PREFIX
from loomgraph.settings.declaring import Field as Field
from loomgraph.settings.embedding import EmbeddingSettings as EmbeddingSettings
from loomgraph.settings.groups import FIELDS as FIELDS
from loomgraph.settings.groups import Settings as Settings
from loomgraph.settings.keeping import KeepingSettings as KeepingSettings
from loomgraph.settings.lightrag import LightRagSettings as LightRagSettings
from loomgraph.settings.llm import LlmSettings as LlmSettings
from loomgraph.settings.push import PushSettings as PushSettings
from loomgraph.settings.reading import load as load
from loomgraph.settings.storing import StoringSettings as StoringSettings
from loomgraph.settings.values import Address as Address
from loomgraph.settings.values import Secret as Secret
