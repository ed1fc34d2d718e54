"""The user interface: the parts that pages are put together from.

choose     the network and the clip; with networks (which there are), pairs (for Compare), backbone (fetched once)
gallery    clips as pictures, to filter, to sort and to step through; from shelves (which there are and what is known of
           them) with thumbnails, drawn by tiles; folders (those of the user's videos)
teaching   clips to begin with, chosen by a rule
cases      what a network says about a clip: everything below shows one
player     the player of clips, as a component
clip       the clip, the answer and the small disk
walk       the steps from grandparent to child, each with its best piece; why not the runner-up
evidence   prototypes of one level and what decides; pictures of them are made by pieces
whatif     what if the clip were another: hidden in part (region is drawn), cut short, without prototypes (absent), with
           another cue (truth: what is known of clips of Pantomime)
slides     one idea a screen, turned by keys; decks are what is told
duel       two networks: how they differ about a clip, and over the test set
listed     some test clips as tiles
exports    an explanation to take away, in all forms, and the disk
watch      a traced film in the player, and the disk in step with it
story      a reveal story
film       any film; with tracing (behind the pages)
timeline   when actions happen in a video; with detectors (which there are), detecting (behind the page), concepts (the
           clips near them), reasons (why, by a prototype network) and diagnosis (what is found wrongly)
attribution
           maps of several methods in step, with asking (of whom, about what), answering (what published networks say)
           and attributing (made behind the page)
behind     work behind the pages: stopped, told of, and gone with its session
results    what a network is worth; with results_cell (the matrix to click on), results_studies (what studies found),
           results_parts (a chart with its numbers and its command)
disk       the component that draws a scene and tells what was clicked
hierarchy  the disk with all that is known of its tree, of those in atlas
corrections
           prototypes that are marked as beside the point, with corrections_wall (pieces to mark) and corrections_tuning
           (the network tuned again without them)
node       one node of a network: its prototypes, its clips, how often it is right
below, ahead
           what waits until somebody is near it, and what is done before anybody asks
links, window, text, guard, sharing
           addresses, what only the browser knows, names from outside, errors in one line, who may see what

Only this package, the pages and app.py know streamlit. What is cached is bounded and shared between sessions, so
nothing in it may be changed after it was made. A new page is a file in `pages/` and a line in app.py.
"""
