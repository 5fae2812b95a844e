"""systemd units of the laboratory's services, for the machine that captures.

They restart after any exit, without end and without root; the timer registers the session host's
rules again within a minute after that host lost them.
"""

from collections.abc import Sequence
from pathlib import Path

DEFAULT_DATA_PATH = "/var/analytics/data"

_HOME = "/opt/analytics"
_COMMAND = f"{_HOME}/bin/tallyhouse spinner"

_SERVICE = f"""[Unit]
Description={{description}}
Wants=network-online.target
After=network-online.target session-rules.service
StartLimitIntervalSec=0

[Service]
Type=notify
WatchdogSec=60
User=analytics
EnvironmentFile={_HOME}/.env
ExecStart={_COMMAND} {{words}}
Restart=always
RestartSec=2
TimeoutStopSec=30
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={{data_path}}

[Install]
WantedBy=multi-user.target
"""

_SESSION = """[Unit]
Description=Session host of the laboratory's streams
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=practable
Environment=VW_PORT=8888 VW_LOG_LEVEL=WARN
ExecStart=/usr/local/bin/session-relay host
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"""

_RULES = f"""[Unit]
Description=Rules of the session host
Wants=session.service
After=session.service

[Service]
Type=oneshot
User=analytics
EnvironmentFile={_HOME}/.env
ExecStart={_COMMAND} rules apply --wait 60
"""

_TIMER = """[Unit]
Description=Register the session host's rules, and again when it lost them

[Timer]
OnBootSec=10s
OnUnitInactiveSec=60s

[Install]
WantedBy=timers.target
"""


def units(data_path: str) -> dict[str, str]:
    """The units, by file name.

    Args:
        data_path: The one folder that capture and answers may write to.
    """
    return {
        "session.service": _SESSION,
        "session-rules.service": _RULES,
        "session-rules.timer": _TIMER,
        "spinner-capture@.service": _SERVICE.format(
            description="Capture of the stream %i", words="capture %i", data_path=data_path
        ),
        "spinner-answers.service": _SERVICE.format(
            description="Answers to the students' dashboards", words="answers", data_path=data_path
        ),
    }


def write_units(folder: Path, streams: Sequence[str], data_path: str) -> list[str]:
    """Write the units.

    Returns:
        The command that starts everything for these streams.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units(data_path).items():
        (folder / name).write_text(text)
    names = [
        "session.service",
        "session-rules.timer",
        *(f"spinner-capture@{stream}.service" for stream in streams),
        "spinner-answers.service",
    ]
    return ["systemctl", "enable", "--now", *names]
