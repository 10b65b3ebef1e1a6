"""Names of projects, for surfaces that plan projects before there are any."""

from loomgraph.workspaces.names import check as check
