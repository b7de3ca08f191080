"""The files for production (contrib/, Dockerfile, compose.yaml) keep their rules and agree with code and docs."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from config.local.places import ROOT
from messaging.endpoints import MOST_BYTES
from tests import shipped

UNITS = sorted(path.stem.removeprefix("telnyx-desk-") for path in shipped.UNITS.glob("*.service"))
OURS = ("web", "webhooks", "worker", "beat", "migrate")
# What a timer starts, and what ends by itself.
JOBS = ("backup", "backup-verify")
PROCESSES = [name for name in UNITS if name not in JOBS]
HARDENED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "SystemCallFilter": "@system-service",
    "User": "telnyx-desk",
    "UMask": "0077",
}
# Of the image, of PostgreSQL's image, and of Python.
NOT_OURS = {
    *(
        "PATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_NO_CACHE_DIR",
    ),
    *("POSTGRES_USER", "POSTGRES_DB"),
}


def named_on_the_page() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.M))


def seconds(text: str) -> int:
    return int(re.fullmatch(r"(\d+)s?", str(text))[1])


def test_there_is_a_unit_for_each_process():
    assert PROCESSES == ["beat", "web", "webhooks", "worker@"]
    assert set(JOBS) < set(UNITS)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_gives_its_process_few_rights(name):
    unit = shipped.unit(name)

    assert {key: unit.get(key) for key in HARDENED} == {key: [value] for key, value in HARDENED.items()}
    if name in JOBS:
        assert unit["Type"] == ["oneshot"]
        return
    assert unit["KillMode"] == ["mixed"], "SIGTERM to Celery's children would end their calls to Telnyx"
    assert unit["RestartPreventExitStatus"] == ["3"], "what messaging.checks exits with"


def test_whatever_stops_a_worker_gives_it_longer_than_a_task_can_take():
    longest = max(
        settings.CELERY_TASK_TIME_LIMIT,
        settings.CELERY_TASK_SOFT_TIME_LIMIT,
        settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT,
    )
    (unit,) = shipped.unit("worker@")["TimeoutStopSec"]
    (pod,) = [pod for name, pod in pods() if name == "worker"]

    assert seconds(unit) > longest
    assert seconds(shipped.compose()["services"]["worker"]["stop_grace_period"]) > longest
    assert pod["terminationGracePeriodSeconds"] > longest


@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_a_unit(name, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on this machine")
    text = (shipped.UNITS / f"telnyx-desk-{name}.service").read_text()
    # It wants the program to exist.
    copy = tmp_path / f"telnyx-desk-{name}.service"
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))

    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )

    said = [line for line in done.stderr.splitlines() if "telnyx-desk" in line]
    assert (done.returncode, said) == (0, [])


def test_nginx_accepts_the_site_and_its_limits_are_those_of_the_code(tmp_path):
    shipped.check_nginx(shipped.site(tmp_path, tls=1443, plain=1080, web=1801, webhooks=1802))

    text = shipped.NGINX.read_text()
    webhooks = text.partition("location /webhooks/telnyx {")[2].partition("}")[0]
    assert f"client_max_body_size {MOST_BYTES >> 20}m;" in webhooks
    assert "proxy_pass http://telnyx_desk_webhooks;" in webhooks
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in text
    logged = re.search(r"log_format.*?;", text, re.S)[0]
    assert not re.search(r"\$(request|request_uri|args|query_string|uri|http_\w+)\b", logged)


def test_the_image_is_built_from_pinned_things_and_runs_without_rights():
    steps = shipped.dockerfile()
    words = [word for word, _ in steps]
    text = " ".join(rest for _, rest in steps)

    bases = [rest.split()[0] for word, rest in steps if word == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)
    assert "ADD" not in words
    assert "ARG" not in words
    assert "--require-hashes --only-binary :all:" in text
    assert "PIP_NO_CACHE_DIR=1" in text
    assert "apt-get" not in text or "rm -rf /var/lib/apt/lists" in text
    assert not re.search(r"\b(sudo|curl|wget)\b|chmod\s+777", text)
    assert [rest for word, rest in steps if word == "USER"] == ["10001:10001"]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in ("RUN", "COPY"))
    assert "/healthz" in next(rest for word, rest in steps if word == "HEALTHCHECK")
    assert words.count("CMD") == 1
    assert next(rest for word, rest in steps if word == "CMD").startswith("[")


@pytest.mark.system
def test_what_goes_into_the_image_is_enough_to_start_and_holds_no_secret(tmp_path):
    """Copies what .dockerignore lets through, and does there what the Dockerfile does."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        source, leave = ROOT / name, shutil.ignore_patterns("__pycache__", "*.pyc")
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=leave)
        else:
            shutil.copy(source, tmp_path / name)
    bare = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "STATIC_ROOT": str(tmp_path / "var" / "static"),
    }
    start = {
        name: os.environ[name]
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DOCUMENT_KEYS", "TELNYX_PUBLIC_KEYS")
    } | {"ALLOWED_HOSTS": "desk.example.com", "TELNYX_API_KEY": "KEY-invented"}

    def done(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=bare | more,
            capture_output=True,
            text=True,
            check=False,
        )

    collected = done("manage.py", "collectstatic", "--noinput")
    started = done("-c", "import config.wsgi, config.celery", **start)

    assert collected.returncode == 0, collected.stderr
    assert (tmp_path / "var" / "static" / "desk" / "desk.css").exists()
    assert started.returncode == 0, started.stderr
    assert not any((tmp_path / name).exists() for name in (".env", ".git", "var/documents", "tests"))


