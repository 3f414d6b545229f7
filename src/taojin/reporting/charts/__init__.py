"""Charts as inline SVG, fluid without a script.

No chart has a view box: positions across are percentages and sizes of type are
pixels, so a chart fills its column at any width and its words stay legible on a
telephone. Colours are classes; the page's style sheet gives them their light and
dark values.
"""
