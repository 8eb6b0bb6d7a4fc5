"""Files to begin with: cameras in each format, and a catalogue of each kind of list."""

from __future__ import annotations

CAMERAS = {
    "csv": """\
name,kind,url,latitude,longitude,city,country,industry,key
"Harbour, north pier",snapshot,https://cameras.example.org/7.jpg,53.54,9.97,Hamburg,Germany,port,DE-7
Lock 3,mjpeg,https://cameras.example.org/lock3,,,Bergen,Norway,,
Phone of the warden,push,,,,,,,
""",
    "json": """\
{"cameras": [
  {"name": "Harbour, north pier", "kind": "snapshot", "url": "https://cameras.example.org/7.jpg",
   "latitude": 53.54, "longitude": 9.97, "city": "Hamburg", "country": "Germany",
   "industry": "port", "key": "DE-7"},
  {"name": "Lock 3", "kind": "mjpeg", "url": "https://cameras.example.org/lock3",
   "city": "Bergen", "country": "Norway"},
  {"name": "Phone of the warden", "kind": "push"}
]}
""",
    "geojson": """\
{"type": "FeatureCollection", "features": [
  {"type": "Feature",
   "geometry": {"type": "Point", "coordinates": [9.97, 53.54]},
   "properties": {"name": "Harbour, north pier", "kind": "snapshot",
                  "url": "https://cameras.example.org/7.jpg", "industry": "port", "key": "DE-7"}},
  {"type": "Feature", "geometry": null,
   "properties": {"name": "Phone of the warden", "kind": "push"}}
]}
""",
}

_FIXED = """\
[fixed]                          # the same for all
kind = "snapshot"
interval = 60
source = "Northern harbours"
attribution = "Northern harbours, CC BY 4.0"
"""
CATALOGUES = {
    "json": f"""\
# catalogues/harbours.toml
url = "https://data.example.org/cameras?region=north"
format = "json"
list = "data.cameras"            # path to the list; empty if it is the whole file
refresh_minutes = 60

[fields]                         # field of a camera = path in a row
key = "id"                       # how a camera is known again; needed
name = "title.en"
latitude = "position.0"
longitude = "position.1"

[templates]                      # text with paths in braces
url = "https://data.example.org/cameras/{{id}}/latest.jpg"

{_FIXED}""",
    "geojson": f"""\
# catalogues/harbours.toml
url = "https://data.example.org/cameras.geojson"
format = "geojson"               # a point gives latitude and longitude by itself
refresh_minutes = 60

[fields]                         # field of a camera = path in a feature
key = "properties.id"            # how a camera is known again; needed
name = "properties.title"

[templates]                      # text with paths in braces
url = "https://data.example.org/cameras/{{properties.id}}/latest.jpg"

{_FIXED}""",
    "csv": f"""\
# catalogues/harbours.toml
url = "https://data.example.org/cameras.csv"
format = "csv"
refresh_minutes = 60

[fields]                         # field of a camera = name of a column
key = "id"                       # how a camera is known again; needed
name = "title"
latitude = "lat"
longitude = "lon"

[templates]                      # text with paths in braces
url = "https://data.example.org/cameras/{{id}}/latest.jpg"

{_FIXED}""",
}
