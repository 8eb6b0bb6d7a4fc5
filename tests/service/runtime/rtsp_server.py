"""An RTSP server of GStreamer, for the Python that has its bindings: prints its port."""

import sys

import gi

gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)
server, media = GstRtspServer.RTSPServer(), GstRtspServer.RTSPMediaFactory()
server.set_service("0")
server.set_address("127.0.0.1")
media.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,"
    f"framerate=10/1 ! {sys.argv[1]} )"
)
media.set_shared(True)
server.get_mount_points().add_factory("/live", media)
if len(sys.argv) > 2:  # a user name and a password
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(sys.argv[2], sys.argv[3], token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    media.set_permissions(permissions)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
