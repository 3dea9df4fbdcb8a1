# SPDX-License-Identifier: MIT
"""Cost against size, as an SVG: both axes logarithmic, readable on light and on dark."""
import html
import math

WIDTH, LABEL = 900, 14
LEFT, RIGHT, TOP, BOTTOM = 76, 270, 56, 60
# Colours that stand out on both grounds, each with a mark of its own for who cannot tell them apart.
COLOURS = ["#3b82f6", "#ef4444", "#10a37f", "#d97706", "#a855f7", "#0ea5b7", "#ec4899", "#84a316", "#8b7355", "#6b7f99"]
DASHES = ["", "7 3", "2 3"]
STYLE = """
  svg { background: #fff; font: 13px system-ui, sans-serif; }
  text { fill: #24292f; } .grid { stroke: #d8dee4; } .axis { stroke: #57606a; } .title { font-size: 16px; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; } text { fill: #e6edf3; } .grid { stroke: #30363d; } .axis { stroke: #8b949e; }
  }"""


class Scale:
    """A logarithmic axis from pixel `start` to pixel `end`, over whole decades."""

    def __init__(self, values, start, end):
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        if self.high == self.low:
            self.high += 1
        self.start, self.end = start, end

    def at(self, value):
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        return [10 ** n for n in range(self.low, self.high + 1)]


def lines_of(rows):
    """name -> [(size, cost)], with as many clients as were measured."""
    lines = {}
    for row in sorted(rows, key=lambda row: row["clients"]):
        lines.setdefault(row["what"], {})[row["size"]] = row["cost_us"]
    return {name: sorted(points.items()) for name, points in lines.items()}


def cost_text(microseconds):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return "%g %s" % (microseconds / size, unit)
    return "%g µs" % microseconds


def spread(wanted, gap, top, bottom):
    """Places for labels as near to the wanted ones as they can be without one on the other."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places, least = list(wanted), top
    for i in order:
        places[i] = max(wanted[i], least)
        least = places[i] + gap
    for i in reversed(order):  # what is pushed out below pushes the others up
        places[i] = min(places[i], bottom)
        bottom = places[i] - gap
    return places


def svg(rows, title):
    lines = lines_of(rows)
    height = max(560, TOP + BOTTOM + LABEL * len(lines))
    floor = height - BOTTOM
    x = Scale([row["size"] for row in rows], LEFT, WIDTH - RIGHT)
    y = Scale([row["cost_us"] for row in rows], floor, TOP)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">' % (WIDTH, height),
           "<style>%s</style><title>%s</title>" % (STYLE, html.escape(title)), text(LEFT, 26, title, css="title")]
    for size in x.ticks():
        out += [rule(x.at(size), TOP, x.at(size), floor),
                text(x.at(size), floor + 20, "{:,}".format(size), "middle")]
    for cost in y.ticks():
        out += [rule(LEFT, y.at(cost), WIDTH - RIGHT, y.at(cost)), text(LEFT - 8, y.at(cost) + 4, cost_text(cost), "end")]
    out += [rule(LEFT, floor, WIDTH - RIGHT, floor, "axis"), rule(LEFT, TOP, LEFT, floor, "axis"),
            text((LEFT + WIDTH - RIGHT) / 2, height - 16, "users", "middle"),
            text(LEFT, TOP - 10, "processor time of scim-fcgi for a request")]
    ends = [y.at(points[-1][1]) for points in lines.values()]
    for i, ((name, points), label) in enumerate(zip(lines.items(), spread(ends, LABEL, TOP, floor))):
        out.append(curve(i, [(x.at(size), y.at(cost)) for size, cost in points], name, label))
    return "\n".join(out + ["</svg>", ""])


def curve(i, points, name, label):
    colour = COLOURS[i % len(COLOURS)]
    dash = DASHES[i // len(COLOURS) % len(DASHES)]
    path = " ".join("%.1f,%.1f" % point for point in points)
    dots = "".join('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (px, py, colour) for px, py in points)
    px, py = points[-1]
    edge = WIDTH - RIGHT + 14
    return ('<g><title>%s</title><polyline points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>%s'
            '<path d="M%.1f %.1fL%.1f %.1f" stroke="%s" stroke-opacity=".4" fill="none"/>'
            '<text x="%.1f" y="%.1f" font-size="11">%s</text></g>' % (
                html.escape(name), path, colour, dash, dots, px + 4, py, edge - 3, label, colour, edge, label + 4,
                html.escape(name)))


def text(x, y, words, anchor="start", css=""):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>' % (x, y, anchor, css, html.escape(words))


def rule(x1, y1, x2, y2, css="grid"):
    return '<path d="M%.1f %.1fL%.1f %.1f" class="%s" fill="none"/>' % (x1, y1, x2, y2, css)
