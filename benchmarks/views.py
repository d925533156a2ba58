"""How good and how fast the shipped view classifier is.

    python benchmarks/views.py [--images 800] [--patients 60] [--camus path/to/camus]
        [--dicom path/to/files]

Prints, and with `--figure out` draws (confusion matrix and reliability):
- image-wise: F1 of four-chamber on the simulator's stream of views, by a seed that it was not
  trained with; many of these single images are cut off at the atria or at the side;
- image-wise on held-out simulated patients: the same on frames of whole clips, every view of
  each patient once;
- clip-wise: the same on these clips, as the rule classify_view decides them (with the second
  opinion);
- real images (with --camus): four-chamber of the validation patients that are taken for it,
  and of the same ones re-arranged, by kind, how many are;
- what every DICOM image or clip of a folder (with --dicom) is taken for, whole screens as they
  are stored, stills too, whatever they show;
- milliseconds a frame of the classifier and of the second opinion, one thread.
"""

import argparse
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np

from echogls import runtime
from echogls.cine import Cine, spread
from echogls.cohorts._dicom_header import read_header
from echogls.cohorts._dicom_pixels import grey, read_frames
from echogls.places import MODELS
from echogls.segmentation.square import Square, normalise
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import simulate_clip
from echogls.simulation.streams import view_images
from echogls.study import VIEWS
from echogls.training.views import evaluation
from echogls.views import shape
from echogls.views.chosen import chosen_clips
from echogls.views.opinion import NAMES, SEGMENTED_FRAMES, form_opinion, tempered
from echogls.views.selection import choose_clips

SEED = 77  # of images and patients: any but the config's and the next one, which training takes
THRESHOLD = 0.5  # the config's default
FRAME_STEP = 4  # of a clip's frames one in so many, for neighbours look alike


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=800)
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--camus", type=Path)
    parser.add_argument("--dicom", type=Path)
    parser.add_argument("--figure", type=Path, help="stem of .svg, .pdf and .png")
    arguments = parser.parse_args()
    classifier, segmenter = (
        runtime.load_graph(runtime.shipped_model(MODELS, name), threads=1)
        for name in ("views", "fast")
    )
    temperature = runtime.model_facts(MODELS, "views")["temperature"]
    if arguments.images:
        images(classifier, temperature, arguments.images, arguments.figure)
    if arguments.patients:
        clips(classifier, segmenter, temperature, arguments.patients)
    if arguments.dicom:
        screens(classifier, segmenter, temperature, arguments.dicom)
    if arguments.camus:
        real(classifier, temperature, arguments.camus)


def probabilities(classifier, temperature, frames):
    """(N, 8) calibrated, of a list of (H, W) uint8 images; and milliseconds an image."""
    side, inputs = classifier.input_shape[1], []
    for image in frames:
        cut = Square.of_sector(image > 8).cut(image, side)
        inputs.append(normalise(cut.astype(np.float32) / 255))
    start = perf_counter()
    raw = np.stack([classifier(x[None, ..., None])[0].copy() for x in inputs])
    return tempered(raw, temperature), 1000 * (perf_counter() - start) / len(inputs)


def images(classifier, temperature, count, figure):
    """Image-wise on simulated views."""
    pictures, truth = zip(*islice(view_images(SEED), count), strict=True)
    probable, cost = probabilities(classifier, temperature, pictures)
    classes = np.array([NAMES.index(view) for view in truth])
    matrix = evaluation.confusion(truth, [NAMES[k] for k in probable.argmax(-1)])
    bins = evaluation.reliability(probable, classes)
    print(f"simulated images, n = {count}: F1 of a4c {evaluation.f1(matrix):.3f}, accuracy "
          f"{np.trace(matrix) / matrix.sum():.3f}, expected calibration error "
          f"{evaluation.calibration_error(bins):.3f}")  # fmt: skip
    print(f"classifier: {cost:.2f} ms a frame, one thread")
    print("\t" + "\t".join(NAMES))
    for name, row in zip(NAMES, matrix, strict=True):
        print(name, *row, sep="\t")
    if figure:
        from echogls.manuscript.figures.view_quality import draw_view_quality

        draw_view_quality(matrix, bins, figure)


