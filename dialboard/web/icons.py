"""The icons, drawn on a 24 by 24 field with a round pen; `{% icon "name" %}` puts one into a page."""

ICONS: dict[str, str] = {
    "home": '<path d="M4 11.2 12 4.5l8 6.7"/><path d="M6 9.8V19a.8.8 0 0 0 .8.8h10.4a.8.8 0 0 0 .8-.8V9.8"/>'
    '<path d="M10 19.6v-5h4v5"/>',
    "board": '<rect x="4" y="4" width="7" height="9" rx="1.6"/><rect x="14" y="4" width="6" height="5" rx="1.6"/>'
    '<rect x="14" y="12" width="6" height="8" rx="1.6"/><rect x="4" y="16" width="7" height="4" rx="1.6"/>',
    "connections": '<path d="M9.5 14.5 14.5 9.5"/><path d="M11 6.8 13.2 4.6a4.4 4.4 0 0 1 6.2 6.2L17.2 13"/>'
    '<path d="M13 17.2l-2.2 2.2a4.4 4.4 0 0 1-6.2-6.2L6.8 11"/>',
    "destinations": '<path d="M4.5 12h8"/><path d="M9.6 8.6 13 12l-3.4 3.4"/>'
    '<path d="M12.5 4.5h5A1.5 1.5 0 0 1 19 6v12a1.5 1.5 0 0 1-1.5 1.5h-5"/>',
    "events": '<path d="M3.5 12h3.6l2.6-6.8 4.6 13.6 2.6-6.8h3.6"/>',
    "credentials": '<circle cx="8.2" cy="15.8" r="3.7"/><path d="m10.9 13.1 8.3-8.3"/><path d="m15.5 8.5 2.6 2.6"/>',
    "more": '<circle cx="5.5" cy="12" r=".6"/><circle cx="12" cy="12" r=".6"/><circle cx="18.5" cy="12" r=".6"/>',
    "plus": '<path d="M12 5.5v13M5.5 12h13"/>',
    "check": '<path d="m5.5 12.8 4.2 4.2 8.8-9.6"/>',
    "cross": '<path d="m6.8 6.8 10.4 10.4M17.2 6.8 6.8 17.2"/>',
    "up": '<path d="M12 18.5v-13M6.5 11 12 5.5l5.5 5.5"/>',
    "down": '<path d="M12 5.5v13M6.5 13l5.5 5.5 5.5-5.5"/>',
    "level": '<path d="M5.5 12h13"/>',
    "caret": '<path d="m8 10 4 4 4-4"/>',
    "updown": '<path d="m8 9.5 4-4 4 4M8 14.5l4 4 4-4"/>',
    "right": '<path d="m9.5 6.5 5.5 5.5-5.5 5.5"/>',
    "arrow": '<path d="M5 12h14M13.5 6.5 19 12l-5.5 5.5"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11.2v5M12 7.9v.2"/>',
    "warning": '<path d="M12 4.6 3.8 18.8h16.4z"/><path d="M12 10.4v3.8M12 16.4v.1"/>',
    "clock": '<circle cx="12" cy="12" r="8.3"/><path d="M12 7.4V12l3 2"/>',
    "refresh": '<path d="M19.2 12a7.2 7.2 0 1 1-2.3-5.3"/><path d="M19.4 3.8v4.1h-4.1"/>',
    "table": '<rect x="4" y="5" width="16" height="14" rx="1.8"/><path d="M4 10h16M10 10v9"/>',
    "chart": '<path d="M4.5 4.5v13a2 2 0 0 0 2 2h13"/><path d="m8 14 3.4-4.2 3 2.6 4.2-5.6"/>',
    "sun": '<circle cx="12" cy="12" r="3.8"/><path d="M12 3.4v2M12 18.6v2M3.4 12h2M18.6 12h2M6 6l1.4 1.4M16.6 '
    "16.6 18 18"
    'M18 6l-1.4 1.4M7.4 16.6 6 18"/>',
    "moon": '<path d="M19.4 14.2A8 8 0 0 1 9.8 4.6a8 8 0 1 0 9.6 9.6z"/>',
    "system": '<rect x="3.8" y="5" width="16.4" height="11" rx="1.6"/><path d="M9 19.6h6M12 16v3.6"/>',
    "exit": '<path d="M14 4.5H6.8A1.3 1.3 0 0 0 5.5 5.8v12.4a1.3 1.3 0 0 0 1.3 1.3H14"/><path d="M10 12h10M16.5 '
    '8.5 20 12l-3.5 3.5"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5V6.3a1.8 1.8 0 0 '
    "0-1.8-1.8H6.3a1.8 1.8 0 0 0-1.8 1.8v7.4"
    'a1.8 1.8 0 0 0 1.8 1.8h2.2"/>',
    "sparkle": '<path d="M12 4c.7 4.6 3.4 7.3 8 8-4.6.7-7.3 3.4-8 8-.7-4.6-3.4-7.3-8-8 4.6-.7 7.3-3.4 8-8z"/>',
    "phone": '<path d="M6.6 4.5h2.6l1.5 4-2 1.4a11 11 0 0 0 5.4 5.4l1.4-2 4 1.5v2.6a1.9 1.9 0 0 1-2 1.9A14.6 14.6 '
    '0 0 1 4.7 6.5a1.9 1.9 0 0 1 1.9-2z"/>',
    "trash": '<path d="M4.8 7h14.4M9.5 7V4.8h5V7M6.8 7l.8 12.2h8.8L17.2 7"/>',
    "mail": '<rect x="3.8" y="5.5" width="16.4" height="13" rx="1.8"/><path d="m4.4 7 7.6 6 7.6-6"/>',
    "lock": '<rect x="5.5" y="10.5" width="13" height="9" rx="1.8"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>',
    "swap": '<path d="M4.5 8.5h14M15 5l3.5 3.5L15 12M19.5 15.5h-14M9 12l-3.5 3.5L9 19"/>',
}