def test_compose_runs_everything_without_rights_and_waits_for_what_it_needs():
    services = shipped.compose()["services"]

    assert set(services) == {*OURS, "postgres", "valkey", "caddy"}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or name in ("web", "webhooks"), name
        assert "privileged" not in service
        image = service["image"]
        assert image == "telnyx-desk" or re.search(r":[\d.]+(-\w+)?$", image), name
    for name in OURS:
        service = services[name]
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]
        assert service["env_file"] == ".env"
        if name != "migrate":
            assert service["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["restart"] == "no"
    assert services["webhooks"]["environment"]["WEBHOOK_ONLY"] == "1"
    assert "WEBHOOK_ONLY" not in services["web"]["environment"]
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]
    assert shipped.compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey"):
        assert services[name]["networks"] == ["inside"]


def test_compose_and_the_units_start_the_same_programs():
    services = shipped.compose()["services"]

    def program(line: list[str]) -> list[str]:
        """Return a command line without what differs: its address, and the name of one worker among several."""
        return re.sub(r" --(bind|hostname) \S+", "", " ".join(line)).split()

    units = {name.strip("@"): program(shipped.command(name)) for name in PROCESSES}
    assert units == {name: program(services[name]["command"]) for name in OURS if name != "migrate"}
    deployed = {name: pod["containers"][0]["args"] for name, pod in pods() if name not in ("migrate", *JOBS)}
    assert units == {name: program(args) for name, args in deployed.items()}


def test_a_timer_and_a_cron_job_make_backups_and_check_them():
    started = {name: pod["containers"][0]["args"] for name, pod in pods() if name in JOBS}

    assert started == {name: shipped.command(name) for name in JOBS}
    for name in JOBS:
        timer = (shipped.UNITS / f"telnyx-desk-{name}.timer").read_text()
        assert re.search(r"^OnCalendar=.*\d$", timer, re.M)
        assert "Persistent=true" in timer
        assert "WantedBy=timers.target" in timer
    # What they write must be inside what the unit may write to.
    assert shipped.command("backup")[-1].startswith("/var/lib/" + shipped.unit("backup")["StateDirectory"][0])
    assert "--verify" in started["backup-verify"]
    assert "--keep" in started["backup"]


def pods() -> list[tuple[str, dict]]:
    """Return the pods of Kubernetes by the name of what makes them."""
    return [
        (each["metadata"]["name"], each["spec"].get("jobTemplate", each)["spec"]["template"]["spec"])
        for each in shipped.kubernetes()
        if each["kind"] in ("Deployment", "Job", "CronJob")
    ]


def test_pods_have_no_rights_and_no_probe_takes_all_of_them_out():
    assert sorted(name for name, _ in pods()) == sorted([*OURS, *JOBS])
    for name, pod in pods():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "/readyz" not in yaml.safe_dump(container)
        variables = {each["name"]: each["value"] for each in container.get("env", [])}
        assert variables == ({"WEBHOOK_ONLY": "1"} if name == "webhooks" else {})


def test_kubectl_accepts_the_folder():
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on this machine")

    done = subprocess.run(
        ["kubectl", "kustomize", "contrib/kubernetes"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("image: registry.example.com/telnyx-desk:") == len([*OURS, *JOBS])


def named_in_the_files() -> set[str]:
    """Return every environment variable that a file for production sets or reads."""
    found = {name for unit in UNITS for name in shipped.environment(unit)}
    for word, rest in shipped.dockerfile():
        if word == "ENV":
            found |= set(re.findall(r"(\w+)=", rest))
    for service in shipped.compose()["services"].values():
        found |= set(service.get("environment", {}))
    for path in [ROOT / "compose.yaml", *(ROOT / "contrib").rglob("*")]:
        if path.is_file():
            found |= set(re.findall(r"\{\$?([A-Z][A-Z_]+)[:?}]", path.read_text()))
    for each in shipped.kubernetes():
        for generator in each.get("configMapGenerator", []):
            found |= {literal.partition("=")[0] for literal in generator["literals"]}
    return found


def test_every_variable_in_these_files_is_on_the_page_of_settings():
    found = named_in_the_files()

    assert {"WEBHOOK_ONLY", "POSTGRES_PASSWORD", "TRUSTED_PROXY", "PUBLIC_URL", "STATIC_ROOT"} <= found
    assert found - NOT_OURS <= named_on_the_page()


def test_no_file_holds_a_secret():
    for path in [ROOT / "Dockerfile", ROOT / "compose.yaml", *(ROOT / "contrib").rglob("*")]:
        if path.is_file():
            text = path.read_text()
            assert not re.search(r"(SECRET_KEY|DOCUMENT_KEYS|API_KEY|PASSWORD)\s*[=:]\s*[\w'\"]", text), path
