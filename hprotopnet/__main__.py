"""`python -m hprotopnet COMMAND`: what can be done without the app."""

from hprotopnet import cli
from hprotopnet.commands.detecting import detect, detector, detectors, features, showcase
from hprotopnet.commands.explaining import attribute, correct, explain, trace
from hprotopnet.commands.footage import classify, fetch, networks, pantomime
from hprotopnet.commands.measuring import bench, displacement, evaluate, stories, study, tables, verify
from hprotopnet.commands.trees import check, embed
from hprotopnet.commands.truths import attributions, cues, pays, schedules, truth

COMMANDS = (
    *(check, embed, fetch, networks, classify, pantomime, stories),
    *(evaluate, truth, attributions, schedules, cues, pays, study, displacement, tables),
    *(features, detector, detect, showcase, detectors),
    *(explain, attribute, trace, correct, verify, bench),
)
app = cli.new_app()


@app.callback()
def main() -> None:
    """Hierarchical ProtoPNet: embed trees, render videos, evaluate and explain networks, verify them, measure speed."""


for command in COMMANDS:
    app.command()(command)

if __name__ == "__main__":
    cli.run(app)
