import type { Point } from '@dinokit/analysis'
import { Option, type Command } from 'commander'
import { analysisOptions } from '../../options/analysis-options.ts'
import { parseCount, parsePoint } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { FOLLOW_FORMATS, runFollow, type FollowOptions } from '../../run/analysis/run-follow.ts'

/** `dinokit follow` */
export function addFollowCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('follow')
    .summary('Follow things through the frames of a video')
    .description('Follow points and masks that are marked in the first frame through the frames of a video, without training.')
    .argument('<frames...>', 'a folder of images, or images in their order')
  analysisOptions(command, FOLLOW_FORMATS)
    .option('--mask <files...>', 'for each thing an image of the first frame’s size, white where it is')
    .addOption(new Option('--point <x,y...>', 'points of the first frame, in pixels').argParser(addPoint))
    .addOption(
      new Option('--layer <n>', 'layer, counted from 1 (default: a third of the way, which places things best)').argParser(parseCount),
    )
    .option('--tracks <file>', 'a .json file for boxes and points in all frames')
    .addHelpText(
      'after',
      `
Examples:
  $ ffmpeg -i film.mp4 -vf fps=10 frames/%05d.png
  $ dinokit follow frames/ --mask first.png --out followed/
  $ dinokit follow frames/ --point 120,80 --point 200,90 --tracks tracks.json
  $ ffmpeg -framerate 10 -i followed/%05d.png -pix_fmt yuv420p followed.mp4

The first ffmpeg command makes frames of a video, ten a second; the last makes a video of what was drawn.

What is written, by the ending of --out or by --format:
  .png         the frame, with masks colored and points numbered
  .labels.png  gray: 0 where no mask is, 1 for the first mask, and so on

Things are found by the patches most similar to theirs in the first frame and in the last seven. Between two frames they may move by 12
patches: with the default size, by three eighths of the frame’s shorter side.`,
    )
    .action(async (images: string[], options: FollowOptions) => {
      await runFollow(command, context(command), images, options)
    })
}

function addPoint(text: string, points: readonly Point[] = []): readonly Point[] {
  return [...points, parsePoint(text)]
}