def clips(classifier, segmenter, temperature, patients):
    """Image- and clip-wise on simulated patients, every view once."""
    right, truth, classified, costs = 0, [], [], []
    of_frames, frames_classified = [], []
    for number in range(patients):
        rng = np.random.default_rng([SEED, number])
        heart = draw_heart(rng, gls_mean=-17.9, gls_sd=2.3)
        opinions = {}
        for view in VIEWS:
            clip = simulate_clip(rng, heart, view=view, fps=20.0, beats=1.0)
            cine = Cine(clip.frames, clip.times_s, clip.sector)
            seen = clip.frames[::FRAME_STEP]
            probable, _ = probabilities(classifier, temperature, list(seen))
            of_frames += [view] * len(seen)
            frames_classified += [NAMES[k] for k in probable.argmax(-1)]
            opinions[view] = form_opinion(cine, classifier, segmenter, temperature=temperature)
            if view == "a4c":
                start = perf_counter()
                shape.judge(cine, segmenter, spread(len(cine.frames), SEGMENTED_FRAMES))
                costs.append(1000 * (perf_counter() - start) / SEGMENTED_FRAMES)
        rows = decided(opinions)
        truth += [row["clip"] for row in rows]
        classified += [row["view"] for row in rows]
        right += chosen_clips(rows) == {"a4c": "a4c"}
    matrix = evaluation.confusion(of_frames, frames_classified)
    print(f"frames of simulated clips, n = {len(of_frames)} of {patients} patients: F1 of a4c "
          f"{evaluation.f1(matrix):.3f}")  # fmt: skip
    matrix = evaluation.confusion(truth, classified)
    print(f"simulated clips, n = {len(truth)} of {patients} patients: F1 of a4c "
          f"{evaluation.f1(matrix):.3f}; the right clip is chosen in {right}")  # fmt: skip
    print(f"second opinion: {np.median(costs):.1f} ms a frame, one thread")


def screens(classifier, segmenter, temperature, folder):
    """DICOM files of a folder: the most probable view, and whether they pass for four-chamber."""
    files = sorted(folder.rglob("*.dcm"))
    for file in files:
        header = read_header(file)
        count = int(header.get("NumberOfFrames") or 1)
        frames = np.stack([grey(frame) for frame in read_frames(file, header, count)])
        everywhere = np.ones(frames.shape[1:], bool)
        cine = Cine(frames, np.arange(count) / 30, everywhere)
        opinion = form_opinion(cine, classifier, segmenter, temperature=temperature)
        (row,) = decided({file.stem: opinion})
        size = f"{count} of {frames.shape[2]} x {frames.shape[1]}"
        four = f"a4c {opinion.probabilities['a4c']:.2f}"
        print(f"{file.name}: {size}, {four}, {row['view']} ({row['note']})")
    print(f"{len(files)} files")


def decided(opinions):
    """Rows of views.tsv of one patient's clips, as the rule classify_view decides."""
    facts = {"kind": "sequence", "fps": "20", "frames": "20", "view": "", "status": "ok"}
    clips = [{"clip": clip} | facts for clip in opinions]
    return choose_clips(clips, ["a4c"], opinions, threshold=THRESHOLD)


def real(classifier, temperature, folder):
    """Four-chamber images of CAMUS validation patients, as they are and re-arranged."""
    from echogls.training.cases import read_cases, split
    from echogls.training.views.examples import gathered, rearranged_examples
    from echogls.training.views.rearranged import to_common_frame

    pairs = [case[2:] for case in read_cases(folder, split(folder)[1])]
    hearts = [heart for pair in pairs if (heart := to_common_frame(*pair)) is not None]
    examples = gathered([(image, "a4c", "as it is") for image, _ in pairs])
    examples = examples + rearranged_examples(hearts, 600, SEED)
    probable, _ = probabilities(classifier, temperature, list(examples.images))
    four = (probable.argmax(-1) == 0) & (probable.max(-1) >= THRESHOLD)
    for source in dict.fromkeys(examples.sources):
        of_source = examples.sources == source
        shows = NAMES[examples.classes[of_source][0]]
        print(
            f"real, {source} ({shows}): {four[of_source].sum()} of {of_source.sum()} taken for a4c"
        )


if __name__ == "__main__":
    main()
